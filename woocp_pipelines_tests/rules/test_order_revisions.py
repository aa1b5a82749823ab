"""What a change of a booked order is called, and what people are told to do."""

import pytest

from woocp_pipelines.rules.order_content import OrderState, group_of_booked
from woocp_pipelines.rules.order_revisions import (
    REVISION_CODES,
    Accepted,
    OpenRevision,
    Revision,
    review,
)
from woocp_pipelines.settings import Orders
from woocp_pipelines_tests.worked_example import example_order

DOCUMENT = "document O109-000001 (DOC_ID 7)"
REFUND = {"id": 88, "reason": "", "total": "-20.00"}


def state(orders=None, **changes):
    raw = example_order(**changes)
    return OrderState(raw, group_of_booked(raw["status"], orders or Orders()))


def judged(now, booked=None, open_now=None):
    return review(now, "20001", Accepted(booked or state(), DOCUMENT), open_now)


def problem(now, booked=None):
    found = judged(now, booked)
    assert isinstance(found, Revision)
    return found.problem


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"status": "cancelled"}, "ORDER_CANCELLED", "status"),
        ({"status": "failed"}, "ORDER_CANCELLED", "status"),
        ({"status": "trash"}, "ORDER_TRASHED", "status"),
        ({"status": "refunded"}, "ORDER_REFUNDED", "refunds"),
        ({"refunds": [REFUND]}, "ORDER_REFUNDED", "refunds"),
        ({"status": "cancelled", "refunds": [REFUND]}, "ORDER_CANCELLED", "status"),
        ({"status": "on-hold"}, "ORDER_PUT_ON_HOLD", "status"),
        ({"status": "pending"}, "ORDER_EDITED", "content"),
        ({"total": "1.00"}, "ORDER_EDITED", "content"),
        ({"date_paid_gmt": None}, "ORDER_EDITED", "content"),
        ({"date_paid_gmt": "2026-01-06T00:00:00"}, "ORDER_EDITED", "content"),
    ],
)
def test_each_kind_of_change_has_its_code(changes, code, field):
    found = problem(state(**changes))
    assert (found.code, found.field) == (code, field)
    assert found.code in REVISION_CODES
    assert DOCUMENT in found.next_step
    assert "`woocp settle 20001 --note …`" in found.next_step
    assert found.expected == f"{DOCUMENT}: processing, total 236.11"


def test_an_order_booked_unpaid_and_paid_later_asks_for_its_payment():
    """Option A has no deposit: CP §4 leaves the payment to people."""
    found = problem(state(), state(date_paid_gmt=None))
    assert (found.code, found.field) == ("ORDER_PAID_LATER", "date_paid_gmt")
    assert found.next_step.startswith(f"enter the payment for {DOCUMENT}")
    assert found.found == "not paid → paid 2026-01-05T15:30:20 UTC"


def test_paid_later_with_other_changes_is_an_edit():
    assert problem(state(customer_note="x"), state(date_paid_gmt=None)).code == "ORDER_EDITED"


def test_a_booked_order_that_the_shop_holds_says_what_to_keep_back():
    found = problem(state(status="on-hold"))
    assert found.next_step.startswith(f"keep the goods of {DOCUMENT} back")
    assert found.found == "status processing → on-hold"


def test_a_refund_that_the_shop_deleted_is_never_entered():
    """The clerk has entered it; entering "the refund" once more would pay it twice."""
    found = problem(state(), state(refunds=[REFUND]))
    assert found.code == "ORDER_EDITED"
    assert found.found == "refund 88 removed: total -20.00"
    assert found.next_step.startswith(f"take the refund that is gone back out of {DOCUMENT}")
    assert found.arithmetic == "236.11 - 0.00 refunded = 236.11"


def test_a_smaller_refund_in_the_place_of_another_is_no_new_one():
    smaller = {**REFUND, "id": 89, "total": "-5.00"}
    found = problem(state(refunds=[smaller]), state(refunds=[REFUND]))
    assert found.code == "ORDER_EDITED"
    assert found.arithmetic == "236.11 - 5.00 refunded = 231.11"
    assert problem(state(refunds=[REFUND]), state(refunds=[smaller])).code == "ORDER_REFUNDED"


def test_a_refund_of_nothing_asks_for_the_goods_and_not_for_money():
    found = problem(state(refunds=[{**REFUND, "total": "0.00"}]))
    assert found.code == "ORDER_EDITED"
    assert found.next_step.startswith("see whether goods of")


def test_a_refund_whose_amount_cannot_be_read_is_looked_for():
    assert problem(state(refunds=[{**REFUND, "total": "?"}])).code == "ORDER_REFUNDED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"refunds": [REFUND], "total": "200.00"}, "ORDER_REFUNDED"),
        ({"refunds": [REFUND], "customer_note": "x", "status": "refunded"}, "ORDER_REFUNDED"),
        ({"status": "on-hold", "customer_note": "x"}, "ORDER_PUT_ON_HOLD"),
    ],
)
def test_an_edit_beside_it_is_asked_for_too(changes, code):
    """Whoever settles the revision accepts the order as it is, with the edit."""
    found = problem(state(**changes))
    assert found.code == code
    assert f", and correct {DOCUMENT}; then `woocp settle" in found.next_step


@pytest.mark.parametrize("changes", [{"refunds": [REFUND]}, {"status": "on-hold"}])
def test_without_an_edit_nothing_is_to_be_corrected(changes):
    assert "correct" not in problem(state(**changes)).next_step


@pytest.mark.parametrize("status", ["processing", "completed"])
def test_an_order_released_after_people_accepted_its_hold_may_go_out(status):
    found = problem(state(status=status), state(status="on-hold"))
    assert (found.code, found.field) == ("ORDER_RELEASED", "status")
    assert found.code in REVISION_CODES
    assert found.next_step.startswith(f"let the goods of {DOCUMENT} go out; then")


def test_what_changed_when_it_was_released_comes_first():
    held = state(status="on-hold", date_paid_gmt=None)
    paid = problem(state(), held)
    assert paid.code == "ORDER_PAID_LATER"
    edited = problem(state(customer_note="x"), state(status="on-hold"))
    assert edited.code == "ORDER_EDITED"
    assert edited.next_step.startswith(f"correct {DOCUMENT} in Counterpoint by hand; the shop")
    assert "its goods may go out" in paid.next_step


def test_the_arithmetic_says_what_the_change_is_worth():
    assert problem(state(total="255.10")).arithmetic == "236.11 + 18.99 = 255.10"
    assert problem(state(total="200")).arithmetic == "236.11 - 36.11 = 200.00"
    assert problem(state(refunds=[REFUND])).arithmetic == "236.11 - 20.00 refunded = 216.11"
    assert problem(state(total="a lot")).arithmetic == ""


def test_completing_is_no_change_also_where_completed_orders_are_not_booked():
    only_processing = Orders(statuses=["processing"])
    now = state(only_processing, status="completed")
    assert judged(now, state(only_processing)) == "same"


def test_a_status_of_a_plugin_names_the_setting():
    found = problem(state(status="shipped"))
    assert found.code == "ORDER_EDITED"
    assert "add it to orders.statuses" in found.next_step
    assert judged(state(Orders(statuses=["processing", "shipped"]), status="shipped")) == "same"


def test_where_only_the_hash_is_known_it_says_so():
    found = review(state(total="1.00"), "20001", Accepted(None, DOCUMENT), None)
    assert isinstance(found, Revision)
    assert found.problem.code == "ORDER_EDITED"
    assert "only its hash" in found.problem.expected
    assert found.problem.found == "order 20001 is now processing, total 1.00, and differs"
    cancelled = review(state(status="cancelled"), "20001", Accepted(None, DOCUMENT), None)
    assert isinstance(cancelled, Revision)
    assert cancelled.problem.code == "ORDER_CANCELLED"


def test_ids_that_the_store_took_away_are_no_change_where_only_the_hash_is_known():
    booked = state()
    lines = booked.raw["line_items"]
    gone = state(customer_id=0, line_items=[{**line, "product_id": 0} for line in lines])
    ids = {"customer_id": booked.raw["customer_id"], "line_items": lines}
    assert review(gone, "20001", Accepted(None, DOCUMENT, booked.digest, ids), None) == "same"
    dearer = OrderState({**gone.raw, "total": "1.00"}, gone.group)
    found = review(dearer, "20001", Accepted(None, DOCUMENT, booked.digest, ids), None)
    assert isinstance(found, Revision)


def test_the_same_open_revision_is_no_news_and_another_one_is():
    now = state(total="1.00")
    told = OpenRevision("ORDER_EDITED", now)
    assert judged(now, open_now=told) == "known"
    assert isinstance(judged(state(total="2.00"), open_now=told), Revision)
    # An order of an earlier version: nothing says what people were told.
    assert isinstance(judged(now, open_now=OpenRevision("ORDER_EDITED", None)), Revision)


def test_a_cancelled_order_that_is_then_trashed_is_told_again():
    told = OpenRevision("ORDER_CANCELLED", state(status="cancelled"))
    found = judged(state(status="trash"), open_now=told)
    assert isinstance(found, Revision)
    assert found.problem.code == "ORDER_TRASHED"


def test_an_order_that_is_as_accepted_is_over():
    assert judged(state(status="completed")) == "same"
    accepted = state(total="1.00")
    assert judged(accepted, booked=accepted) == "same"
    assert isinstance(judged(state(), booked=accepted), Revision)


def lost(order, *, product=True, customer=True):
    raw = {**order.raw, "customer_id": 0 if customer else order.raw["customer_id"]}
    if product:
        raw["line_items"] = [{**each, "product_id": 0, "sku": None} for each in raw["line_items"]]
    return OrderState(raw, order.group)


def test_deleted_products_and_customers_are_no_revision_and_the_kept_order_has_their_ids():
    assert judged(lost(state())) == "same"
    found = judged(lost(state(total="1.00")))
    assert isinstance(found, Revision)
    assert found.problem.found == "total 236.11 → 1.00"
    assert [each["product_id"] for each in found.order["line_items"]] == [101, 102]


def test_a_product_that_came_with_the_open_revision_may_be_deleted_too():
    extra = {**example_order()["line_items"][0], "id": 15, "product_id": 300}
    edited = state(line_items=[*example_order()["line_items"], extra])
    assert judged(lost(edited), open_now=OpenRevision("ORDER_EDITED", edited)) == "known"


def test_a_long_list_of_changes_is_cut_with_their_number():
    lines = [{**example_order()["line_items"][0], "id": 100 + each} for each in range(40)]
    found = problem(state(line_items=[*example_order()["line_items"], *lines]))
    assert len(found.found) <= 500
    assert found.found.endswith(" more")
