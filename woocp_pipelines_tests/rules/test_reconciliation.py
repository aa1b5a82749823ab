"""The reconciliation as a rule: planted differences on random days, each with exactly its cause."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from woocp_pipelines.rules.reconciliation import (
    reconcile_gone,
    reconcile_order,
    reconcile_stray,
)
from woocp_pipelines.rules.reconciliation_causes import MEANINGS, UNEXPLAINED, Difference
from woocp_pipelines.rules.reconciliation_facts import (
    BookedKey,
    Known,
    Letter,
    Staged,
    UnreadableOrderError,
    read_shop_order,
)
from woocp_pipelines.rules.reconciliation_totals import day_totals, unexplained_cents
from woocp_pipelines.rules.reconciliation_unbooked import Moment
from woocp_pipelines.settings import Orders
from woocp_pipelines_tests.reconciliation_days import (
    AT,
    NOW,
    PLANTS,
    ZERO,
    Amounts,
    booked,
    changed,
    document,
    shop_order,
    ticket,
    with_more,
)

D = Decimal
SETTLED = ("by_hand", "before_start")


def money(least, most):
    return st.integers(least, most).map(lambda cents: D(cents).scaleb(-2))


# Totals, changes, refunds and cents are of different sizes, so that no sum of some is another one.
AMOUNTS = st.builds(
    Amounts,
    total=money(100_000, 9_000_000),
    change=money(5_000, 20_000) | money(-20_000, -5_000),
    first=money(300, 600),
    second=money(1_500, 2_000),
    cents=money(1, 99) | money(-99, -1),
)
DAYS = st.lists(st.tuples(st.sampled_from(sorted(PLANTS)), AMOUNTS), max_size=25)


def found_in(row):
    return {
        each.cause: (each.documents, each.payments) for each in (row.differences if row else ())
    }


def made(day):
    return [PLANTS[name](number, of) for number, (name, of) in enumerate(day, start=1)]


@given(DAYS)
def test_every_planted_difference_is_found_with_exactly_its_cause(day):
    for case in made(day):
        assert found_in(reconcile_order(case.order, case.known, AT)) == case.causes


@given(DAYS)
def test_totals_are_the_sums_of_the_rows_and_differ_by_the_differences(day):
    rows = [reconcile_order(case.order, case.known, AT) for case in made(day)]
    rows = [row for row in rows if row is not None]
    totals = day_totals(rows)
    assert [each.currency for each in totals] == (["USD"] if rows else [])
    for each in totals:
        assert each.orders == len(rows)
        assert each.web == each.charged - each.refunded == sum(row.web for row in rows)
        assert each.unpaid == each.web - sum(row.due for row in rows)
        unread = [row for row in rows if row.payments is None]
        assert (each.unread_orders, each.unread_due) == (
            len(unread),
            sum(row.due for row in unread),
        )
        differences = [one for row in rows for one in row.differences]
        assert each.documents - each.web == sum(one.documents for one in differences)
        assert each.payments_above == sum(one.payments for one in differences)


@given(DAYS)
def test_cents_are_unexplained_only_where_a_cause_says_so(day):
    cases = made(day)
    rows = [reconcile_order(case.order, case.known, AT) for case in cases]
    planted = sum(
        max(abs(amount) for amount in amounts)
        for case in cases
        for cause, amounts in case.causes.items()
        if cause in UNEXPLAINED
    )
    assert unexplained_cents(row for row in rows if row) == planted * 100


CENTS = st.integers(-9_000, 9_000).filter(bool).map(lambda cents: D(cents).scaleb(-2))
REFUND = money(300, 2_000)


@given(money(100_000, 900_000), REFUND, CENTS, st.booleans())
def test_a_refund_and_a_wrong_amount_never_make_up_for_each_other(total, refund, off, of_payment):
    assume(off != -refund)
    order = shop_order(1, total, refunds=(refund,))
    name, doc_id = ("paid", 11) if of_payment else ("total", 10)
    row = reconcile_order(order, changed(booked(1, total), doc_id, **{name: total + off}), AT)
    wrong = {"payment": (ZERO, off)} if of_payment else {"amount": (off, ZERO)}
    assert found_in(row) == {"refunded": (refund, refund), **wrong}
    assert unexplained_cents([row]) == abs(off) * 100


@given(CENTS)
def test_faults_of_opposite_signs_are_added_up_of_one_order_and_of_several(off):
    def known(number, documents, payments):
        right = booked(number, D("500.00"))
        wrong = changed(right, number * 10, total=D("500.00") + documents)
        return changed(wrong, number * 10 + 1, paid=D("500.00") + payments)

    orders = [(1, off, -off), (2, -off, ZERO), (3, ZERO, off)]
    rows = [
        reconcile_order(shop_order(number, D("500.00")), known(number, *wrong), AT)
        for number, *wrong in orders
    ]
    assert [unexplained_cents([row]) for row in rows] == [
        abs(off) * each for each in (200, 100, 100)
    ]
    assert unexplained_cents(rows) == abs(off) * 400


def test_a_sale_that_nobody_ordered_is_not_made_up_for_by_its_return():
    sold, back = (
        ticket(90 + number, D(amount), paid=D(amount), ref="WOO 9")
        for number, amount in enumerate(("7.00", "-7.00"))
    )
    row = reconcile_stray([sold, back], "USD")
    assert (row.documents, row.payments) == (ZERO, ZERO)
    assert unexplained_cents([row]) == 1400


@given(DAYS)
def test_orders_of_other_days_are_judged_and_not_summed(day):
    rows = [reconcile_order(case.order, case.known, AT) for case in made(day)]
    others = [replace(row, is_of_day=False) for row in rows if row]
    assert day_totals(others) == ()
    assert unexplained_cents(others) == unexplained_cents(row for row in rows if row)


@given(DAYS)
def test_what_is_open_names_what_to_do_next(day):
    for case in made(day):
        row = reconcile_order(case.order, case.known, AT)
        for each in row.differences if row else ():
            assert each.is_open is (each.cause not in SETTLED)
            assert not each.is_open or each.next_step
            assert each.cause in MEANINGS


def letter(code, **changes):
    return replace(Letter("revision", code, is_open=True, next_step="do it by hand"), **changes)


def only(row):
    (difference,) = row.differences
    return difference


def test_an_open_revision_says_what_to_do_and_a_settled_one_that_nothing_is():
    order = shop_order(1, D("90.00"), refunds=(D("10.00"),))
    open_one = replace(booked(1, D("90.00")), letters=(letter("ORDER_REFUNDED"),))
    told = only(reconcile_order(order, open_one, AT))
    assert (told.code, told.next_step, told.is_open) == ("ORDER_REFUNDED", "do it by hand", True)
    settled = letter("ORDER_REFUNDED", is_open=False, settled_by="ANN", note="return 5")
    told = only(reconcile_order(order, replace(open_one, letters=(settled,)), AT))
    assert (told.remark, told.is_open) == ("settled by ANN: return 5", False)


def test_a_change_that_the_sync_has_not_seen_says_so():
    row = reconcile_order(shop_order(1, D("90.00")), booked(1, D("95.00")), AT)
    assert (only(row).cause, only(row).code) == ("edited", "")
    assert "woocp sync orders" in only(row).next_step


def test_a_document_corrected_by_hand_is_equal_whatever_was_booked():
    order = shop_order(1, D("90.00"), refunds=(D("15.00"),))
    for corrected in ("90.00", "75.00"):
        known = changed(booked(1, D("120.00")), 10, total=D(corrected))
        row = reconcile_order(order, known, AT)
        documents = sum(each.documents for each in row.differences)
        assert documents == D(corrected) - D("75.00")
        assert not any(each.unexplained for each in row.differences)


def test_a_state_that_people_settled_explains_as_much_as_what_was_booked():
    """Booked with 100, edited to 120 and corrected so, edited again to 130."""
    settled = letter("ORDER_EDITED", is_open=False, settled_by="ANN", total=D("120.00"))
    known = replace(booked(1, D("100.00")), letters=(settled,))
    for doc_id in (10, 11):
        known = changed(known, doc_id, paid=D("120.00"))
    known = changed(known, 10, total=D("120.00"))
    row = reconcile_order(shop_order(1, D("130.00")), known, AT)
    assert found_in(row) == {"edited": (D("-10.00"), D("-10.00"))}


@pytest.mark.parametrize("status", ["cancelled", "failed", "trash", "pending", "draft"])
def test_an_order_given_up_after_booking_leaves_all_of_its_document(status):
    row = reconcile_order(shop_order(1, D("50.00"), status=status), booked(1, D("50.00")), AT)
    assert (row.web, row.documents) == (ZERO, D("50.00"))
    assert found_in(row) == {"cancelled": (D("50.00"), D("50.00"))}


def test_an_order_refunded_in_full_is_charged_and_given_back():
    order = shop_order(1, D("50.00"), status="refunded", refunds=(D("50.00"),))
    row = reconcile_order(order, booked(1, D("50.00")), AT)
    assert (row.charged, row.refunded, row.web) == (D("50.00"), D("50.00"), ZERO)
    assert found_in(row) == {"refunded": (D("50.00"), D("50.00"))}
    assert reconcile_order(order, Known(), AT).differences == ()


def test_an_order_on_hold_waits_once_it_is_paid_and_is_nothing_before():
    held = Known(Staged("HELD", total=D("50.00")))
    paid = shop_order(1, D("50.00"), status="on-hold")
    assert found_in(reconcile_order(paid, held, AT)) == {"waiting": (D("-50.00"), D("-50.00"))}
    assert reconcile_order(replace(paid, is_paid=False), held, AT) is None


def test_an_order_of_a_moment_ago_waits_and_is_not_missing_yet():
    order = shop_order(1, D("50.00"), modified=NOW - timedelta(minutes=4))
    assert only(reconcile_order(order, Known(), AT)).cause == "waiting"
    old = replace(order, modified=NOW - timedelta(minutes=20))
    missing = only(reconcile_order(old, Known(), AT))
    assert missing.cause == "missing"
    assert "`woocp sync orders --since 2026-11-22`" in missing.next_step


def test_a_free_order_that_was_never_staged_is_missing_too():
    row = reconcile_order(shop_order(1, ZERO, is_paid=False), Known(), AT)
    assert found_in(row) == {"missing": (ZERO, ZERO)}


def test_an_order_staged_as_given_up_that_the_shop_sells_again_is_missing():
    known = Known(Staged("CANCELLED", total=D("5.00")))
    assert only(reconcile_order(shop_order(1, D("5.00")), known, AT)).cause == "missing"


def test_an_order_refused_without_a_row_is_refused_by_its_letter():
    known = Known(letters=(Letter("order", "BAD_ORDER", is_open=True, next_step="mend it"),))
    told = only(reconcile_order(shop_order(1, D("5.00")), known, AT))
    assert (told.cause, told.code, told.next_step) == ("refused", "BAD_ORDER", "mend it")


def test_an_order_of_before_the_start_is_nobodys_business():
    at = replace(AT, first=NOW)
    told = only(reconcile_order(shop_order(1, D("5.00")), Known(), at))
    assert (told.cause, told.is_open, told.unexplained) == ("before_start", False, ZERO)


def test_a_row_that_is_booked_without_a_key_has_lost_its_document():
    known = Known(Staged("BOOKED", total=D("5.00"), is_paid=True))
    assert only(reconcile_order(shop_order(1, D("5.00")), known, AT)).cause == "missing_document"


def test_a_document_entered_by_hand_counts_by_its_ref():
    by_hand = with_more(
        Known(Staged("SKIPPED", total=D("5.00")), key=BookedKey(None)),
        [document(99, D("5.00"), paid=D("5.00"), ref="WOO 1")],
    )
    row = reconcile_order(shop_order(1, D("5.00")), by_hand, AT)
    assert (row.documents, row.payments, row.differences) == (D("5.00"), D("5.00"), ())
    wrong = changed(by_hand, 99, total=D("5.03"))
    assert found_in(reconcile_order(shop_order(1, D("5.00")), wrong, AT)) == {
        "amount": (D("0.03"), ZERO)
    }


def test_a_refused_order_is_listed_although_somebody_entered_it():
    letters = (Letter("order", "DUPLICATE_REF", is_open=True, next_step="compare"),)
    known = Known(
        Staged("REFUSED", total=D("5.00"), code="DUPLICATE_REF"),
        letters,
        documents=(document(99, D("5.00"), ref="WOO 1"),),
    )
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    # How it was paid is not woocp's to know: no cent of it is unexplained.
    assert found_in(row) == {"refused": (ZERO, D("-5.00"))}


def test_a_document_in_place_of_a_deleted_one_is_no_duplicate():
    known = replace(booked(1, D("5.00")), documents=(document(99, D("5.00"), ref="WOO 1"),))
    assert found_in(reconcile_order(shop_order(1, D("5.00")), known, AT)) == {
        "missing_document": (ZERO, D("-5.00"))
    }


def test_a_free_order_whose_document_is_gone_has_lost_it_all_the_same():
    known = replace(booked(1, ZERO, is_paid=False), documents=())
    free = shop_order(1, ZERO, is_paid=False)
    assert found_in(reconcile_order(free, known, AT)) == {"missing_document": (ZERO, ZERO)}
    given_up = replace(free, status="cancelled")
    assert reconcile_order(given_up, known, AT).differences == ()


def test_a_document_that_somebody_entered_for_an_order_given_up_since_is_told():
    known = Known(documents=(document(99, D("5.00"), ref="WOO 1"),))
    told = only(reconcile_order(shop_order(1, D("5.00"), status="failed"), known, AT))
    assert (told.cause, told.documents) == ("cancelled", D("5.00"))
    assert told.next_step


def test_a_deposit_without_its_order_is_one_document_too_many():
    known = Known(Staged("PENDING"), documents=(ticket(99, ZERO, paid=D("5.00")),))
    found = found_in(reconcile_order(shop_order(1, D("5.00")), known, AT))
    assert found == {"duplicate": (ZERO, D("5.00")), "waiting": (D("-5.00"), D("-5.00"))}


def test_a_document_and_a_payment_that_are_wrong_alike_are_one_thing():
    known = booked(1, D("5.00"))
    for doc_id, values in ((10, {"total": D("5.02")}), (11, {"paid": D("5.02")})):
        known = changed(known, doc_id, **values)
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert found_in(row) == {"amount": (D("0.02"), D("0.02"))}
    assert unexplained_cents([row]) == 2


def test_a_payment_that_the_shop_does_not_know_of_is_unexplained():
    order = shop_order(1, D("5.00"), is_paid=False)
    row = reconcile_order(order, booked(1, D("5.00")), AT)
    assert found_in(row) == {"payment": (ZERO, D("5.00"))}


def test_holds_quotes_and_voids_of_an_order_are_no_second_document():
    more = [document(90 + n, D("5.00"), doc_typ=kind) for n, kind in enumerate("HQV")]
    row = reconcile_order(shop_order(1, D("5.00")), with_more(booked(1, D("5.00")), more), AT)
    assert row.differences == ()


def test_a_release_that_is_not_posted_yet_counts_with_its_order_only():
    release = ticket(13, D("5.00"), tkt_no="O109-000010-01", is_release=True)
    row = reconcile_order(shop_order(1, D("5.00")), with_more(booked(1, D("5.00")), [release]), AT)
    assert (row.documents, row.differences) == (D("5.00"), ())


@pytest.mark.parametrize("deposit", [11, None])
def test_what_was_paid_for_a_finished_order_is_not_known_and_never_paid_in_full(deposit):
    key = BookedKey(10, "O109-000010", deposit)
    went_out = ticket(12, D("5.00"), tkt_no="O109-000010-01", place="ticket history")
    posted = [ticket(11, ZERO, place="ticket history")] if deposit else []
    documents = (document(10, None, place="order history"), went_out, *posted)
    known = Known(Staged("BOOKED", total=D("5.00"), is_paid=True), key=key, documents=documents)
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert (row.documents, row.payments, row.differences) == (D("5.00"), None, ())
    (totals,) = day_totals([row])
    assert (totals.payments, totals.unread_due, totals.payments_above) == (ZERO, D("5.00"), ZERO)
    assert totals.says_unread.startswith("payments of 1 orders (5.00 USD) are not compared")


def test_a_deposit_that_is_not_posted_yet_is_read_although_its_order_is_finished():
    known = changed(booked(1, D("5.00")), 10, place="order history", total=None, paid=None)
    known = changed(known, 11, paid=D("4.00"))
    went_out = ticket(12, D("5.00"), tkt_no="O109-000010-01", place="ticket history")
    row = reconcile_order(shop_order(1, D("5.00")), with_more(known, [went_out]), AT)
    assert found_in(row) == {"payment": (ZERO, D("-1.00"))}


def test_a_return_that_is_posted_leaves_open_what_was_given_back():
    back = ticket(15, D("-2.00"), place="ticket history", origins=frozenset([12]))
    order = shop_order(1, D("5.00"), refunds=(D("2.00"),))
    row = reconcile_order(order, with_more(booked(1, D("5.00")), [back]), AT)
    assert (row.documents, row.payments, row.differences) == (D("3.00"), None, ())


def test_a_second_order_that_is_finished_doubles_what_its_tickets_come_to():
    second = document(50, None, place="order history", ref="WOO 1")
    went_out = ticket(51, D("5.00"), tkt_no="O109-000050-01", place="ticket history")
    known = with_more(booked(1, D("5.00")), [second, went_out])
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert found_in(row)["duplicate"][0] == D("5.00")


def test_without_payments_in_counterpoint_there_should_be_none():
    at = replace(AT, takes_payments=False)
    known = booked(1, D("5.00"), is_paid=False)
    assert reconcile_order(shop_order(1, D("5.00")), known, at).differences == ()


def test_what_the_shop_has_no_more_is_gone_with_all_its_money():
    row = reconcile_gone(1, booked(1, D("5.00")), "USD")
    assert (row.number, row.web, row.documents) == ("1", ZERO, D("5.00"))
    assert found_in(row) == {"gone": (D("5.00"), D("5.00"))}
    assert only(row).is_open


def test_a_document_of_no_order_is_explained_by_nothing():
    stray = [
        document(7, D("8.00"), paid=D("8.00"), ref="x"),
        ticket(8, ZERO, paid=D("8.00"), ref="x"),
    ]
    row = reconcile_stray(stray, "USD")
    assert (row.documents, row.payments, row.order_id) == (D("8.00"), D("8.00"), None)
    assert unexplained_cents([row]) == 800


def test_a_part_of_a_cent_is_a_cent_that_nothing_explains():
    known = changed(booked(1, D("5.00")), 10, total=D("5.001"))
    assert unexplained_cents([reconcile_order(shop_order(1, D("5.00")), known, AT)]) == 1


def test_differences_that_cancel_out_are_both_unexplained():
    rows = [
        reconcile_order(shop_order(n, D(5)), changed(booked(n, D(5)), n * 10, total=D(total)), AT)
        for n, total in ((1, "5.03"), (2, "4.97"))
    ]
    (totals,) = day_totals(rows)
    assert totals.documents == totals.web
    assert unexplained_cents(rows) == 6


def test_currencies_are_never_summed_together():
    rows = [
        reconcile_order(shop_order(n, D(5), currency=name), booked(n, D(5)), AT)
        for n, name in ((1, "USD"), (2, "CAD"), (3, "USD"))
    ]
    assert [(each.currency, each.orders, each.web) for each in day_totals(rows)] == [
        ("CAD", 1, D(5)),
        ("USD", 2, D(10)),
    ]


def test_which_statuses_are_taken_is_the_settings_affair():
    at = Moment(NOW, Orders(statuses=("processing", "shipped")))
    order = shop_order(1, D(5), status="shipped")
    assert only(reconcile_order(order, Known(), at)).cause == "missing"
    assert only(reconcile_order(order, Known(), AT)).cause == "not_taken"


RAW = {
    "id": 5,
    "number": "A-5",
    "status": "processing",
    "currency": "USD",
    "total": "12.30",
    "date_created_gmt": "2026-11-22T10:00:00",
    "date_modified_gmt": "2026-11-22T10:00:00",
    "date_paid_gmt": None,
    "refunds": [
        {"id": 9, "total": "-2.00"},
        {"id": 8, "total": "-1.00"},
        {"id": 7, "total": "-0.00"},
    ],
    "customer_id": 0,
}


def test_an_order_of_the_store_is_read_with_its_refunds_oldest_first():
    order = read_shop_order(RAW)
    assert (order.total, order.refunds, order.is_paid) == (D("12.30"), (D(1), D(2)), False)
    assert (order.number, order.refunded) == ("A-5", D(3))


@pytest.mark.parametrize(
    "broken",
    [
        {"total": "12,30"},
        {"total": 12.3},
        {"date_created_gmt": None},
        {"refunds": [{"id": 1, "total": None}]},
        {"refunds": ["x"]},
    ],
)
def test_an_order_whose_money_cannot_be_read_names_the_field(broken):
    with pytest.raises(UnreadableOrderError, match=next(iter(broken))):
        read_shop_order({**RAW, **broken})


def test_explained_differences_never_count_as_unexplained():
    for cause in MEANINGS:
        each = Difference(cause, documents=D(3), payments=D(-4))
        assert each.unexplained == (D(4) if cause in UNEXPLAINED else ZERO)


def test_an_order_that_the_sync_reads_no_more_is_missing_however_new_its_change_is():
    order = shop_order(1, D("50.00"), modified=NOW - timedelta(minutes=12))
    passed = replace(AT, reads_after=NOW - timedelta(minutes=11))
    told = only(reconcile_order(order, Known(), passed))
    assert told.cause == "missing"
    assert "`woocp sync orders --since 2026-11-22`" in told.next_step
    ahead = replace(AT, reads_after=NOW - timedelta(minutes=13))
    assert only(reconcile_order(order, Known(), ahead)).cause == "waiting"
