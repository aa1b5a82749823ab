"""The price audit over a real Counterpoint: what was charged, what the rules say, and why."""

import csv
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, event, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import (
    IM_PRC_GRP,
    IM_PRC_RUL_BRK,
    USER_CUSTOMER_MAP,
    USER_ORDER_STAGING,
)
from woocp_pipelines.flows.price_audit import NotUpgradedError, audit_prices
from woocp_pipelines.flows.price_audit_file import COLUMNS, write_audit
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.price_audit import OPEN_CAUSES
from woocp_pipelines_tests.broken_database import missing
from woocp_pipelines_tests.customer_world import known_customer
from woocp_pipelines_tests.worked_example import example_order

D = Decimal


@pytest.fixture
def audit(world):
    """Audits the day of the world's orders."""

    def run(**since):
        moment = world.clock.now - timedelta(minutes=1) - timedelta(**since)
        day = moment.astimezone(world.context.settings.store.zone).date()
        return audit_prices(world.context, day)

    return run


def line(total, *, sku="01-10100", quantity=10, subtotal=None, line_id=1):
    """A product line without tax."""
    (first, _) = example_order()["line_items"]
    before = total if subtotal is None else subtotal
    amounts = {"total": total, "subtotal": before, "total_tax": "0.00", "subtotal_tax": "0.00"}
    return {
        **first,
        **amounts,
        "id": line_id,
        "product_id": 100 + line_id,
        "sku": sku,
        "quantity": quantity,
        "taxes": [],
    }


def place(world, order_id, *lines, **changes):
    """An order of these lines and nothing else; it is read."""
    total = sum((D(each["total"]) for each in lines), D(0))
    none = {"shipping_lines": [], "coupon_lines": [], "tax_lines": [], "fee_lines": []}
    amounts = {"total_tax": "0.00", "shipping_total": "0.00", "discount_total": "0.00"}
    given = {**none, **amounts, "line_items": list(lines), "total": str(total), **changes}
    world.order(order_id, **given)
    world.pull()


def change(world, statement):
    with writing(world.engine) as connection:
        connection.execute(statement)


def only(audit):
    (found,) = audit.lines
    return found


def test_each_line_has_its_prices_its_difference_and_its_cause(world, audit):
    world.order()
    world.pull()
    first, second = audit().lines
    assert (first.order, first.line, first.item_no, first.unit) == ("20001", 1, "01-10100", "0")
    assert (first.cust_no, first.rule) == ("10001", "C 144319, rule 1")
    assert (first.charged, first.then, first.now) == (D("18.9900"), D("21.0955"), D("21.0955"))
    assert first.difference == D("37.98") - D("42.19")
    # The line before the coupon is the contract's price, by the shop's two decimals.
    assert first.cause == "discount"
    assert (second.item_no, second.unit, second.then) == ("01-10251", "1", D("200.00"))
    assert second.cause == "unexplained"


@pytest.mark.parametrize(
    ("total", "cause"),
    [
        ("210.96", "equal"),
        ("211.00", "rounding"),
        ("417.69", "contract_not_applied"),
        ("333.33", "unexplained"),
    ],
)
def test_what_the_shop_charged_is_explained_or_not(world, audit, total, cause):
    place(world, 1, line(total))
    found = audit()
    assert only(found).cause == cause
    assert len(found.of(OPEN_CAUSES)) == (cause in OPEN_CAUSES)


def test_the_price_then_applies_the_dates_of_the_order_and_now_those_of_now(world, audit):
    place(world, 1, line("210.96"))
    zone = world.context.settings.store.zone
    world.wait(minutes=10)
    ended = store_local(world.clock.now - timedelta(minutes=5), zone)
    change(world, update(IM_PRC_GRP).values(NO_END_DAT="N", END_DT=ended))
    found = only(audit(minutes=10))
    assert (found.then, found.now) == (D("21.0955"), D("41.7690"))
    assert found.cause == "equal"


def test_a_price_that_was_right_when_booked_is_known_by_its_document(world, audit):
    world.order()
    world.pull()
    world.book()
    change(world, update(IM_PRC_RUL_BRK).values(AMT_OR_PCT=D(10)))
    first, second = audit().lines
    assert first.then == D("37.5921")
    assert first.cause == "price_changed"
    assert second.cause == "unexplained"


def test_a_rule_that_cannot_be_decided_is_no_price_and_says_why(world, audit):
    change(world, update(IM_PRC_RUL_BRK).values(PRC_METH="P"))
    place(world, 1, line("210.96"))
    found = only(audit())
    assert (found.cause, found.then, found.difference) == ("undecidable", None, None)
    assert found.charged == D("21.0960")
    assert "'P'" in found.remark


def test_an_unknown_sku_is_named(world, audit):
    place(world, 1, line("5.00", sku="NOWHERE"))
    found = only(audit())
    assert (found.cause, found.sku, found.item_no) == ("item_unknown", "NOWHERE", "")


def test_a_buyer_whom_counterpoint_does_not_know_is_compared_with_the_price_for_anybody(
    world, audit
):
    guest = {"billing": {**example_order()["billing"], "email": "new@guest.test"}}
    place(world, 1, line("417.69"), customer_id=0, **guest)
    place(world, 2, line("210.96"), customer_id=0, **guest)
    right, other = audit().lines
    assert (right.cause, right.cust_no, right.then) == ("equal", "", D("41.7690"))
    assert other.cause == "no_customer"


def test_a_buyer_who_could_be_two_customers_is_never_guessed(world, audit):
    change(world, delete(USER_CUSTOMER_MAP))
    for number in ("10002", "10003"):
        known_customer(world.engine, number, EMAIL_ADRS_1="ann@printers.test")
    place(world, 1, line("210.96"))
    found = only(audit())
    assert (found.cause, found.then) == ("no_customer", None)
    assert "AMBIGUOUS_CUSTOMER" in found.remark


def test_a_negative_fee_is_a_discount_on_its_lines_as_booking_takes_it(world, audit):
    fee = {"id": 9, "name": "Reward", "total": "-10.96", "total_tax": "0.00", "taxes": []}
    place(world, 1, line("210.96"), fee_lines=[fee], total="200.00")
    found = only(audit())
    assert (found.charged, found.cause) == (D("20.0000"), "discount")


def test_an_order_that_cannot_be_read_is_listed_and_stops_no_other(world, audit):
    place(world, 1, line("210.96"))
    place(world, 2, line("210.96"))
    place(world, 3, line("210.96"))
    rows = USER_ORDER_STAGING
    change(world, update(rows).where(rows.c.WOO_ORDER_ID == 1).values(ORDER_JSON="{"))
    gone = update(rows).where(rows.c.WOO_ORDER_ID == 2).values(ORDER_JSON=None)
    change(world, gone)
    found = audit()
    assert [number for number, _ in found.unread] == ["1", "2"]
    assert "order_days" in found.unread[1][1] or "NO_ORDER_JSON" in found.unread[1][1]
    assert only(found).order == "3"


def test_a_line_of_no_quantity_has_no_unit_price(world, audit):
    place(world, 1, line("0.00", quantity=0))
    found = only(audit())
    assert (found.cause, found.charged) == ("undecidable", None)


def test_orders_of_other_days_and_cancelled_ones_are_left_out(world, audit):
    place(world, 1, line("210.96"))
    place(world, 2, line("210.96"), date_created_gmt=world.ago(days=2))
    rows = USER_ORDER_STAGING
    assert [each.order for each in audit().lines] == ["1"]
    change(world, update(rows).where(rows.c.WOO_ORDER_ID == 1).values(STATUS="CANCELLED"))
    assert audit().lines == ()


def test_a_day_without_orders_is_an_audit_of_nothing(world, audit):
    found = audit(days=3)
    assert (found.orders, found.lines, found.unread) == (0, (), ())


def test_the_number_of_statements_does_not_grow_with_the_orders(world, audit):
    def statements():
        seen = []
        event.listen(world.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        audit()
        return len(seen)

    place(world, 1, line("210.96"))
    # Lengths of columns are read once for a run.
    audit()
    one = statements()
    for number in range(2, 8):
        place(world, number, line("210.96"), line("20.90", sku="01-10251", line_id=2))
    assert statements() == one


def test_the_file_holds_every_line_for_its_owner_alone_and_runs_nothing(world, audit, tmp_path):
    place(world, 1, line("210.96"), line("5.00", sku="=1+1", line_id=2))
    path = write_audit(audit(), tmp_path)
    assert path.parent == tmp_path / "reports"
    assert path.stat().st_mode & 0o077 == 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["cause"] for row in rows] == ["equal", "item_unknown"]
    assert rows[0]["then"] == "21.0955"
    assert rows[1]["sku"] == "'=1+1"
    # Again: replaced, and nothing else is left in the folder.
    write_audit(audit(), tmp_path)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_failed_read_is_no_audit_of_nothing(world, audit):
    change(world, delete(IM_PRC_GRP))
    place(world, 1, line("417.69"))
    assert only(audit()).cause == "equal"
    gone = missing(world.engine, USER_ORDER_STAGING)
    with gone, pytest.raises(NotUpgradedError, match="db upgrade"):
        audit()
