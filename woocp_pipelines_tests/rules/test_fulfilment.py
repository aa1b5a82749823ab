"""What counts as shipped: lines, release tickets, history; and what never counts."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.fulfilment import CLOSED, Found, Standing, judge
from woocp_pipelines.rules.fulfilment_lines import Line, is_complete, stocking
from woocp_pipelines.rules.fulfilment_news import news_of
from woocp_pipelines.rules.fulfilment_releases import Release

D = Decimal
TODAY = date(2026, 3, 4)
YESTERDAY = TODAY - timedelta(days=1)
TWO = Line(1, "A", "EA", D(2))
CARTON = Line(2, "B", "CT", D(1), numer=D(10))


def shipped(line, quantity):
    return Line(
        line.seq, line.item_no, line.unit, line.ordered, D(quantity), line.numer, line.denom
    )


def released(item_no, quantity, day=YESTERDAY):
    return Release(item_no, Fraction(quantity), day)


def state(found, told=None, **options):
    return judge(found, told, today=TODAY, **options).state


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Found("open", lines=(TWO, CARTON)), "OPEN"),
        (Found("open", lines=(shipped(TWO, 1), CARTON)), "PART"),
        (Found("open", lines=(shipped(TWO, 2), CARTON)), "PART"),
        (Found("open", lines=(shipped(TWO, 2), shipped(CARTON, 1))), "SHIPPED"),
        (Found("open", lines=(shipped(TWO, 3), shipped(CARTON, 1))), "SHIPPED"),
        (Found("open", lines=(TWO, CARTON), invoiced=YESTERDAY), "OPEN"),
        (Found("open", lines=(TWO, CARTON), ship_dat=YESTERDAY), "OPEN"),
        (Found("open", lines=(TWO, CARTON), tracking=("1Z",)), "OPEN"),
        (Found("open", lines=(TWO, CARTON), releases=(released("A", 2),)), "PART"),
        (
            Found("open", lines=(TWO, CARTON), releases=(released("A", 2), released("B", 10))),
            "SHIPPED",
        ),
        (Found("open", lines=(TWO, CARTON), releases=(released("B", 9),)), "PART"),
        (Found("open", lines=(TWO,), releases=(released("X", 2),)), "OPEN"),
        (Found("open"), "OPEN"),
        (Found("open", lines=(Line(1, "A", "EA", D(0)),)), "OPEN"),
        (Found("open", lines=(TWO,), cancelled=True), "CANCELLED"),
        (Found("open", lines=(shipped(TWO, 1),), cancelled=True), "SHORT"),
        (Found("open", lines=(shipped(TWO, 2),), cancelled=True), "SHIPPED"),
        (Found("open", doc_typ="V", lines=(TWO,)), "CANCELLED"),
        (Found("open", doc_typ="T", lines=(TWO,)), "OPEN"),
        (Found("ticket history", doc_typ="T"), "SHIPPED"),
        (Found("ticket history", doc_typ="T", lines=(shipped(TWO, 2),)), "SHIPPED"),
        (Found("ticket history", doc_typ="V", copies=(TWO,)), "CANCELLED"),
        (Found("order history"), "CANCELLED"),
        (Found("order history", releases=(released("A", 1),)), "SHIPPED"),
        (Found("order history", copies=(TWO,)), "CANCELLED"),
        (Found("order history", copies=(TWO,), releases=(released("A", 2),)), "SHIPPED"),
        (Found("order history", copies=(TWO,), releases=(released("A", 1),)), "SHORT"),
        (Found("order history", copies=(TWO,), releases=(released("X", 2),)), "SHORT"),
        (Found("nowhere"), "MISSING"),
    ],
)
def test_the_state_of_a_document_that_nobody_looked_at_before(found, expected):
    assert state(found) == expected


@pytest.mark.parametrize(
    ("before", "found", "expected"),
    [
        ("SHIPPED", Found("open", lines=(TWO,)), "SHIPPED"),
        ("SHIPPED", Found("nowhere"), "SHIPPED"),
        ("SHIPPED", Found("order history"), "SHIPPED"),
        ("CANCELLED", Found("nowhere"), "CANCELLED"),
        ("CANCELLED", Found("order history"), "CANCELLED"),
        ("CANCELLED", Found("open", lines=(TWO,)), "OPEN"),
        ("OPEN", Found("nowhere"), "MISSING"),
        ("MISSING", Found("nowhere"), "GONE"),
        ("GONE", Found("nowhere"), "GONE"),
        ("GONE", Found("open", lines=(TWO,)), "OPEN"),
        ("OPEN", Found("open"), "OPEN"),
    ],
)
def test_the_state_of_a_document_that_was_told_of(before, found, expected):
    assert state(found, Standing(before)) == expected


def test_a_ship_date_counts_only_by_the_setting_and_from_its_day_on():
    found = Found("open", lines=(TWO, CARTON), ship_dat=TODAY)
    assert state(found) == "OPEN"
    assert state(found, ship_date=True) == "SHIPPED"
    tomorrow = Found("open", lines=(TWO,), ship_dat=TODAY + timedelta(days=1))
    assert state(tomorrow, ship_date=True) == "OPEN"
    cancelled = Found("open", lines=(TWO,), ship_dat=TODAY, cancelled=True)
    assert state(cancelled, ship_date=True) == "CANCELLED"


def test_thirds_of_a_unit_add_up_to_the_whole():
    third = Line(1, "A", "EA", D(3), numer=D(1), denom=D(3))
    parts = tuple(Release("A", stocking(D(1), D(1), D(3)), ticket=each) for each in "123")
    assert state(Found("open", lines=(third,), releases=parts)) == "SHIPPED"
    assert state(Found("open", lines=(third,), releases=parts[:2])) == "PART"


def test_a_unit_without_size_is_refused():
    with pytest.raises(ValueError, match="QTY_NUMER and QTY_DENOM above 0, found 1/0"):
        stocking(D(1), D(1), D(0))


def test_the_day_is_that_of_the_last_goods_and_today_where_nothing_tells():
    lines = (shipped(TWO, 2),)
    assert judge(Found("open", lines=lines), None, today=TODAY).day == TODAY
    older = Found("open", lines=lines, releases=(released("A", 1, date(2026, 1, 1)),))
    assert judge(older, None, today=TODAY).day == date(2026, 1, 1)
    both = Found("open", lines=lines, releases=older.releases, invoiced=YESTERDAY)
    assert judge(both, None, today=TODAY).day == YESTERDAY


def test_what_an_order_history_is_compared_with_is_what_was_seen_while_it_was_open():
    told = judge(Found("open", lines=(TWO, CARTON)), None, today=TODAY)
    left = Found("order history", copies=(TWO,), releases=(released("A", 2),))
    assert state(left, told) == "SHORT"


quantities = st.decimals(min_value=0, max_value=9, places=2)
lines = st.lists(
    st.builds(
        Line,
        seq=st.integers(1, 4),
        item_no=st.sampled_from("AB"),
        unit=st.just("EA"),
        ordered=quantities,
        shipped=quantities,
        numer=st.sampled_from([D(1), D(10)]),
        denom=st.sampled_from([D(1), D(3)]),
    ),
    max_size=4,
    unique_by=lambda line: line.key,
).map(tuple)
days = st.dates(date(2026, 1, 1), date(2026, 6, 1))
releases = st.lists(
    st.builds(
        Release,
        item_no=st.sampled_from("AB"),
        stocking=st.fractions(0, 40, max_denominator=6),
        day=st.none() | days,
        ticket=st.sampled_from("12"),
        shared=st.booleans(),
    ),
    max_size=3,
).map(tuple)
founds = st.builds(
    Found,
    place=st.sampled_from(["open", "order history", "nowhere"]),
    lines=lines,
    copies=lines.map(lambda each: tuple(replace(line, shipped=D(0)) for line in each)),
    releases=releases,
    cancelled=st.booleans(),
    invoiced=st.none() | days,
    ship_dat=st.none() | days,
    tracking=st.lists(st.sampled_from(["1", "2", " "]), max_size=2).map(tuple),
)


@given(found=founds)
def test_an_open_order_is_never_complete_with_a_line_that_is_open(found):
    now = judge(found, None, today=TODAY)
    if now.state == "SHIPPED" and found.place == "open":
        assert is_complete(now.lines)
        for line in found.lines:
            tickets = [each for each in found.releases if each.item_no == line.item_no]
            assert line.shipped >= line.ordered or tickets


@given(found=founds)
def test_no_more_is_counted_than_lines_and_tickets_say_together(found):
    now = judge(found, None, today=TODAY)
    was = {line.key: line for line in found.lines}
    for item_no in {line.item_no for line in now.lines}:
        mine = [line for line in now.lines if line.item_no == item_no]
        said = sum(
            stocking(min(was[line.key].shipped, line.ordered), line.numer, line.denom)
            for line in mine
            if line.key in was
        )
        tickets = sum(each.stocking for each in found.releases if each.item_no == item_no)
        assert sum(line.shipped_stocking for line in mine) <= max(said, tickets)
        assert all(line.shipped <= line.ordered for line in mine)


@given(looks=st.lists(founds, min_size=1, max_size=6))
def test_nothing_told_is_taken_back_and_nothing_is_told_twice(looks):
    told, completed, numbers = None, 0, []
    for found in looks:
        now = judge(found, told, today=TODAY)
        news = news_of(now, told, "TKT_NO: 1", TODAY)
        if told is not None:
            assert told.state != "SHIPPED" or now.state == "SHIPPED"
            assert set(told.tracking) <= set(now.tracking)
        if news:
            completed += news.completes
            numbers += news.note.partition("racking")[2].partition(": ")[2].split(", ")
        told = now
        assert news_of(judge(found, told, today=TODAY), told, "TKT_NO: 1", TODAY) is None
    assert completed <= 1
    assert completed == 0 or told.state == "SHIPPED"
    named = [number for number in numbers if number]
    assert len(named) == len(set(named))


@given(found=founds)
def test_only_what_is_shipped_completes_and_only_closed_states_end_the_watch(found):
    now = judge(found, None, today=TODAY)
    news = news_of(now, None, "TKT_NO: 1", TODAY)
    assert (news is not None and news.completes) == (now.state == "SHIPPED")
    assert (now.state in CLOSED) == (now.state in {"SHIPPED", "CANCELLED", "SHORT"})
