"""The sandbox's Counterpoint is as strict as the real one: keys, NOT NULL, lengths, computed."""

from decimal import Decimal

import pytest
from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import IM_INV, METADATA
from woocp_pipelines.sandbox.schema import create_vendor_tables, retailer_tables, vendor_tables
from woocp_pipelines.sandbox.schema.column_types import column_type
from woocp_pipelines.sandbox.schema.defaults import server_default


def test_every_vendor_table_that_the_code_names_is_built(engine):
    live = set(inspect(engine).get_table_names())
    assert set(vendor_tables()) <= live
    assert {name for name in METADATA.tables if not name.startswith("USER_")} <= live


def test_creating_again_keeps_what_is_there(engine):
    with writing(engine) as connection:
        connection.execute(insert(IM_INV).values(ITEM_NO="A", LOC_ID="01"))
    create_vendor_tables(engine, only=["IM_INV"])
    with engine.connect() as connection:
        assert connection.execute(select(IM_INV.c.ITEM_NO)).scalars().all() == ["A"]


def test_a_name_that_the_reference_does_not_have_is_an_error(engine):
    with pytest.raises(KeyError, match="IM_PRC_COD"):
        create_vendor_tables(engine, only=["IM_PRC_COD"])


def test_defaults_and_computed_quantities_are_exact(engine):
    full = vendor_tables()["IM_INV"]
    on_hand, commit = Decimal("495.0001"), Decimal("480.1")
    with writing(engine) as connection:
        connection.execute(
            insert(IM_INV).values(ITEM_NO="A", LOC_ID="01", QTY_ON_HND=on_hand, QTY_COMMIT=commit)
        )
    with engine.connect() as connection:
        row = connection.execute(select(full)).one()
    assert row.QTY_AVAIL == Decimal("14.9001")
    assert (row.GL_VAL, row.QTY_ON_PO, row.RS_STAT) == (Decimal("0.00"), Decimal(0), 1)
    assert "AVG_COST" not in full.columns


def test_a_default_of_one_is_one_on_every_database(engine):
    full = vendor_tables()["PS_DOC_LIN"]
    factor = next(
        column
        for column in full.columns
        if column.server_default is not None
        and str(column.type) == "NUMERIC(15, 4)"
        and getattr(column.server_default.arg, "server", "") == "1"
    )
    assert factor.server_default.arg.sqlite == "10000"


def test_a_text_that_is_too_long_is_refused_as_sql_server_would(engine):
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(insert(IM_INV).values(ITEM_NO="A" * 21, LOC_ID="01"))


def test_a_missing_required_value_is_refused(engine):
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(vendor_tables()["IM_LOC"]).values(LOC_ID="01"))


def test_the_retailers_tables_have_none_of_our_columns():
    assert set(retailer_tables()) == {name for name in retailer_tables() if name[:5] == "USER_"}
    assert "STATUS" not in retailer_tables()["USER_ORDER_STAGING"].columns
    assert retailer_tables()["USER_ORDER_STAGING"].c.SHIP_STATE.type.length == 3


def test_an_unknown_type_or_default_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"found 'xml', expected one of"):
        column_type("xml")
    with pytest.raises(ValueError, match=r"found 'newid\(\)', expected a number"):
        server_default("newid()", column_type("int"))
