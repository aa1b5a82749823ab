"""Numbers: the vendor's increment rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.document_keys import increment_number


@pytest.mark.parametrize(
    ("number", "following"),
    [
        ("O101-000354", "O101-000355"),
        ("101-999999", "102-000000"),
        ("00001", "00002"),
        ("999", "1000"),
        ("A9", "B0"),
        ("AZ", "BA"),
        ("ZZ", "1AA"),
        ("z", "1a"),
        ("Z9-9", "1A0-0"),
        ("--", "1--"),
        ("9" * 15, "1"),
        ("Z" * 14 + "-", "1"),
        ("1é", "2é"),
    ],
)
def test_the_number_that_follows(number, following):
    assert increment_number(number) == following


def test_a_shorter_limit_restarts_earlier():
    assert increment_number("9" * 12, max_length=12) == "1"


@pytest.mark.parametrize("number", ["", "1" * 16])
def test_a_counter_that_is_no_number_is_an_error(number):
    with pytest.raises(ValueError, match="1 to 15 characters"):
        increment_number(number)


@given(st.integers(min_value=0, max_value=10**15 - 2))
def test_digits_count_as_people_do(value):
    digits = str(value)
    assert increment_number(digits) == str(value + 1)


@given(st.text(alphabet="019AMZ-. ", min_size=1, max_size=15))
def test_length_and_separators_stay_unless_a_carry_leaves_on_the_left(number):
    following = increment_number(number)
    assert following != number
    assert following == "1" or len(following) in {len(number), len(number) + 1}
    if len(following) == len(number) and following != "1":
        assert all(a == b for a, b in zip(number, following, strict=True) if a in "-. ")


@given(st.integers(min_value=0, max_value=25), st.integers(min_value=0, max_value=10**4 - 2))
def test_a_series_never_repeats_within_its_prefix(letter, value):
    prefix = chr(ord("A") + letter)
    number = f"{prefix}10-{value:04d}"
    assert increment_number(number) == f"{prefix}10-{value + 1:04d}"
