"""Order and equality of texts as SQL Server's default collation has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.counterpoint.prices.collation import compare, fold
from woocp_pipelines.counterpoint.prices.errors import FilterDoubtError

PLAIN = st.text("abcXYZ019 ", max_size=8)


@pytest.mark.parametrize(
    ("less", "greater"),
    [("01-101", "01-102"), ("01-9", "01-A"), ("abc", "ABCD"), ("PC S", "PCS"), ("a", "B"),
     ("A.B", "AAB")],
)  # fmt: skip
def test_texts_have_the_order_that_every_collation_gives_them(less, greater):
    assert compare(less, greater) < 0 < compare(greater, less)


@pytest.mark.parametrize(("one", "other"), [("A-B", "AB"), ("A.B", "A/B"), ("Ä", "Z"), ("A'", "A")])
def test_an_order_that_collations_disagree_on_is_refused(one, other):
    with pytest.raises(FilterDoubtError):
        compare(one, other)


@given(PLAIN, PLAIN)
def test_comparing_is_antisymmetric_and_agrees_with_equality(one, other):
    assert compare(one, other) == -compare(other, one)
    assert (compare(one, other) == 0) == (fold(one) == fold(other))


@given(PLAIN)
def test_case_and_trailing_blanks_never_count(text):
    assert compare(text.upper() + "  ", text.lower()) == 0
