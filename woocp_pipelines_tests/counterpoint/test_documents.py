"""Writing to stock and customers: whole, in one statement, or not at all."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import DDL, event

from woocp_pipelines.counterpoint.documents import (
    NoStockRowError,
    write_documents,
)
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import AR_CUST, IM_INV
from woocp_pipelines.rules.document_building import Documents, StockChange
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Counterpoint
from woocp_pipelines_tests.customer_world import CODES, known_customer, put, rows
from woocp_pipelines_tests.order_world import D, holds

WHERE = Counterpoint(**CODES)
NOW = datetime(2026, 1, 5, 15, 35, 12, 345000, tzinfo=UTC)
# What every changed row says of the change: local time, and UTC beside it (CP §1.1).
MARKS = {
    "LST_MAINT_DT": datetime(2026, 1, 5, 10, 35, 12),
    "LST_MAINT_USR_ID": "INTEG",
    "RS_UTC_DT": datetime(2026, 1, 5, 15, 35, 12),
}
# Statements that make triggers which take the count of rows of an update away.
UNCOUNTED = {
    "sqlite": (
        "ALTER TABLE AR_CUST RENAME TO KEPT",
        "CREATE VIEW AR_CUST AS SELECT * FROM KEPT",
        (
            "CREATE TRIGGER UNCOUNTED INSTEAD OF UPDATE ON AR_CUST BEGIN "
            "UPDATE KEPT SET NO_OF_ORDS = NEW.NO_OF_ORDS; END"
        ),
    ),
    "mssql": (
        "CREATE TRIGGER UNCOUNTED ON AR_CUST AFTER UPDATE AS DELETE FROM IM_LOC WHERE 1 = 0",
    ),
}


@pytest.fixture
def stocked(engine):
    known_customer(engine, "10001")
    with writing(engine) as connection:
        for number in range(650):
            item_no = f"I{number:05d}"
            put(connection, "IM_ITEM", ITEM_NO=item_no, DESCR=item_no, CATEG_COD="X", PRC_1=D(1))
            put(connection, "IM_INV", ITEM_NO=item_no, LOC_ID="01", QTY_COMMIT=D("0.5"))
            if number < 3:
                put(connection, "IM_INV", ITEM_NO=item_no, LOC_ID="02", QTY_COMMIT=D("0.5"))
    return engine


def booking(*item_nos, open_orders=1, amt_due="0.00"):
    stock = tuple(StockChange(no, "01", D("1.25"), D("1.25")) for no in item_nos)
    return Documents({}, stock, 1, "N", None, D(10), D(amt_due), open_orders)


def write(engine, documents, cust_no="10001", *, raise_balance=False):
    with writing(engine) as connection:
        write_documents(
            connection,
            documents,
            cust_no=cust_no,
            where=WHERE,
            zone=ZoneInfo("America/New_York"),
            now=NOW,
            raise_balance=raise_balance,
        )


def test_stock_of_hundreds_of_items_is_raised_in_a_few_statements(stocked):
    counted = []
    event.listen(
        stocked,
        "before_cursor_execute",
        lambda c, cursor, statement, parameters, *_: counted.append((statement, len(parameters))),
    )
    write(stocked, booking(*(f"I{number:05d}" for number in range(650))))
    updates = [count for statement, count in counted if "IM_INV" in statement]
    assert len(updates) == 3
    assert max(updates) < 2_100
    found = rows(stocked, IM_INV)
    assert {row["QTY_COMMIT"] for row in found if row["LOC_ID"] == "01"} == {D("1.75")}
    assert {row["QTY_COMMIT"] for row in found if row["LOC_ID"] == "02"} == {D("0.50")}
    first = next(row for row in found if row["LOC_ID"] == "01")
    holds(first, QTY_ON_ORD=D("1.25"), **MARKS)


@pytest.mark.cp_bug(28)
def test_every_missing_stock_row_is_named_and_nothing_is_changed(stocked):
    before = rows(stocked, IM_INV)
    with pytest.raises(NoStockRowError, match="at 01: NONE1, NONE2") as missing:
        write(stocked, booking("I00001", "NONE1", "I00002", "NONE2"))
    assert missing.value.item_nos == ["NONE1", "NONE2"]
    assert rows(stocked, IM_INV) == before


def test_open_orders_and_balance_of_the_customer_go_up_where_they_should(stocked):
    write(stocked, booking(amt_due="236.11"))
    holds(rows(stocked, AR_CUST)[0], NO_OF_ORDS=1, ORD_BAL=D("0.00"), **MARKS)
    write(stocked, booking(amt_due="236.11"), raise_balance=True)
    holds(rows(stocked, AR_CUST)[0], NO_OF_ORDS=2, ORD_BAL=D("236.11"))
    write(stocked, booking(open_orders=0, amt_due="0.00"), raise_balance=True)
    holds(rows(stocked, AR_CUST)[0], NO_OF_ORDS=2, ORD_BAL=D("236.11"))


def test_a_customer_that_is_gone_stops_the_booking(stocked):
    with pytest.raises(RefusedError) as refused:
        write(stocked, booking("I00001"), cust_no="99999")
    assert refused.value.first.code == "CUSTOMER_GONE"
    assert rows(stocked, IM_INV)[0]["QTY_COMMIT"] == D("0.50")


@pytest.fixture
def uncounted(stocked):
    """AR_CUST with a site's trigger that reports counts of its own, and not woocp's."""
    dialect = stocked.dialect.name
    with writing(stocked) as connection:
        for statement in UNCOUNTED[dialect]:
            connection.execute(DDL(statement))
    yield stocked
    if dialect == "mssql":
        with writing(stocked) as connection:
            connection.execute(DDL("DROP TRIGGER UNCOUNTED"))


def test_a_trigger_that_hides_the_count_of_customers_refuses_no_order(uncounted):
    write(uncounted, booking("I00001"))
    (customer,) = rows(uncounted, AR_CUST)
    assert customer["NO_OF_ORDS"] == 1
    with pytest.raises(RefusedError, match="CUSTOMER_GONE"):
        write(uncounted, booking("I00001"), cust_no="99999")
