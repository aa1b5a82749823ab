"""The schema contract against databases that differ from the reference in one thing each."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Numeric, String, Table, event
from sqlalchemy.schema import DropTable

from woocp_pipelines.counterpoint.contract import (
    INSERTED,
    UPDATED,
    check_contract,
    column_lengths,
)
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.sandbox.schema import vendor_tables


@pytest.fixture
def differences(new_database):
    """The differences of one vendor table that is built with some columns changed or added."""

    def of(name, *changed, without=()):
        replaced = {column.name for column in changed} | set(without)
        kept = [
            column._copy()
            for column in vendor_tables()[name].columns
            if column.name not in replaced
        ]
        engine = new_database()
        Table(name, MetaData(), *kept, *changed).create(engine)
        return [found for found in check_contract(engine) if found.table == name]

    return of


def test_the_database_of_the_reference_keeps_the_contract(engine):
    assert check_contract(engine) == []


def test_an_empty_database_lacks_every_table_and_says_what_to_do(new_database):
    found = {difference.table: difference for difference in check_contract(new_database())}
    assert set(found) == set(METADATA.tables)
    assert "restore it from a backup" in found["USER_ORDER_STAGING"].fix
    assert "woocp grants" in found["IM_ITEM"].fix
    assert found["IM_ITEM"].level == "red"


def test_a_column_that_every_row_needs_a_value_of_comes_from_a_backup_only(engine):
    table = METADATA.tables["USER_STORE_OUTBOX"]
    with writing(engine) as connection:
        connection.execute(DropTable(table))
        kept = [column._copy() for column in table.columns if column.name != "PAYLOAD"]
        Table(table.name, MetaData(), *kept).create(connection)
    (found,) = [each for each in check_contract(engine) if each.table == table.name]
    assert (found.column, found.level) == ("PAYLOAD", "red")
    assert found.fix.endswith(
        "restore the table from a backup, since every row needs its own value"
    )


def test_a_missing_column_is_red(differences):
    (found,) = differences("AR_SHIP_ADRS", without=["SHIP_NAM_TYP"])
    assert (found.column, found.level) == ("SHIP_NAM_TYP", "red")


def test_a_column_that_inserts_must_fill_and_do_not_is_red(differences):
    (found,) = differences("AR_SHIP_ADRS", Column("USER_ROUTE", String(10), nullable=False))
    assert (found.column, found.level) == ("USER_ROUTE", "red")
    assert "every insert would fail" in found.why


@pytest.mark.parametrize(
    "harmless",
    [
        Column("USER_ROUTE", String(10)),
        Column("USER_ROUTE", String(10), nullable=False, server_default="N"),
        Column("COMMNT", String(500)),
    ],
)
def test_a_column_that_inserts_may_leave_out_is_no_difference(differences, harmless):
    assert differences("AR_SHIP_ADRS", harmless) == []


def test_a_site_column_of_a_table_that_is_only_read_is_no_difference(differences):
    assert differences("IM_LOC", Column("USER_ROUTE", String(10), nullable=False)) == []


def test_a_code_column_that_is_too_short_is_red(differences):
    (found,) = differences("AR_SHIP_ADRS", Column("CNTRY", String(3)))
    assert (found.column, found.found, found.expected, found.level) == (
        "CNTRY",
        "3 characters",
        "at least 20",
        "red",
    )


def test_a_shorter_text_is_cut_by_its_live_length_and_no_difference(differences):
    assert differences("AR_SHIP_ADRS", Column("ADRS_2", String(30))) == []


def test_another_kind_of_type_is_red(differences):
    (found,) = differences("AR_SHIP_ADRS", Column("PHONE_1", Integer))
    assert (found.column, found.level) == ("PHONE_1", "red")


def test_a_column_that_became_required_is_yellow(differences):
    (found,) = differences("AR_SHIP_ADRS", Column("CITY", String(20), nullable=False))
    assert (found.column, found.level) == ("CITY", "yellow")


def test_fewer_decimals_than_ours_are_red_where_the_database_has_decimals(new_database):
    engine = new_database()
    Table("PS_DOC_TAX", MetaData(), Column("TAX_AMT", Numeric(15, 1))).create(engine)
    found = [
        (each.found, each.expected)
        for each in check_contract(engine)
        if (each.table, each.column) == ("PS_DOC_TAX", "TAX_AMT") and "rounded" in each.why
    ]
    server = engine.dialect.name == "mssql"
    assert [text for _, text in found] == (["decimal(15,2)"] if server else [])


def test_lengths_come_from_the_live_database(new_database):
    engine = new_database()
    Table("AR_CUST", MetaData(), Column("NAM", String(60)), Column("FST_NAM", String(15))).create(
        engine
    )
    assert column_lengths(engine) == {("AR_CUST", "NAM"): 60, ("AR_CUST", "FST_NAM"): 15}


def test_the_check_costs_the_same_few_statements_for_all_tables(engine):
    statements = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    check_contract(engine)
    selects = [statement for statement in statements if "SELECT" in statement]
    # A server is also asked, once for an engine, whether it has snapshots.
    assert len(selects) == (1 if engine.dialect.name == "sqlite" else 3)


def test_the_tables_we_write_are_tables_that_we_name():
    assert INSERTED | UPDATED <= set(METADATA.tables)
