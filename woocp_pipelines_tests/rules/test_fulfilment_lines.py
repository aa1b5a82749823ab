"""What a customer is owed when a till changes the document's lines."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.fulfilment_lines import Line, owed_lines

D = Decimal


def line(seq, item_no, ordered, shipped=0, size=1, *, free=False):
    return Line(seq, item_no, "EA", D(ordered), D(shipped), D(size), free=free)


BEFORE = (line(1, "A", 2), line(2, "B", 1, size=10))


@pytest.mark.parametrize(
    ("shown", "owed"),
    [
        # One line taken off, lowered, or exchanged for another item under its number.
        ((line(1, "A", 2),), BEFORE),
        ((line(1, "A", 1), line(2, "B", 1, size=10)), BEFORE),
        ((line(1, "A", 2), line(2, "C", 1)), (*BEFORE, line(2, "C", 1))),
        # Entered anew, in another unit, joined, split: nothing is lacking.
        ((line(3, "A", 2), line(2, "B", 1, size=10)), (line(2, "B", 1, size=10), line(3, "A", 2))),
        ((line(1, "A", 2), line(2, "B", 10)), (line(1, "A", 2), line(2, "B", 10))),
        (
            (line(1, "A", 1), line(3, "A", 1), line(2, "B", 1, size=10)),
            (line(1, "A", 1), line(2, "B", 1, size=10), line(3, "A", 1)),
        ),
        # More is bought; a line of nothing is none.
        ((line(1, "A", 3), line(2, "B", 1, size=10)), (line(1, "A", 3), BEFORE[1])),
        ((*BEFORE, line(3, "C", 0)), BEFORE),
        ((), BEFORE),
    ],
)
def test_what_is_taken_off_stays_owed_and_what_is_entered_anew_is_not_owed_twice(shown, owed):
    assert set(owed_lines(shown, BEFORE)) == set(owed)


def test_what_a_line_shipped_before_it_went_is_kept_and_its_rest_may_come_from_another():
    before = (line(1, "A", 3, shipped=1),)
    assert owed_lines((line(2, "A", 2),), before) == (line(1, "A", 1, 1), line(2, "A", 2))
    assert owed_lines((line(2, "A", 1),), before) == (line(1, "A", 3, 1), line(2, "A", 1))


@pytest.mark.parametrize(
    ("shown", "owed"),
    [
        # Taken off, lowered, or exchanged, with and without the paid line of its item.
        ((line(1, "A", 2), line(2, "B", 1)), (line(1, "A", 2), line(2, "B", 1))),
        (
            (line(1, "A", 2), line(2, "B", 1), line(3, "A", 1, free=True)),
            (line(1, "A", 2), line(2, "B", 1), line(3, "A", 1, free=True)),
        ),
        ((line(2, "B", 1), line(3, "C", 2)), (line(1, "A", 2), line(2, "B", 1), line(3, "C", 2))),
        ((line(4, "A", 2), line(2, "B", 1)), (line(2, "B", 1), line(4, "A", 2))),
        # The paid line of its item is no less owed for the free one being there.
        (
            (line(2, "B", 1), line(3, "A", 2, free=True)),
            (line(1, "A", 2), line(2, "B", 1), line(3, "A", 2, free=True)),
        ),
    ],
)
def test_a_free_line_that_is_taken_off_is_owed_no_more(shown, owed):
    before = (line(1, "A", 2), line(2, "B", 1), line(3, "A", 2, free=True))
    assert set(owed_lines(shown, before)) == set(owed)


def test_what_a_free_line_shipped_before_it_went_is_kept():
    before = (line(1, "A", 2), line(2, "A", 3, shipped=1, free=True))
    kept = line(2, "A", 1, shipped=1, free=True)
    assert owed_lines((line(1, "A", 2),), before) == (line(1, "A", 2), kept)


def test_a_paid_line_that_a_till_makes_free_before_it_goes_is_still_owed():
    made_free = owed_lines((line(1, "A", 2, free=True), BEFORE[1]), BEFORE)
    assert made_free == BEFORE
    assert owed_lines((BEFORE[1],), made_free) == BEFORE


def test_a_quantity_that_was_told_as_shipped_never_shrinks():
    before = (line(1, "A", 3, shipped=2),)
    assert owed_lines((line(1, "A", 1),), before) == before
    assert owed_lines((line(1, "A", 3, shipped=1),), before) == before


lines = st.lists(
    st.builds(
        line,
        st.integers(1, 4),
        st.sampled_from("AB"),
        st.integers(0, 5),
        st.integers(0, 6),
        st.sampled_from([1, 10]),
        free=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.key,
).map(tuple)


@given(shown=lines, before=lines)
def test_no_item_is_owed_less_than_was_paid_of_it(shown, before):
    seen = owed_lines(before, ())
    owed = owed_lines(shown, seen)
    paid = [each for each in seen if not each.free]
    for item_no in "AB":
        assert goods(owed, item_no) >= goods(paid, item_no)
    assert owed_lines(shown, owed) == owed


def goods(owed, item_no):
    """What an item's lines ordered of it, in stocking units."""
    return sum(
        (each.open_stocking + each.shipped_stocking for each in owed if each.item_no == item_no),
        Fraction(),
    )
