"""Whose a document is: another customer or another web order's REF is told, and is no money."""

from dataclasses import replace
from decimal import Decimal

import pytest

from woocp_pipelines.rules.reconciliation import reconcile_gone, reconcile_order
from woocp_pipelines.rules.reconciliation_totals import unexplained_cents
from woocp_pipelines_tests.reconciliation_days import AT, booked, changed, shop_order

D = Decimal
ORDER, DEPOSIT = 10, 11


def as_booked(**staged):
    known = booked(1, D("5.00"))
    for doc_id in (ORDER, DEPOSIT):
        known = changed(known, doc_id, ref="WOO 1", cust_no="10001")
    return replace(known, staged=replace(known.staged, **{"booked_for": "10001", **staged}))


def judged(known):
    return reconcile_order(shop_order(1, D("5.00")), known, AT)


def test_documents_as_they_were_booked_are_no_difference():
    assert judged(as_booked()).differences == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cust_no": "10002"}, "CUST_NO: found '10002', expected '10001', for whom it was booked"),
        ({"cust_no": ""}, "CUST_NO: found '', expected '10001', for whom it was booked"),
        ({"ref": "WOO 2"}, "REF: found 'WOO 2', expected 'WOO 1'"),
        ({"ref": "woo 10"}, "REF: found 'woo 10', expected 'WOO 1'"),
    ],
)
@pytest.mark.parametrize("doc_id", [ORDER, DEPOSIT])
def test_another_customer_and_another_orders_ref_are_told_and_are_no_cents(doc_id, changes, says):
    row = judged(changed(as_booked(), doc_id, **changes))
    (told,) = row.differences
    assert (told.cause, told.is_open, told.unexplained) == ("relabelled", True, 0)
    assert told.remark.endswith(says)
    assert told.next_step
    assert unexplained_cents([row]) == 0


def test_what_is_wrong_alike_on_order_and_deposit_ticket_is_one_difference():
    known = changed(changed(as_booked(), ORDER, cust_no="10002"), DEPOSIT, cust_no="10002")
    (told,) = judged(known).differences
    assert told.remark.count("CUST_NO") == 2


@pytest.mark.parametrize("ref", ["woo 1", "WOO 1 rush", "PO 4711", ""])
def test_what_people_write_into_ref_is_theirs(ref):
    assert judged(changed(as_booked(), ORDER, ref=ref)).differences == ()


def test_the_number_under_which_an_order_was_booked_is_its_own_too():
    known = changed(as_booked(number="A-1"), ORDER, ref="WOO A-1")
    assert judged(known).differences == ()


def test_rows_that_do_not_say_for_whom_they_were_booked_say_nothing_of_the_customer():
    known = changed(as_booked(booked_for=""), ORDER, cust_no="10002")
    assert judged(known).differences == ()
    assert judged(replace(known, staged=None)).differences == ()


def test_documents_in_the_history_are_not_looked_into():
    known = changed(as_booked(), DEPOSIT, place="ticket history", paid=None, cust_no="", ref="")
    assert judged(known).differences == ()


def test_an_order_that_is_gone_in_the_shop_is_told_of_its_customer_all_the_same():
    known = changed(as_booked(), ORDER, cust_no="10002")
    causes = [each.cause for each in reconcile_gone(1, known, "USD").differences]
    assert causes == ["gone", "relabelled"]
