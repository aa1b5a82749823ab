"""Which release tickets prove that an order's goods went out, and when nobody can tell."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from woocp_pipelines.rules.fulfilment import Found, judge
from woocp_pipelines.rules.fulfilment_lines import Line
from woocp_pipelines.rules.fulfilment_releases import Release

D = Decimal
TODAY = date(2026, 3, 4)
LINES = (Line(1, "A", "EA", D(2)), Line(2, "B", "CT", D(1), numer=D(10)))


def shipped(a, b=0):
    first, second = LINES
    return (
        Line(1, "A", "EA", D(2), D(a)),
        Line(2, "B", "CT", D(1), D(b), second.numer, first.denom),
    )


def sold(item_no, quantity, ticket="T-01", **options):
    return Release(item_no, Fraction(quantity), TODAY, ticket, **options)


def states(*looks):
    told, seen = None, []
    for found in looks:
        told = judge(found, told, today=TODAY)
        seen.append(told.state)
    return seen


BOTH = (sold("A", 2), sold("B", 10))


@pytest.mark.parametrize(
    ("releases", "opened", "history"),
    [
        (BOTH, "SHIPPED", "SHIPPED"),
        # Two tickets of one order are as good as one.
        ((sold("A", 1), sold("A", 1, "T-02"), sold("B", 10)), "SHIPPED", "SHIPPED"),
        # Made of other orders, too.
        ((sold("A", 2, shared=True), sold("B", 10, shared=True)), "UNCLEAR", "UNCLEAR"),
        # More lines of the item than the order has, and more of it than was ordered.
        ((sold("A", 1), sold("A", 1), sold("B", 10)), "UNCLEAR", "UNCLEAR"),
        ((sold("A", 3), sold("B", 10)), "UNCLEAR", "UNCLEAR"),
        # Doubtful, and not enough by any count.
        ((sold("A", 2, shared=True), sold("B", 9)), "PART", "SHORT"),
        ((sold("A", 1), sold("A", 1)), "OPEN", "SHORT"),
    ],
)
def test_where_lines_say_nothing_tickets_count_as_far_as_they_are_the_orders_own(
    releases, opened, history
):
    found = Found("open", lines=LINES, releases=releases)
    left = Found("order history", copies=LINES, releases=releases)
    assert (states(found), states(left)) == ([opened], [history])


def test_where_the_lines_of_an_open_document_speak_no_ticket_says_more():
    assert states(Found("open", lines=shipped(1), releases=BOTH)) == ["PART"]
    assert states(Found("open", lines=shipped(2, 1), releases=())) == ["SHIPPED"]
    assert states(Found("open", lines=shipped(2, 1), releases=(sold("A", 9),))) == ["SHIPPED"]


def test_what_tickets_had_more_than_the_lines_said_is_no_goods_of_the_order_later():
    seen = Found("open", lines=shipped(0, 1), releases=BOTH)
    left = Found("order history", releases=BOTH)
    assert states(seen, left) == ["PART", "UNCLEAR"]
    more = Found("order history", releases=(*BOTH, sold("A", 2, "T-02")))
    assert states(seen, more) == ["PART", "UNCLEAR"]


def test_a_second_ticket_that_closed_the_order_between_two_looks_counts():
    first = (sold("A", 1), sold("B", 10))
    seen = Found("open", lines=shipped(1, 1), releases=first)
    left = Found("order history", releases=(*first, sold("A", 1, "T-02")))
    assert states(seen, left) == ["PART", "SHIPPED"]


def test_an_unclear_order_is_clear_when_its_lines_say_it():
    unclear = Found("open", lines=LINES, releases=(sold("A", 2, shared=True), sold("B", 10)))
    part = Found("open", lines=shipped(1), releases=unclear.releases)
    whole = Found("open", lines=shipped(2, 1), releases=unclear.releases)
    assert states(unclear, part, whole) == ["UNCLEAR", "PART", "SHIPPED"]


def test_an_order_of_which_nothing_is_known_is_unclear_with_a_shared_ticket():
    assert states(Found("order history", releases=(sold("A", 2),))) == ["SHIPPED"]
    assert states(Found("order history", releases=(sold("A", 2, shared=True),))) == ["UNCLEAR"]


@pytest.mark.parametrize(
    ("posted", "state"), [(shipped(2, 1), "SHIPPED"), (shipped(2, 1)[:1], "SHORT"), ((), "SHORT")]
)
def test_a_posted_sale_ticket_shipped_what_is_on_it(posted, state):
    opened = Found("open", doc_typ="T", lines=LINES)
    assert states(opened, Found("ticket history", doc_typ="T", lines=posted))[1] == state


def test_a_ship_date_says_nothing_of_a_line_that_was_taken_off():
    seen = judge(Found("open", lines=LINES), None, today=TODAY, ship_date=True)
    lowered = Found("open", lines=LINES[:1], ship_dat=TODAY)
    assert judge(lowered, seen, today=TODAY, ship_date=True).state == "PART"
    whole = Found("open", lines=LINES, ship_dat=TODAY)
    assert judge(whole, seen, today=TODAY, ship_date=True).state == "SHIPPED"
