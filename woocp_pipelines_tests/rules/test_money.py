"""Amounts: what is read, how it is rounded, and that no cent is lost in splitting."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.money import (
    NotAnAmountError,
    cents,
    money_text,
    plain,
    read_decimal,
    round_to,
    split_cents,
    unit_price,
)

D = Decimal
values = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=7)
amounts = st.integers(-(10**11), 10**11).map(lambda count: D(count).scaleb(-2))
weights = st.lists(st.integers(0, 10**8).map(lambda count: D(count).scaleb(-2)), max_size=60)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("652.5000", "652.50"),
        ("0", "0.00"),
        ("-3", "-3.00"),
        ("1E+2", "100.00"),
        ("1.0050", "1.005"),
    ],
)
def test_money_has_two_decimals_and_never_loses_one(amount, text):
    assert money_text(D(amount)) == text


@given(values, st.integers(0, 5))
def test_standard_rounding_is_half_away_from_zero(value, decimals):
    step = Fraction(1, 10**decimals)
    rounded = Fraction(round_to(value, decimals))
    distance = abs(rounded - Fraction(value))
    assert rounded % step == 0
    assert distance <= step / 2
    assert distance < step / 2 or abs(rounded) > abs(Fraction(value))


@given(values, st.integers(0, 5))
def test_rounding_up_is_away_from_zero_and_down_toward_it(value, decimals):
    step = Fraction(1, 10**decimals)
    up, down = (Fraction(round_to(value, decimals, method)) for method in "UD")
    exact = Fraction(value)
    assert abs(down) <= abs(exact) <= abs(up)
    assert abs(up) - abs(down) == (0 if exact % step == 0 else step)


@given(values)
def test_every_rounding_has_exactly_its_decimals(value):
    assert cents(value).as_tuple().exponent == -2
    assert unit_price(value).as_tuple().exponent == -4
    assert round_to(value, 3, "U").as_tuple().exponent == -3


@pytest.mark.parametrize(
    ("value", "decimals", "method", "expected"),
    [
        ("84.105", 2, "N", "84.11"),
        ("219.501", 2, "N", "219.50"),
        ("620.991", 2, "N", "620.99"),
        ("63.5493", 2, "N", "63.55"),
        ("9.332", 2, "U", "9.34"),
        ("9.332", 2, "D", "9.33"),
        ("210.955", 2, "?", "210.96"),
        ("-0.005", 2, "N", "-0.01"),
    ],
)
def test_the_reference_examples_round_as_counterpoint_does(value, decimals, method, expected):
    assert round_to(D(value), decimals, method) == D(expected)


@given(amounts, weights)
def test_shares_add_up_to_the_cent(total, parts):
    shares = split_cents(total, parts)
    assert sum(shares, D(0)) == (total if parts else 0)
    assert all(share == cents(share) for share in shares)


@given(amounts, weights)
def test_no_share_is_a_cent_off_its_proportion(total, parts):
    whole = sum(parts, D(0))
    if whole == 0:
        assert split_cents(total, parts)[1:] == [0 for _ in parts[1:]]
        return
    for share, part in zip(split_cents(total, parts), parts, strict=True):
        exact = Fraction(total) * Fraction(part) / Fraction(whole)
        assert abs(Fraction(share) - exact) < Fraction(1, 100)


def test_many_small_shares_do_not_pile_up_on_one():
    assert max(split_cents(D("1.00"), [D("0.01")] * 200)) == D("0.01")


@pytest.mark.parametrize("total", ["14.62", "14.64"])
def test_the_odd_cent_goes_to_the_largest(total):
    """CP §4.7: "put the cent on the largest"."""
    small, large = split_cents(D(total), [D("2.66"), D("11.97")])
    assert (small, large) == (D("2.66"), D(total) - D("2.66"))


@given(values)
def test_an_amount_is_read_as_it_was_written(value):
    assert read_decimal(str(value)) == value
    assert read_decimal(f"  {value} ") == value
    assert read_decimal(json.loads(f'{{"a": {value:f}}}', parse_float=D)["a"]) == value


@pytest.mark.parametrize(
    "found",
    [
        1.5,
        True,
        None,
        "",
        "abc",
        "NaN",
        "Infinity",
        "-inf",
        "1,234",
        "1_000",
        "٣",
        "\uff11",
        [],
        "0x1",
    ],
)
def test_what_is_no_plain_decimal_number_is_refused_and_shown(found):
    with pytest.raises(NotAnAmountError) as error:
        read_decimal(found)
    assert repr(found) in str(error.value)


@pytest.mark.parametrize("method", ["N", "U", "D"])
@pytest.mark.parametrize("value", ["-0.0000", "-0", "0"])
def test_zero_has_no_sign(value, method):
    assert str(round_to(D(value), 2, method)) == "0.00"


def test_what_rounds_to_zero_has_no_sign():
    assert str(round_to(D("-0.004"), 2)) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3017.0000", "3017"),
        ("2691.7500", "2691.75"),
        ("-8000.0000", "-8000"),
        ("1E+5", "100000"),
        ("-0.0000", "0"),
        ("0.0001", "0.0001"),
        ("99999999999.9999", "99999999999.9999"),
    ],
)
def test_a_quantity_is_shown_as_people_write_it(value, text):
    assert plain(D(value)) == text
