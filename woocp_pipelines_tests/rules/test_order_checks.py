"""What makes an order unfit for booking, each reason with field, found, expected, arithmetic."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.order_checks import check_order, goods_correction
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.web_order import WebOrder
from woocp_pipelines_tests.worked_example import example_order

D = Decimal


def order(**changes: Any) -> WebOrder:
    return read_order(example_order(**changes))


def with_line(index: int = 0, **changes: Any) -> WebOrder:
    lines = example_order()["line_items"]
    lines[index] |= changes
    return order(line_items=lines)


def fee(total: str) -> dict[str, Any]:
    return {"id": 9, "name": "Goodwill", "total": total, "total_tax": "0.00", "taxes": []}


def shipping(total: str) -> list[dict[str, Any]]:
    return [{**example_order()["shipping_lines"][0], "total": total}]


def only(found: WebOrder) -> Problem:
    (problem,) = check_order(found, "USD")
    assert problem.next_step
    return problem


def test_the_worked_example_can_be_booked():
    assert check_order(order(), "USD") == []
    assert goods_correction(order()) == 0


@pytest.mark.parametrize("total", ["236.10", "236.12"])
def test_one_cent_of_rounding_is_no_reason(total):
    """CP §3.3 allows 0.01; the total is what the customer paid."""
    found = order(total=total)
    assert check_order(found, "USD") == []
    assert goods_correction(found) == D(total) - D("236.11")


@pytest.mark.parametrize("total", ["236.09", "236.13", "0.00", "-236.11"])
def test_more_than_a_cent_is_refused_with_its_arithmetic(total):
    problem = check_order(order(total=total), "USD")[0]
    assert problem.code in {"ARITHMETIC", "NEGATIVE_AMOUNT"}
    assert (problem.field, problem.found) == ("total", total)


def test_the_arithmetic_shows_every_part_and_the_sum():
    problem = only(order(total="240.00"))
    assert (problem.code, problem.found, problem.expected) == ("ARITHMETIC", "240.00", "236.11")
    assert problem.arithmetic == ("lines 208.98 + fees 0.00 + shipping 12.50 + tax 14.63 = 236.11")
    assert problem.sentence().endswith(f"({problem.arithmetic})")


@given(st.integers(-500, 500))
def test_a_total_is_taken_exactly_within_a_cent(off):
    found = order(total=str(D("236.11") + D(off).scaleb(-2)))
    assert (check_order(found, "USD") == []) == (abs(off) <= 1)


def test_shipping_must_be_what_its_lines_say():
    problem = only(order(shipping_lines=shipping("12.48")))
    assert (problem.code, problem.field) == ("ARITHMETIC", "shipping_total")
    assert check_order(order(shipping_lines=shipping("12.49")), "USD") == []


def test_another_currency_is_refused():
    problem = only(order(currency="CAD"))
    assert (problem.code, problem.found, problem.expected) == ("CURRENCY", "CAD", "USD")


def test_an_order_without_lines_is_refused():
    assert "NO_LINES" in [one.code for one in check_order(order(line_items=[]), "USD")]


@pytest.mark.parametrize("quantity", [0, -1, D("-0.5"), D("1.33333")])
def test_a_quantity_that_counterpoint_cannot_hold_is_refused(quantity):
    problem = only(with_line(1, quantity=quantity))
    assert (problem.code, problem.field) == ("QUANTITY", "line_items[1].quantity")
    assert problem.found == str(quantity)


def test_a_fractional_quantity_is_none_of_these():
    assert check_order(with_line(quantity=D("1.5")), "USD") == []


def test_negative_shipping_is_refused_and_named():
    problem = only(order(shipping_lines=shipping("-1.25")))
    assert (problem.code, problem.field) == ("NEGATIVE_FEE", "shipping_lines")
    assert "UPS Ground: -1.25" in problem.found


def test_a_negative_fee_is_a_discount_up_to_what_the_goods_cost():
    """CP §4.3; more than the goods would make a line negative."""
    for taken, total in (("-1.25", "234.86"), ("-208.98", "27.13")):
        assert check_order(order(fee_lines=[fee(taken)], total=total), "USD") == []
    problem = only(order(fee_lines=[fee("-208.99"), fee("5.00")], total="32.12"))
    assert (problem.code, problem.field) == ("NEGATIVE_FEE", "fee_lines")
    assert problem.found == "Goodwill: -208.99"
    assert problem.arithmetic == "lines 208.98 - discounts 208.99 = -0.01"


def test_goods_that_a_discount_made_free_cannot_lose_another_cent():
    free = order(fee_lines=[fee("-208.98")], total="27.12")
    assert only(free).code == "ARITHMETIC"
    assert check_order(order(fee_lines=[fee("-208.97")], total="27.13"), "USD") == []


def test_a_negative_line_is_refused():
    problem = only(with_line(total="-1.00"))
    assert (problem.code, problem.field) == ("NEGATIVE_AMOUNT", "line_items[0].total")


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("total", order(total="236.115")),
        ("total_tax", order(total_tax="14.6286")),
        ("shipping_total", order(shipping_total="12.505")),
        ("line_items[0].total", with_line(total="37.985")),
        ("fee_lines[0].total", order(fee_lines=[fee("0.005")])),
    ],
)
def test_parts_of_a_cent_are_refused_before_a_column_would(field, found):
    problem = only(found)
    assert (problem.code, problem.field) == ("NOT_CENTS", field)


def test_more_zeros_are_still_cents():
    assert check_order(order(total="236.1100"), "USD") == []


@pytest.mark.parametrize("number", ["9" * 47, "日本"])
def test_a_number_that_would_not_be_found_again_is_refused(number):
    """REF is varchar(50) of one byte each; a cut number would be another one."""
    problem = only(order(number=number))
    assert (problem.code, problem.field) == ("ORDER_NUMBER", "number")
    assert check_order(order(number="W" * 46), "USD") == []


def test_a_free_order_whose_charges_are_a_cent_off_has_no_goods_to_take_it():
    lines = [
        {**line, "total": "0.00", "total_tax": "0.00"} for line in example_order()["line_items"]
    ]
    free = {"line_items": lines, "total_tax": "0.00"}
    assert check_order(order(**free, total="12.50"), "USD") == []
    assert only(order(**free, total="12.49")).code == "ARITHMETIC"


def test_all_that_is_wrong_is_said_at_once():
    found = order(currency="CAD", line_items=[], fee_lines=[fee("-1.00")])
    assert [one.code for one in check_order(found, "USD")] == [
        "CURRENCY",
        "NO_LINES",
        "NEGATIVE_FEE",
    ]
