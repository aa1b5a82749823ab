"""Any amount inside a booked document, changed by any number of cents, is found in its database."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.flows.reconciliation import reconcile_day
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.sandbox.shipping import release_order
from woocp_pipelines_tests.order_world import book_all

D = Decimal
ORDER, DEPOSIT = "order", "deposit"
TOTALS = ("SUB_TOT", "TOT_MISC", "TAX_AMT", "TOT", "TOT_TND", "AMT_DUE")
PLACES = [
    *[("PS_DOC_HDR_TOT", name, {"TOT_TYP": "O"}, ORDER) for name in TOTALS],
    ("PS_DOC_HDR_TOT", "TOT_HDR_DISC", {"TOT_TYP": "O"}, ORDER),
    *[("PS_DOC_HDR_TOT", name, {}, DEPOSIT) for name in TOTALS],
    *[
        ("PS_DOC_LIN", name, {"LIN_SEQ_NO": number}, ORDER)
        for name in ("EXT_PRC", "TAX_AMT_ALLOC")
        for number in (1, 2)
    ],
    ("PS_DOC_HDR_MISC_CHRG", "MISC_AMT", {}, ORDER),
    ("PS_DOC_HDR_MISC_CHRG", "MISC_TAX_AMT_ALLOC", {}, ORDER),
    ("PS_DOC_TAX", "TAX_AMT", {}, ORDER),
    ("PS_DOC_PMT", "AMT", {}, ORDER),
    ("PS_DOC_PMT", "AMT", {}, DEPOSIT),
    ("PS_DOC_PMT_APPLY", "AMT", {}, ORDER),
    ("PS_DOC_PMT_APPLY", "AMT", {}, DEPOSIT),
]
CENTS = st.integers(-100_000, 100_000).filter(bool).map(lambda cents: D(cents).scaleb(-2))


def reconcile(world):
    zone = world.context.settings.store.zone
    day = (world.clock.now - timedelta(minutes=1)).astimezone(zone).date()
    return reconcile_day(world.context, day, with_stock=False)


def documents(world):
    (key,) = world.rows("USER_ORDER_KEY", WOO_ORDER_ID=20001)
    return {ORDER: key["DOC_ID"], DEPOSIT: key["DEP_DOC_ID"]}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]}.{place[1]}-{place[3]}")
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(off=CENTS)
def test_one_amount_that_somebody_changed_is_found_to_the_cent(world, place, off):
    table, column, more, which = place
    if not world.rows("USER_ORDER_KEY"):
        world.order()
        book_all(world)
    where = {"DOC_ID": documents(world)[which], **more}
    (row,) = world.rows(table, **where)
    assert reconcile(world).differences == []
    world.set_rows(table, where, **{column: row[column] + off})
    report = reconcile(world)
    world.set_rows(table, where, **{column: row[column]})
    assert report.unexplained_cents == abs(off * 100)
    assert any("off by" in each.difference.remark for each in report.differences)
    (totals,) = report.totals
    differences = [each.difference for each in report.differences]
    assert totals.documents - totals.web == sum(each.documents for each in differences)
    assert totals.payments - totals.due == sum(each.payments for each in differences)


@pytest.mark.parametrize("tables", [("PS_DOC_PMT",), ("PS_DOC_PMT", "PS_DOC_PMT_APPLY")])
def test_a_payment_that_is_short_on_order_and_deposit_ticket_counts_once(world, tables):
    world.order()
    book_all(world)
    for doc_id in documents(world).values():
        for table in tables:
            (row,) = world.rows(table, DOC_ID=doc_id)
            world.set_rows(table, {"DOC_ID": doc_id}, AMT=row["AMT"] - 1)
    report = reconcile(world)
    (found,) = report.differences
    assert (found.difference.cause, found.difference.payments) == ("payment", D(-1))
    assert report.unexplained_cents == 100


def test_an_order_released_in_part_is_no_false_alarm(world):
    world.order()
    book_all(world)
    now = store_local(world.clock.now, world.context.settings.store.zone)
    with writing(world.engine) as connection:
        release_order(connection, documents(world)[ORDER], now, {1: D(1)})
    assert reconcile(world).differences == []


def test_an_order_that_the_sync_passed_by_is_missing_and_not_waiting(world):
    world.order(20002)
    book_all(world)
    # It came with an older date than what was read already: nothing reads it by itself.
    world.order(20001, date_modified_gmt=world.ago(minutes=13))
    world.pull()
    assert set(world.statuses()) == {20002}
    told = {each.row.number: each.difference for each in reconcile(world).differences}
    assert told["20001"].cause == "missing"
    assert "woocp sync orders --since" in told["20001"].next_step


def pay_otherwise(world, doc_id, off):
    """Every row of one document's payments is changed alike: within itself all adds up."""
    for table in ("PS_DOC_PMT", "PS_DOC_PMT_APPLY"):
        (row,) = world.rows(table, DOC_ID=doc_id)
        world.set_rows(table, {"DOC_ID": doc_id}, AMT=row["AMT"] + off)
    part = {"DOC_ID": doc_id, "TOT_TYP": "O" if doc_id == documents(world)[ORDER] else "S"}
    (row,) = world.rows("PS_DOC_HDR_TOT", **part)
    due = row["AMT_DUE"] - off if part["TOT_TYP"] == "O" else row["AMT_DUE"]
    world.set_rows("PS_DOC_HDR_TOT", part, TOT_TND=row["TOT_TND"] + off, AMT_DUE=due)


@pytest.mark.parametrize(
    ("order", "deposit", "causes"),
    [
        ("-5", "0", {"sums": 500}),
        ("5", "0", {"sums": 500}),
        ("0", "-5", {"payment": 500}),
        ("-5", "-5", {"payment": 500}),
        ("-5", "-7", {"payment": 700}),
        ("-7", "-5", {"payment": 500, "sums": 200}),
        ("-5", "5", {"payment": 500, "sums": 500}),
    ],
)
def test_payments_changed_evenly_on_one_document_are_found_on_the_other(
    world, order, deposit, causes
):
    world.order()
    book_all(world)
    for which, off in ((ORDER, order), (DEPOSIT, deposit)):
        pay_otherwise(world, documents(world)[which], D(off))
    report = reconcile(world)
    found = [each.difference for each in report.differences]
    assert {each.cause: int(each.unexplained * 100) for each in found} == causes
    assert report.unexplained_cents == sum(causes.values())
    if "sums" in causes:
        (told,) = [each for each in found if each.cause == "sums"]
        assert "PS_DOC_PMT.AMT of the order: found" in told.remark
        assert f"{D('236.11') + D(deposit)} on the deposit ticket" in told.remark


def test_an_edit_that_people_followed_on_the_order_alone_is_no_fault_of_its_payments(world):
    world.order()
    book_all(world)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    pay_otherwise(world, documents(world)[ORDER], D(-10))
    report = reconcile(world)
    assert [each.difference.cause for each in report.differences] == ["refunded"]
    assert report.unexplained_cents == 0


def test_payments_of_an_order_that_is_gone_are_those_of_its_deposit_ticket(world):
    world.order()
    book_all(world)
    pay_otherwise(world, documents(world)[ORDER], D(-5))
    world.store.delete("orders/20001", {"force": True})
    told = {each.difference.cause: each.difference for each in reconcile(world).differences}
    assert set(told) == {"gone", "sums"}
    assert told["sums"].off == D(5)


def test_another_customer_and_the_ref_of_another_order_are_told_of_the_order_it_was_booked_for(
    world,
):
    world.orders(20001, 20002)
    book_all(world)
    order = documents(world)[ORDER]
    world.set_rows("PS_DOC_HDR", {"DOC_ID": order}, CUST_NO="99999", REF="WOO 20002")
    (found,) = reconcile(world).differences
    assert (found.row.number, found.difference.cause) == ("20001", "relabelled")
    assert "CUST_NO: found '99999', expected '10001'" in found.difference.remark
    assert "REF: found 'WOO 20002', expected 'WOO 20001'" in found.difference.remark
    # A row that the scripts before woocp booked does not say for whom.
    world.set_rows("USER_ORDER_STAGING", {"WOO_ORDER_ID": 20001}, BOOKED_GMT=None)
    (found,) = reconcile(world).differences
    assert "CUST_NO" not in found.difference.remark
