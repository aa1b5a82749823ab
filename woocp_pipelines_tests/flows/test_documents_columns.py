"""Codes, places, texts and contacts of documents, as they stand in Counterpoint."""

import pytest

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.broken_database import narrowed
from woocp_pipelines_tests.customer_world import CODES, put
from woocp_pipelines_tests.order_world import D, book_all, holds, line, plain_order, total_row
from woocp_pipelines_tests.worked_example import example_order


@pytest.mark.cp_bug(14)
def test_nothing_is_called_shipped_or_due_when_an_order_is_entered(world):
    world.order()
    book_all(world)
    for row in world.rows("PS_DOC_HDR_TOT"):
        holds(row, TAX_AMT_SHIPPED=D(0), INITIAL_MIN_DUE=D(0))
    assert {row["MISC_AMT_SHIPPED"] for row in world.rows("PS_DOC_HDR_MISC_CHRG")} == {D(0)}


@pytest.mark.cp_bug(15)
def test_a_paid_order_has_all_the_rows_that_the_old_procedure_left_out(world):
    world.order()
    book_all(world)
    tables = (
        "PMT", "PMT_APPLY", "PMT_PROMPT", "TAX", "HDR_MISC_CHRG", "CONTACT", "NOTE", "AUDIT_LOG",
        "AUDIT_LOG_TOT", "HDR_DOC_STAT", "LIN_PRICE",
    )  # fmt: skip
    assert [name for name in tables if not world.rows(f"PS_DOC_{name}")] == []
    holds(total_row(world, "O"), TAX_AMT=D("14.63"), TOT_MISC=D("12.50"), AMT_DUE=D(0))


@pytest.mark.cp_bug(20)
def test_units_and_places_are_those_of_the_item_and_of_the_settings(world):
    """Nothing is '01' or '101' by habit."""
    world.set_rows("PS_STA", {"STA_ID": "109"}, STA_ID="7")
    world.set_rows("PS_STA_CFG_PS", {"STA_ID": "109"}, STA_ID="7", NXT_ORD_NO="O7-1")
    world.set_rows("PS_STA_CFG_PS", {"STA_ID": "7"}, NXT_TKT_NO="7-1")
    world.set_rows("IM_INV", {"LOC_ID": "01"}, LOC_ID="EAST")
    world.set_rows("PS_DRW_SESSION", {}, DRW_ID="D7")
    with writing(world.engine) as connection:
        for location in ("EAST", "WEST"):
            put(connection, "IM_LOC", LOC_ID=location, DESCR=location)
    codes = {**CODES, "station": "7", "drawer": "D7", "user": "WEBBOT", "sales_rep": "AMY"}
    places = {"stock_location": "EAST", "price_location": "WEST"}
    world.configure(counterpoint={**codes, **places}, inventory={"locations": ["EAST"]})
    world.order()
    book_all(world)
    for row in world.rows("PS_DOC_HDR"):
        holds(row, STA_ID="7", DRW_ID="D7", USR_ID="WEBBOT", SLS_REP="AMY")
        holds(row, STK_LOC_ID="EAST", PRC_LOC_ID="WEST", LST_MAINT_USR_ID="WEBBOT")
    for row in world.rows("PS_DOC_LIN"):
        holds(row, STA_ID="7", STK_LOC_ID="EAST", PRC_LOC_ID="WEST", SLS_REP="AMY")
    units = [row["SELL_UNIT"] for row in world.rows("PS_DOC_LIN", LIN_TYP="O")]
    assert units == ["0", "1"]
    assert {
        row["LOC_ID"]: row["QTY_COMMIT"] for row in world.rows("IM_INV", ITEM_NO="01-10251")
    } == {"EAST": D(10)}


@pytest.mark.cp_bug(22)
def test_the_contacts_that_a_header_names_exist_and_hold_the_orders_addresses(world):
    """A contact is no AR_SHIP_ADRS row: the link to the customer's address is ADRS_ID."""
    world.order()
    book_all(world)
    for header in world.rows("PS_DOC_HDR"):
        holds(header, BILL_TO_CONTACT_ID=1, SHIP_TO_CONTACT_ID=2)
        bill, ship = world.rows("PS_DOC_CONTACT", DOC_ID=header["DOC_ID"])
        holds(bill, CONTACT_ID=1, ADRS_1="1 DOCK RD", ADRS_ID=None, CONTCT_1="Ann Lee")
        holds(ship, CONTACT_ID=2, ADRS_1="7 YARD ST")
        (address,) = world.rows("AR_SHIP_ADRS", SHIP_ADRS_ID=ship["ADRS_ID"])
        holds(address, CUST_NO="10001", ADRS_1="7 YARD ST")


@pytest.mark.cp_bug(24)
def test_a_line_carries_the_items_own_text_and_not_the_shops(world):
    goods = {**line(1, "01-10100", 2, "40.00"), "name": "<b>Papier</b> &amp; mehr"}
    world.order(**plain_order([goods]))
    book_all(world)
    assert {row["DESCR"] for row in world.rows("PS_DOC_LIN")} == {"Superior PC 8.5 x 11"}


@pytest.mark.cp_bug(37)
def test_what_the_code_page_lacks_is_written_out_and_never_a_question_mark(world):
    billing = {**example_order()["billing"], "first_name": "Łukasz", "company": "Łódź 8⅓”"}
    world.order(billing=billing, customer_note="日本 — “dock” ☎ 8⅓")
    book_all(world)
    bill = world.rows("PS_DOC_CONTACT", CONTACT_ID=1)[0]
    holds(bill, NAM='Lódz 8 1/3"', FST_NAM="Lukasz", CONTCT_1="Lukasz Lee")
    assert world.rows("PS_DOC_NOTE")[0]["NOTE"].endswith('- "dock" 8 1/3')


def test_a_text_is_cut_to_the_live_column_and_a_code_never(world):
    """Design §3: lengths are the live catalog's. Version 8.4 has shorter ones (CP §7 Q28)."""
    with narrowed(world.engine, vendor_tables()["PS_DOC_LIN"], "DESCR", 11):
        world.configure()
        world.order()
        book_all(world)
        lines = world.rows("PS_DOC_LIN", ITEM_NO="01-10100")
    assert {row["DESCR"] for row in lines} == {"Superior PC"}


@pytest.mark.cp_bug(16)
def test_a_shipping_title_never_becomes_a_code(world):
    world.order()
    book_all(world)
    assert {row["SHIP_VIA_COD"] for row in world.rows("PS_DOC_HDR")} == {None}
    assert "UPS Ground" in world.rows("PS_DOC_NOTE")[0]["NOTE_TXT"]


def test_a_mapped_shipping_method_is_its_code(world):
    world.configure(shipping={"via": {"flat_rate:2": "UPSG"}})
    world.order()
    book_all(world)
    assert {row["SHIP_VIA_COD"] for row in world.rows("PS_DOC_HDR")} == {"UPSG"}
