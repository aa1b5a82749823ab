"""Orders that cannot be booked: why, for how long, and that no other order waits for them."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, event
from sqlalchemy.exc import ProgrammingError

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import PS_DOC_PMT_PROMPT
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines.rules.clock import store_local_date
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.broken_database import denied, refusing
from woocp_pipelines_tests.order_world import D, foreign_document, holds, line, plain_order

SHIPPING = {"id": 3, "method_title": "UPS", "method_id": "flat_rate", "instance_id": "2",
            "total": "9.00", "total_tax": "0.00", "taxes": []}  # fmt: skip
# More is given back than the goods cost.
GIVEN_AWAY = {
    "fee_lines": [{"id": 9, "name": "Gift", "total": "-5.01", "total_tax": "0.00", "taxes": []}],
    "shipping_lines": [SHIPPING],
    "shipping_total": "9.00",
    "total": "8.99",
}
NOTHING = {
    "PS_DOC_HDR": [],
    "PS_DOC_LIN": [],
    "PS_DOC_HDR_TOT": [],
    "USER_ORDER_KEY": [],
    "USER_STORE_OUTBOX": [],
}


def remove(world, table, **where):
    with writing(world.engine) as connection:
        connection.execute(delete(vendor_tables()[table]).filter_by(**where))


def test_an_order_waits_for_the_drawer_and_is_booked_once_it_opens(world):
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.order()
    world.pull()
    report = world.book()
    assert [item.problem.code for item in report.refused] == ["NO_DRAWER_SESSION"]
    holds(world.staged(), STATUS="PENDING", ERROR_CODE="NO_DRAWER_SESSION", ATTEMPTS=1)
    (letter,) = world.letter_rows()
    holds(letter, CODE="NO_DRAWER_SESSION", RETRYABLE=True, KIND="order", CLOSED_GMT=None)
    assert letter["NEXT_ATTEMPT_GMT"] == world.staged()["NEXT_ATTEMPT_GMT"]
    world.set_rows("PS_DRW_SESSION", {}, STAT="A")
    assert world.book().read == 0
    world.due_again()
    assert world.book().created == 1
    assert world.letters() == []


@pytest.mark.cp_bug(48)
def test_pauses_grow_and_end_at_an_hour(world):
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.order()
    world.pull()
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        world.due_again()
        before = world.database_time()
        world.book()
        tried = world.staged()["NEXT_ATTEMPT_GMT"] - timedelta(minutes=minutes)
        assert before <= tried <= world.database_time()


def test_a_retry_is_timed_by_the_databases_clock_and_ends_the_run(world):
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.order()
    world.pull()
    world.clock.now = world.clock.now.replace(year=2020)
    assert world.book().read == 1
    assert world.staged()["ATTEMPTS"] == 1


@pytest.mark.cp_bug(49)
def test_a_permanent_problem_waits_for_people_with_everything_they_need(world):
    world.order(total="236.99")
    world.pull()
    world.book()
    holds(world.staged(), STATUS="REFUSED", ERROR_CODE="ARITHMETIC", NEXT_ATTEMPT_GMT=None)
    (letter,) = world.letter_rows()
    holds(letter, FLOW="documents", KIND="order", CODE="ARITHMETIC", FIELD="total", RETRYABLE=False)
    holds(letter, FOUND="236.99", EXPECTED="236.11", NEXT_ATTEMPT_GMT=None, ATTEMPTS=1)
    assert letter["ARITHMETIC"].startswith("lines 208.98 + fees 0.00 + shipping 12.50 + tax 14.63")
    assert "replay" in letter["NEXT_STEP"]
    assert world.book().read == 0


def test_a_refused_order_that_is_corrected_in_the_store_is_booked(world):
    world.order(total="236.99")
    world.pull()
    world.book()
    world.overwrite(total="236.11")
    world.pull()
    assert world.letters() == []
    assert world.book().created == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "CAD"}, "CURRENCY"),
        ({"payment_method": "cheque"}, "NO_PAY_CODE"),
        (plain_order([line(1, "01-10100", 1, "5.00")], line_items=[], total="0.00"), "NO_LINES"),
        (plain_order([line(1, "", 1, "5.00")]), "NO_SKU"),
        (plain_order([line(1, "99-99999", 1, "5.00")]), "SKU_NOT_FOUND"),
        (plain_order([line(1, "01-10100-CARTON", 1, "5.00")]), "UNIT_UNKNOWN"),
        (plain_order([line(1, "01-10100", -1, "5.00")]), "QUANTITY"),
        (plain_order([line(1, "01-10100", 1.5, "5.00")]), "QTY_DECIMALS"),
        (plain_order([line(1, "01-10100", 1, "5.00")], **GIVEN_AWAY), "NEGATIVE_FEE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_booked_is_refused_before_anything_is_written(world, changes, code):
    world.order(**changes)
    counters = world.rows("PS_STA_CFG_PS")
    world.pull()
    world.book()
    assert world.letters() == [("order", "20001", code)]
    assert world.statuses() == {20001: "REFUSED"}
    assert {name: world.rows(name) for name in NOTHING} == NOTHING
    assert world.rows("PS_STA_CFG_PS") == counters


@pytest.mark.cp_bug(28)
def test_an_item_without_a_stock_row_is_refused_and_no_row_is_invented(world):
    remove(world, "IM_INV", ITEM_NO="01-10251")
    world.order()
    world.pull()
    before = world.rows("IM_INV")
    world.book()
    (letter,) = world.letter_rows()
    holds(letter, CODE="NO_INVENTORY_ROW", FIELD="line_items[1].sku", SKU="01-10251-CARTON")
    assert "01-10251" in letter["FOUND"]
    assert world.rows("IM_INV") == before
    assert {name: world.rows(name) for name in NOTHING} == NOTHING


def test_a_stock_row_that_vanishes_while_the_order_is_booked_leaves_nothing_behind(world):
    world.order()
    world.pull()
    counters = world.rows("PS_STA_CFG_PS")

    def vanish(connection, cursor, statement, *_):
        if statement.startswith("INSERT INTO") and "PS_DOC_AUDIT_LOG_TOT" in statement:
            connection.execute(delete(vendor_tables()["IM_INV"]).filter_by(ITEM_NO="01-10251"))

    event.listen(world.engine, "before_cursor_execute", vanish)
    world.book()
    (letter,) = world.letter_rows()
    holds(letter, CODE="NO_INVENTORY_ROW", FIELD="line_items[1].sku", SKU="01-10251-CARTON")
    event.remove(world.engine, "before_cursor_execute", vanish)
    # Refused earlier the next time, and still the same letter.
    remove(world, "IM_INV", ITEM_NO="01-10251")
    world.set_rows("USER_ORDER_STAGING", {}, STATUS="PENDING")
    world.book()
    (again,) = world.letter_rows()
    holds(again, DEAD_LETTER_ID=letter["DEAD_LETTER_ID"], FOUND=letter["FOUND"], ATTEMPTS=2)
    assert {name: world.rows(name) for name in NOTHING} == NOTHING
    assert world.rows("PS_STA_CFG_PS") == counters
    assert world.rows("IM_INV", ITEM_NO="01-10100")[0]["QTY_COMMIT"] == D(480)


@pytest.mark.cp_bug(48)
def test_one_poison_order_among_ten_delays_no_other(world):
    for order_id in range(1, 11):
        created = world.ago(minutes=60 - order_id)
        changes = {"total": "1.00"} if order_id == 1 else {}
        world.order(order_id, date_created_gmt=created, **changes)
    world.pull()
    report = world.book()
    assert (report.created, len(report.refused)) == (9, 1)
    assert world.letters() == [("order", "1", "ARITHMETIC")]


def test_an_order_that_breaks_a_rule_of_the_database_is_refused_alone(world):
    world.order(1, transaction_id="poison")
    world.order(2)
    world.pull()
    with refusing(world.engine, PS_DOC_PMT_PROMPT, "PROMPT_VAL", "poison"):
        report = world.book()
    assert report.created == 1
    (letter,) = world.letter_rows()
    holds(letter, KIND="order", CODE="DATABASE_REFUSED", RECORD_KEY="1", RETRYABLE=False)
    assert world.orders_booked() == ["WOO 2"]


def test_a_right_that_is_missing_ends_the_run_and_refuses_no_order(world):
    world.orders(1, 2)
    world.pull()
    gone = denied(world.engine, PS_DOC_PMT_PROMPT)
    with gone, pytest.raises(ProgrammingError, match=r"\(229\)"):
        world.book()
    assert world.letter_rows(closed=True) == world.letter_rows() == []
    assert "REFUSED" not in world.statuses().values()
    assert {name: world.rows(name) for name in NOTHING} == NOTHING
    assert world.book().created == 2


@pytest.mark.parametrize("kept", [None, "{", "[1, 2]"])
def test_a_row_without_a_readable_order_is_refused_alone(world, kept):
    world.orders(1, 2)
    world.pull()
    world.set_rows("USER_ORDER_STAGING", {"WOO_ORDER_ID": 1}, ORDER_JSON=kept)
    assert world.book().created == 1
    (letter,) = world.letter_rows()
    holds(letter, CODE="NO_ORDER_JSON", RECORD_KEY="1")
    assert "`woocp replay`" in letter["NEXT_STEP"]
    replayed = replay_orders(world.context, ["1"], wait_seconds=0)
    assert replayed.report.created == 1


@pytest.mark.parametrize("table", ["PS_DOC_HDR", "PS_TKT_HIST", "PS_ORD_HIST"])
def test_a_document_with_our_reference_that_we_did_not_book_is_looked_at_by_people(world, table):
    foreign_document(world.engine, table, REF="WOO 20001")
    world.order()
    world.pull()
    world.book()
    (letter,) = world.letter_rows()
    holds(letter, CODE="DUPLICATE_REF", FIELD="REF", RETRYABLE=False)
    assert "101163492218" in letter["FOUND"]
    assert world.statuses() == {20001: "REFUSED"}


@pytest.mark.cp_bug(8)
@pytest.mark.parametrize("ref", ["WOO 20001", "20001"])
@pytest.mark.parametrize("table", ["PS_DOC_HDR", "PS_TKT_HIST", "PS_ORD_HIST"])
def test_what_the_old_scripts_booked_at_a_till_without_a_staging_row_is_not_booked_again(
    world, table, ref
):
    day = store_local_date(world.context.now(), world.context.settings.store.zone)
    scripted = {"STA_ID": "101", "USR_ID": None, "TKT_NO": "101-000001", "TKT_DT": day}
    foreign_document(world.engine, table, REF=ref, **scripted)
    world.order()
    world.pull()
    world.book()
    assert world.orders_booked() == ([ref] if table == "PS_DOC_HDR" else [])
    (letter,) = world.letter_rows()
    holds(letter, CODE="DUPLICATE_REF", RETRYABLE=False)
    assert "101-000001" in letter["FOUND"]
    assert world.statuses() == {20001: "REFUSED"}


def test_orders_from_before_the_shop_had_another_id_are_not_booked_again(world):
    world.orders(20001, 20002)
    world.pull()
    world.book()
    world.configure(store={"id": "shop"})
    world.pull()
    report = world.book()
    assert report.created == 0
    assert {item.problem.code for item in report.refused} == {"DUPLICATE_REF"}
    assert sorted(world.orders_booked()) == ["WOO 20001", "WOO 20002"]


def test_another_shop_that_is_named_may_have_the_same_numbers(world):
    world.order()
    world.pull()
    world.book()
    world.configure(store={"id": "shop", "other_ids": ["main"]})
    world.pull()
    assert world.book().created == 1
    assert world.orders_booked() == ["WOO 20001", "WOO 20001"]
