"""Bases, alternate units and rounding (CP §5.3, §5.4, §4.6)."""

from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.calculation import extended_price, rounded_unit_price
from woocp_pipelines.counterpoint.prices.errors import UndecidableError


def price(make, price_break, item=None, **more):
    book = make.book(make.group(make.rule(1, price_break)), items=[item or make.item()])
    return make.ask(book, **more)


@pytest.mark.parametrize(
    ("basis", "percent", "decimals", "expected"),
    [
        ("93.45", "10", 2, "84.11"),
        ("243.89", "10", 2, "219.50"),
        ("689.99", "10", 2, "620.99"),
        ("3.00", "10", 2, "2.70"),
        ("0.0001", "50", 4, "0.0001"),
    ],
)
def test_counterpoints_own_results_come_out(make, basis, percent, decimals, expected):
    item = make.item(decimals=decimals, prices={"*": make.prices(basis, basis)})
    assert str(price(make, make.price_break(amount=percent), item).unit_price) == expected


@pytest.mark.parametrize(("method", "expected"), [("N", "9.33"), ("U", "9.34"), ("D", "9.33")])
def test_the_extended_price_is_rounded_by_the_sites_method(method, expected):
    assert str(extended_price(Decimal("2.333"), Decimal(4), method)) == expected


def test_a_unit_price_of_four_decimals_extends_to_the_cent():
    assert str(extended_price(Decimal("21.1831"), Decimal(3), "N")) == "63.55"


@pytest.mark.parametrize(
    ("method", "value", "expected"),
    [("N", "1.005", "1.01"), ("U", "1.0001", "1.01"), ("U", "1.00004", "1.00"),
     ("D", "1.0099", "1.00"), ("?", "1.005", "1.01")],
)  # fmt: skip
def test_a_price_is_held_at_four_decimals_before_it_is_rounded(make, method, value, expected):
    assert str(rounded_unit_price(Decimal(value), make.item(decimals=2), method)) == expected


def test_the_largest_price_and_quantity_multiply_exactly():
    product = extended_price(Decimal("99999999999.9999"), Decimal("99999999999.9999"), "N")
    assert product == Decimal("9999999999999980000000.00")


def test_a_discount_amount_is_taken_off_the_basis(make):
    answer = price(make, make.price_break("A", "1.5", "1"))
    assert (answer.unit_price, answer.discount_pct) == (Decimal("40.2690"), None)


def test_blank_bases_fall_back_to_price_1_and_a_location_to_every_location(make):
    item = make.item(
        prices={
            "02": make.prices(None, "20", levels=("15", None, None, None, None)),
            "*": make.prices("30", "25", levels=(None, "12", None, None, None)),
        }
    )

    def basis(code, location):
        return price(make, make.price_break("D", "0", code), item, location=location).basis

    assert [basis(code, "02") for code in "R1234"] == [30, 20, 15, 12, 20]
    assert [basis(code, "*") for code in "R1234"] == [30, 25, 25, 12, 25]
    assert basis("1", "99") == 25


def test_a_blank_regular_price_is_price_1(make):
    item = make.item(prices={"*": make.prices(None, "20")})
    answer = price(make, make.price_break("D", "10", "R"), item)
    assert (answer.basis, answer.regular, answer.unit_price) == (20, 20, 18)


def test_a_fixed_price_has_no_basis_and_compares_with_the_regular_price(make):
    answer = price(make, make.price_break("F", "57", "!"))
    assert (answer.basis, answer.regular) == (None, Decimal("41.769"))


def test_an_alternate_unit_has_its_own_price_or_the_stocking_price_times_its_factor(make):
    dozen = {"*": make.prices("29.99", "29.99")}
    each = make.item(prices=dozen, unit=("1", "12"))
    filled = make.item(
        prices={"*": make.prices("29.99", "29.99", ("3.00", "3.00"))}, unit=("1", 12)
    )
    discount = make.price_break("D", "10", "1", "0.0001")
    assert price(make, discount, each, unit="1").basis == Decimal("2.4992")
    answer = price(make, discount, filled, unit="1")
    assert (answer.unit, str(answer.unit_price)) == ("1", "2.7000")


def test_amounts_are_not_guessed_for_alternate_units(make):
    carton = make.item(
        prices={"*": make.prices("5", "5", levels=("4", None, None, None, None))}, unit=("10", "1")
    )
    for unknown in (
        make.price_break("F", "3", "!"),
        make.price_break("A", "1", "1"),
        make.price_break("D", "10", "2"),
    ):
        with pytest.raises(UndecidableError):
            price(make, unknown, carton, unit="1")
    assert price(make, make.price_break("D", "10", "3"), carton, unit="1").basis == 50


def test_a_break_that_depends_on_the_counted_unit_is_not_guessed(make):
    carton = make.item(prices={"*": make.prices("5", "5")}, unit=("10", "1"))
    breaks = [make.price_break(amount="5"), make.price_break(amount="9", from_quantity="20")]
    book = make.book(make.group(make.rule(1, *breaks)), items=[carton])
    assert make.ask(book, "1", unit="1").amount == 5
    assert make.ask(book, "20", unit="1").amount == 9
    with pytest.raises(UndecidableError, match="selling and stocking"):
        make.ask(book, "2", unit="1")


def test_no_price_is_minus_zero(make):
    item = make.item(prices={"*": make.prices("0", "0")})
    answer = price(make, make.price_break(amount="150"), item)
    assert (str(answer.unit_price), str(answer.extended)) == ("0.0000", "0.00")
