"""How many cents are wrong within a document: one fault once, opposite signs always twice."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.money import unit_price
from woocp_pipelines.rules.reconciliation_change import Broken, Change, least_change
from woocp_pipelines.rules.reconciliation_sums import LineProduct, broken_sums
from woocp_pipelines_tests.document_sums import OFF, SUMS, even, with_one_off
from woocp_pipelines_tests.reconciliation_days import ZERO

D = Decimal
GOODS = ("tot", "sub_tot", "tot_misc", "tax_amt", "lines", "charges", "taxes", "tax_shares")
PAID = ("tot_tnd", "received", "applied")


def broken(of, before=None):
    """What a reconciliation makes of an order that was worth and paid in the shop as `before`."""
    before = before or of
    amount, paid = of.total.tot - before.total.tot, of.received - before.received
    return Broken([*broken_sums(of)], amount, paid)


@pytest.mark.parametrize("names", [*combinations(GOODS, 2)], ids=" and ".join)
@given(of=SUMS, off=OFF)
def test_goods_of_opposite_signs_are_two_faults_wherever_they_stand(names, of, off):
    both = with_one_off(with_one_off(of, names[0], off), names[1], -off)
    assert least_change([broken(both, of)]) == Change(goods=2 * abs(off))


@pytest.mark.parametrize("names", [*combinations(PAID, 2)], ids=" and ".join)
@given(of=SUMS, off=OFF)
def test_payments_of_opposite_signs_are_two_faults_wherever_they_stand(names, of, off):
    both = with_one_off(with_one_off(of, names[0], off), names[1], -off)
    both = replace(both, payments=both.received)
    assert least_change([broken(both, of)]) == Change(payments=2 * abs(off))


@given(SUMS, OFF, st.sampled_from([-1, 1]))
def test_what_is_due_is_not_hidden_behind_goods_that_do_not_make_it(of, off, sign):
    both = with_one_off(with_one_off(of, "sub_tot", off), "amt_due", sign * off)
    assert least_change([broken(both)]) == Change(abs(off), abs(off))


@given(SUMS, OFF)
def test_a_whole_document_that_is_wrong_alike_is_one_fault(of, off):
    alike = of
    for name in ("tot", "sub_tot", "lines", "amt_due"):
        alike = with_one_off(alike, name, off)
    assert [*broken_sums(alike)] == []
    one_more = with_one_off(alike, "charges", off)
    assert least_change([broken(one_more, of)]) == Change(goods=2 * abs(off))


def line(number, prc, quantity, extended, gross=None):
    gross = extended if gross is None else gross
    return LineProduct(number, D(prc), D(quantity), D(extended), D(gross))


def with_lines(*lines):
    """A document of these lines that adds up but for them."""
    goods = sum((each.extended for each in lines), ZERO)
    return replace(even(goods, ZERO, ZERO, ZERO), products=lines, gross_lines=goods)


@pytest.mark.parametrize(
    ("one", "is_even"),
    [
        (line(1, "18.9900", 2, "37.98"), True),
        (line(1, "3.3333", 3, "10.00"), True),
        (line(1, "0.0333", 500, "16.67"), True),
        (line(1, "9.332", 1, "9.34"), True),
        (line(1, "20.00", 2, "36.00", gross="40.00"), True),
        (line(1, "18.00", 2, "36.00", gross="40.00"), True),
        (line(1, "19.99", 2, "37.98"), False),
        (line(1, "18.99", 3, "37.98"), False),
        (line(1, "17.00", 2, "36.00", gross="40.00"), False),
    ],
    ids=[
        "even",
        "rounded up",
        "many units",
        "rounded as tills may",
        "price before its discount",
        "price after its discount",
        "price changed",
        "quantity changed",
        "price is neither",
    ],
)
def test_a_line_comes_to_its_unit_price_times_its_quantity(one, is_even):
    assert (list(broken_sums(with_lines(one))) == []) is is_even


@given(st.integers(1, 9_999), st.integers(1, 900_000), OFF)
def test_a_line_as_woocp_writes_it_is_even_whatever_its_quantity(quantity, cents, off):
    extended = D(cents).scaleb(-2)
    written = line(1, unit_price(extended / quantity), quantity, extended)
    assert list(broken_sums(with_lines(written))) == []
    # Its extension changed alone: the sum and the line tell of one fault.
    changed_line = replace(written, extended=extended + off, gross=extended + off)
    of = replace(with_lines(written), lines=extended + off, products=(changed_line,))
    assert least_change([broken(of)]) == Change(goods=abs(off))


@given(OFF)
def test_lines_of_opposite_signs_never_make_up_for_each_other(off):
    first, second = line(1, "18.99", 2, "37.98"), line(2, "171.00", 1, "171.00")
    of = with_lines(replace(first, prc=first.prc + off), replace(second, prc=second.prc - 2 * off))
    assert least_change([broken(of)]) == Change(goods=4 * abs(off))


def test_extensions_moved_from_one_line_to_another_are_two_faults():
    first, second = line(1, "18.99", 2, "38.98"), line(2, "171.00", 1, "170.00")
    broken_lines = [*broken_sums(with_lines(first, second))]
    assert [str(each) for each in broken_lines] == [
        "line 1: PRC x QTY_SOLD: found 37.98, expected 38.98 (EXT_PRC), off by -1.00",
        "line 2: PRC x QTY_SOLD: found 171.00, expected 170.00 (EXT_PRC), off by +1.00",
    ]
    assert least_change([Broken(broken_lines)]) == Change(goods=D(2))
