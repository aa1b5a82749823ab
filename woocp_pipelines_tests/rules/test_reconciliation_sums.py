"""Sums inside a document as a rule: one amount changed is always found, an even one never."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.reconciliation import reconcile_gone, reconcile_order
from woocp_pipelines.rules.reconciliation_change import Broken, Change, least_change
from woocp_pipelines.rules.reconciliation_sums import LineProduct, Sums, TotalRow, broken_sums
from woocp_pipelines.rules.reconciliation_totals import unexplained_cents
from woocp_pipelines_tests.document_sums import (
    MONEY,
    OF_ROWS,
    OF_TOTAL,
    OFF,
    SUMS,
    even,
    with_one_off,
)
from woocp_pipelines_tests.reconciliation_days import (
    AT,
    ZERO,
    booked,
    changed,
    shop_order,
    ticket,
    with_more,
)
from woocp_pipelines_tests.rules.document_building_cases import cases

D = Decimal


@given(SUMS)
def test_an_even_document_has_no_broken_sum(of):
    assert list(broken_sums(of)) == []
    assert list(broken_sums(replace(of, is_released=True))) == []


@given(cases())
def test_no_line_that_woocp_writes_is_told_for_its_unit_price(case):
    names = ("LIN_SEQ_NO", "PRC", "QTY_SOLD", "EXT_PRC", "GROSS_EXT_PRC")
    lines = (LineProduct(*map(row.get, names)) for row in case.rows("PS_DOC_LIN"))
    assert list(broken_sums(replace(even(ZERO, ZERO, ZERO, ZERO), products=tuple(lines)))) == []


@given(SUMS, st.sampled_from(OF_TOTAL + OF_ROWS), OFF)
def test_one_amount_that_is_off_is_found_by_how_much(of, name, off):
    broken = list(broken_sums(with_one_off(of, name, off)))
    assert {abs(each.off) for each in broken} == {abs(off)}
    assert all(f"off by {each.off:+.2f}" in str(each) for each in broken)
    change = least_change([Broken(broken, amount=None)])
    assert change.goods + change.payments == abs(off)


@given(SUMS, OFF, OFF)
def test_faults_of_goods_and_of_payments_never_make_up_for_each_other(of, goods, payments):
    both = with_one_off(with_one_off(of, "lines", goods), "received", payments)
    assert least_change([Broken([*broken_sums(both)])]) == Change(abs(goods), abs(payments))


@pytest.mark.parametrize("names", [("lines", "charges"), ("taxes", "tax_shares")])
@given(SUMS, OFF)
def test_faults_of_opposite_signs_are_two(names, of, off):
    both = with_one_off(with_one_off(of, names[0], off), names[1], -off)
    assert least_change([Broken([*broken_sums(both)])]) == Change(goods=2 * abs(off))


@given(MONEY, st.sampled_from(OF_TOTAL + OF_ROWS), OFF)
def test_a_deposit_ticket_holds_payments_and_owes_nothing(paid, name, off):
    of = Sums(TotalRow(tot_tnd=paid), received=paid, payments=paid, applied=paid)
    assert list(broken_sums(of, is_deposit=True)) == []
    assert list(broken_sums(with_one_off(of, name, off), is_deposit=True))


@given(SUMS, st.sampled_from(OF_ROWS), OFF)
def test_rows_of_an_order_released_in_part_are_counterpoints_affair(of, name, off):
    assert list(broken_sums(with_one_off(replace(of, is_released=True), name, off))) == []


@given(SUMS, st.sampled_from(["tot", "tot_tnd", "amt_due", "tax_amt"]), OFF)
def test_the_total_row_of_an_order_released_in_part_adds_up_all_the_same(of, name, off):
    assert list(broken_sums(with_one_off(replace(of, is_released=True), name, off)))


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({}, "80.00"),
        ({"lines": D("100.00")}, "90.00"),
        ({"gross_lines": D("100.00")}, "90.00"),
    ],
    ids=["off the total", "off the subtotal", "off the lines"],
)
def test_a_header_discount_is_taken_off_somewhere(changes, total):
    of = even(D("90.00"), ZERO, ZERO, ZERO)
    row = replace(of.total, header_discount=D("10.00"), tot=D(total), amt_due=D(total))
    of = replace(of, total=row, **changes)
    assert list(broken_sums(of)) == []
    off = replace(of, total=replace(row, tot=D(total) + D("0.01")))
    assert "TOT" in {each.name for each in broken_sums(off)}


@given(SUMS, OFF)
def test_a_header_discount_that_is_taken_off_nothing_is_found(of, off):
    found = list(broken_sums(replace(of, total=replace(of.total, header_discount=off))))
    assert [(each.name, each.off) for each in found] == [("TOT_HDR_DISC", off)]
    assert least_change([Broken(found)]) == Change(goods=abs(off))


def test_a_payment_to_come_at_the_release_is_applied_and_not_received():
    of = even(D("90.00"), ZERO, ZERO, D("40.00"))
    assert list(broken_sums(replace(of, payments=D("90.00"), applied=D("90.00")))) == []


def with_sums(off):
    of = even(D("5.00"), ZERO, ZERO, D("5.00"))
    return changed(booked(1, D("5.00")), 10, sums=with_one_off(of, "lines", off))


def test_a_broken_sum_is_unexplained_and_says_which_found_expected_and_by_how_much():
    row = reconcile_order(shop_order(1, D("5.00")), with_sums(D("-1.00")), AT)
    (told,) = row.differences
    assert (told.cause, told.documents, told.payments, told.is_open) == ("sums", ZERO, ZERO, True)
    assert told.remark == (
        "O109-000010: sum of PS_DOC_LIN.EXT_PRC: found 4.00, expected 5.00 (SUB_TOT), off by -1.00"
    )
    assert told.next_step
    assert unexplained_cents([row]) == 100


@pytest.mark.parametrize(
    ("off", "causes", "cents"),
    [
        ("-0.03", {"amount"}, 3),
        ("-0.02", {"amount"}, 3),
        ("0.02", {"amount", "sums"}, 5),
        ("-0.05", {"amount", "sums"}, 5),
    ],
    ids=["line is right", "line is nearly right", "line is wronger", "line is too low"],
)
def test_cents_that_an_amount_has_already_are_counted_once(off, causes, cents):
    of = even(D("5.03"), ZERO, ZERO, D("5.00"))
    known = changed(
        booked(1, D("5.00")), 10, total=D("5.03"), sums=with_one_off(of, "lines", D(off))
    )
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert {each.cause for each in row.differences} == causes
    assert any("EXT_PRC" in each.remark for each in row.differences)
    assert unexplained_cents([row]) == cents


def test_a_wrong_payment_row_is_not_hidden_behind_a_wrong_amount():
    of = with_one_off(even(D("5.03"), ZERO, ZERO, D("5.00")), "received", D("-0.03"))
    known = changed(booked(1, D("5.00")), 10, total=D("5.03"), sums=of)
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert {each.cause: each.unexplained for each in row.differences} == {
        "amount": D("0.03"),
        "sums": D("0.03"),
    }


@pytest.mark.parametrize(("applied", "cents"), [("5.00", 1000), ("3.00", 800), ("8.00", 1300)])
def test_a_wrong_payment_is_not_hidden_behind_goods_that_were_posted_wrong(applied, cents):
    paid = D("50.00")
    known = changed(booked(1, paid), 10, place="order history", total=None, paid=None)
    posted = ticket(
        30,
        paid - 5,
        place="ticket history",
        paid=None,
        origins=frozenset({10}),
        tkt_no="O109-000010-01",
    )
    of = Sums(TotalRow(tot_tnd=paid), received=paid, payments=paid, applied=paid + D(applied))
    row = reconcile_order(shop_order(1, paid), changed(with_more(known, [posted]), 11, sums=of), AT)
    assert {each.cause: each.unexplained for each in row.differences} == {
        "amount": D("5.00"),
        "sums": D(applied),
    }
    assert unexplained_cents([row]) == cents


def with_payments(order, deposit, paid):
    """An order whose payment rows are off by so much on both documents."""
    known = booked(1, D("5.00"))
    of_order = with_one_off(even(D("5.00"), ZERO, ZERO, D("5.00")), "received", order)
    of_deposit = with_one_off(even(ZERO, ZERO, ZERO, D("5.00")), "received", deposit)
    of_deposit = replace(of_deposit, total=replace(of_deposit.total, amt_due=ZERO))
    known = changed(known, 10, sums=of_order)
    return changed(known, 11, sums=of_deposit, paid=D("5.00") + paid)


@given(OFF)
def test_a_payment_that_is_wrong_alike_on_order_and_deposit_is_counted_once(off):
    row = reconcile_order(shop_order(1, D("5.00")), with_payments(off, off, off), AT)
    (told,) = row.differences
    assert (told.cause, told.payments, told.off) == ("payment", off, ZERO)
    assert "O109-000010: sum of PS_DOC_PMT.AMT" in told.remark
    assert "109-000011: sum of PS_DOC_PMT.AMT" in told.remark
    assert unexplained_cents([row]) == abs(off) * 100


@given(OFF)
@pytest.mark.parametrize("is_in_sums", [True, False])
def test_payments_that_are_wrong_with_opposite_signs_are_two_faults(is_in_sums, off):
    known = with_payments(-off, off if is_in_sums else ZERO, off)
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert {each.cause: each.unexplained for each in row.differences} == {
        "payment": abs(off),
        "sums": abs(off),
    }


@given(OFF)
@pytest.mark.parametrize(
    ("name", "doc_id", "sign"), [("paid", 11, -1), ("total", 10, 1)], ids=["payment", "amount"]
)
def test_what_is_due_that_nobody_changed_with_the_rest_is_no_second_fault(name, doc_id, sign, off):
    """Everything was altered by the same cents, but AMT_DUE; or AMT_DUE the wrong way."""
    for due, times in ((ZERO, 1), (-sign * off, 2)):
        of = even(D("5.00"), ZERO, ZERO, D("5.00"))
        total = replace(of.total, amt_due=due, **{"tot_tnd" if sign < 0 else "sub_tot": D(5) + off})
        if sign < 0:
            of = replace(of, received=D(5) + off, payments=D(5) + off, applied=D(5) + off)
        else:
            total, of = replace(total, tot=D(5) + off), replace(of, lines=D(5) + off)
        known = changed(booked(1, D("5.00")), 10, sums=replace(of, total=total))
        known = changed(known, doc_id, **{name: D("5.00") + off})
        row = reconcile_order(shop_order(1, D("5.00")), known, AT)
        assert unexplained_cents([row]) == times * abs(off) * 100


def test_a_document_of_an_order_that_is_gone_adds_up_or_is_told():
    causes = [each.cause for each in reconcile_gone(1, with_sums(D("0.01")), "USD").differences]
    assert causes == ["gone", "sums"]


def test_documents_that_woocp_did_not_book_are_not_looked_into():
    known = replace(with_sums(D("0.01")), key=None)
    row = reconcile_order(shop_order(1, D("5.00")), known, AT)
    assert "sums" not in {each.cause for each in row.differences}
