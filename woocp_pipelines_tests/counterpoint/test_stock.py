"""Stock and unbooked lines come from one statement that both databases understand."""

from decimal import Decimal

import pytest
from sqlalchemy import event, insert
from sqlalchemy.dialects import mssql

from woocp_pipelines.counterpoint import stock as module
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.stock import NoStockReadError, read_stock
from woocp_pipelines.counterpoint.tables import (
    IM_INV,
    IM_ITEM,
    USER_ORDER_STAGING,
    USER_ORDER_STAGING_LIN,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.sandbox.schema import vendor_tables

D = Decimal
ITEM = {
    "DESCR": "-", "ITEM_TYP": "I", "TRK_METH": "N", "STAT": "A", "IS_TXBL": "Y", "QTY_DECS": 0,
    "PRC_DECS": 2, "STK_UNIT": "PK", "IS_WEIGHED": "N", "PREF_UNIT": "0", "PRC_1": D(1),
    "IS_DISCNTBL": "Y", "IS_ECOMM_ITEM": "Y",
}  # fmt: skip


@pytest.fixture
def put(engine):
    def put_row(table, **values):
        full = vendor_tables().get(table.name, table)
        needed = {
            column.name: 0
            for column in full.columns
            if not (column.nullable or column.server_default or column.computed)
            and column.name not in values
            and table.name.startswith("IM_INV")
        }
        with writing(engine) as connection:
            connection.execute(insert(full).values(**needed, **values))

    return put_row


@pytest.fixture
def read(engine):
    def read_now(*locations, upgraded=True):
        with reading(engine) as connection:
            return read_stock(connection, "main", locations or ("01",), upgraded=upgraded)

    return read_now


def order(put, number, status, *lines, store="main"):
    put(USER_ORDER_STAGING, BATCH_ID="B", WOO_ORDER_ID=number, STATUS=status, STORE_ID=store)
    for line_id, (item_no, quantity) in enumerate(lines, 1):
        put(
            USER_ORDER_STAGING_LIN, STORE_ID=store, WOO_ORDER_ID=number, WOO_LINE_ID=line_id,
            ITEM_NO=item_no, QTY=D(1), STK_QTY=quantity,
        )  # fmt: skip


def test_sums_are_over_the_chosen_locations_and_exact(put, read):
    put(IM_ITEM, ITEM_NO="A", **ITEM)
    for location, on_hand in (("01", "0.1001"), ("02", "0.2002"), ("99", "50")):
        put(IM_INV, ITEM_NO="A", LOC_ID=location, QTY_ON_HND=D(on_hand), QTY_COMMIT=D("0.0001"))
    found = read("01", "02")["A"]
    assert (found.on_hand, found.committed, found.unbooked) == (D("0.3003"), D("0.0002"), D(0))


def test_lines_of_unbooked_orders_are_counted_once_whatever_the_locations(put, read):
    put(IM_ITEM, ITEM_NO="A", **ITEM)
    for location in ("01", "02"):
        put(IM_INV, ITEM_NO="A", LOC_ID=location, QTY_ON_HND=D(5), QTY_COMMIT=D(0))
    order(put, 1, "PENDING", ("A", D(2)), ("A", D("0.5")), (None, None))
    order(put, 2, "BOOKED", ("A", D(9)))
    order(put, 3, "HELD", ("A", D(1)), store="other")
    found = read("01", "02")["A"]
    assert (found.on_hand, found.unbooked) == (D(10), D("2.5"))


def test_an_item_without_stock_row_has_no_quantity_rather_than_zero(put, read):
    put(IM_ITEM, ITEM_NO="A", **ITEM)
    assert read()["A"].on_hand is None


def test_web_items_and_mapped_ones_are_read_and_no_others(put, read):
    put(IM_ITEM, ITEM_NO="WEB", **ITEM)
    for number in ("MAPPED", "TILL", "RETIRED"):
        put(IM_ITEM, ITEM_NO=number, **(ITEM | {"IS_ECOMM_ITEM": "N"}))
    put(USER_PRODUCT_MAP, SKU="M", WOO_PRODUCT_ID=1, ITEM_NO="MAPPED", IS_ACTIVE=True)
    put(USER_PRODUCT_MAP, SKU="R", WOO_PRODUCT_ID=2, ITEM_NO="RETIRED", IS_ACTIVE=False)
    assert {key: found.is_web_item for key, found in read().items()} == {
        "WEB": True,
        "MAPPED": False,
    }


def test_before_the_upgrade_there_are_no_unbooked_lines(put, read):
    put(IM_ITEM, ITEM_NO="A", **ITEM)
    order(put, 1, "PENDING", ("A", D(2)))
    assert read(upgraded=False)["A"].unbooked == D(0)


def test_no_item_at_all_is_a_fault(read):
    with pytest.raises(NoStockReadError, match="IS_ECOMM_ITEM"):
        read()


def test_it_is_one_statement_whatever_the_number_of_items(put, read, engine):
    for number in range(50):
        put(IM_ITEM, ITEM_NO=f"I{number}", **ITEM)
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(read()) == 50
    assert len([text for text in statements if "IM_ITEM" in text]) == 1


@pytest.mark.parametrize("upgraded", [True, False])
def test_the_statement_has_nothing_that_transact_sql_lacks(upgraded):
    statement = module._statement("main", ("01", "02"), upgraded=upgraded)
    text = str(statement.compile(dialect=mssql.dialect()))
    assert (".[ITEM_NO] IN (SELECT" in text) is upgraded
    assert " IS 1" not in text
    assert "LIMIT" not in text
