"""The USER_* tables on a database that has none of them."""

from sqlalchemy import insert, select

from woocp_pipelines.counterpoint.catalog import read_catalog
from woocp_pipelines.counterpoint.lengths import text_length
from woocp_pipelines.counterpoint.migrations import current, upgrade
from woocp_pipelines.counterpoint.tables import METADATA, USER_ORDER_STAGING

OURS = {name: table for name, table in METADATA.tables.items() if name.startswith("USER_")}


def test_a_new_database_has_no_revision_until_it_is_upgraded(new_database):
    engine = new_database()
    assert current(engine) is None
    assert upgrade(engine) == ["0001"]
    assert current(engine) == "0001"
    assert upgrade(engine) == []


def test_every_column_that_the_code_names_is_migrated_as_it_is_named(engine):
    with engine.connect() as connection:
        live = read_catalog(connection, OURS)
    for name, table in OURS.items():
        assert set(live[name].columns) == {column.name for column in table.columns}, name
        for column in table.columns:
            facts = live[name].columns[column.name]
            assert facts.length == text_length(column.type), f"{name}.{column.name}"
            assert facts.nullable == column.nullable, f"{name}.{column.name}"
            assert facts.has_default == (column.server_default is not None), column.name


def test_a_row_of_the_old_scripts_is_to_be_read_again_and_belongs_to_the_first_store(engine):
    with engine.begin() as connection:
        connection.execute(insert(USER_ORDER_STAGING).values(BATCH_ID="WOO_1", WOO_ORDER_ID=7))
    with engine.connect() as connection:
        row = connection.execute(select(USER_ORDER_STAGING)).one()
    assert (row.STATUS, row.STORE_ID, row.ATTEMPTS) == ("REREAD", "main", 0)
