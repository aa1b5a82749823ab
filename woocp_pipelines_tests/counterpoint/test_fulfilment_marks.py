"""What was told of an order: one row, moved on only from what was read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.fulfilment_marks import (
    ToldMeanwhileError,
    write_first_looks,
    write_mark,
)
from woocp_pipelines.counterpoint.fulfilment_reading import Watched
from woocp_pipelines.counterpoint.fulfilment_records import encode, told_of
from woocp_pipelines.counterpoint.outbox import add_news, read_due
from woocp_pipelines.counterpoint.tables import USER_ORDER_FULFILMENT
from woocp_pipelines.rules.fulfilment import Standing
from woocp_pipelines.rules.fulfilment_lines import Line
from woocp_pipelines.rules.fulfilment_news import News

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LINE = Line(1, "01-10100", "PK", Decimal("2.5000"), Decimal("0.5"), Decimal(1), Decimal(4))
FREE = Line(2, "01-10251", "CT", Decimal(1), free=True)
BEYOND = (("01-10100", Fraction(1, 3)),)
STANDING = Standing("PART", (LINE, FREE), ("1Z", "ø"), date(2026, 3, 4), beyond=BEYOND)


def test_what_is_kept_is_read_back_but_for_the_day():
    header = SimpleNamespace(STATE="PART", TOLD_JSON=encode(STANDING), CLOSED_GMT=None)
    told = told_of(Watched(header))
    assert told == Standing("PART", (LINE, FREE), ("1Z", "ø"), is_open=True, beyond=BEYOND)
    assert told_of(Watched(SimpleNamespace(STATE=None))) is None


def test_a_line_that_was_kept_without_its_price_is_not_taken_for_free():
    kept = '{"lines": [[1, "01-10100", "PK", "2", "0", "1", "1"]], "tracking": []}'
    told = told_of(Watched(SimpleNamespace(STATE="OPEN", TOLD_JSON=kept, CLOSED_GMT=None)))
    assert told
    assert [line.free for line in told.lines] == [False]


def test_a_mark_is_moved_on_only_from_the_count_that_was_read(engine):
    with writing(engine) as connection:
        write_first_looks(connection, "main", [(1, Standing("OPEN"))], NOW)
        write_mark(connection, "main", 1, STANDING, read=0, messages=1, now=NOW)
    with pytest.raises(ToldMeanwhileError, match="order 1: another run"), writing(engine) as late:
        write_mark(late, "main", 1, STANDING, read=0, messages=1, now=NOW)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        write_mark(connection, "main", 1, STANDING, read=None, messages=1, now=NOW)


@pytest.mark.parametrize(
    ("standing", "closed"),
    [
        (Standing("OPEN"), None),
        (Standing("PART"), None),
        (Standing("UNCLEAR"), None),
        (Standing("MISSING"), None),
        (Standing("SHIPPED"), NOW),
        (Standing("SHIPPED", is_open=True), NOW),
        (Standing("CANCELLED"), NOW),
        (Standing("CANCELLED", is_open=True), None),
        (Standing("SHORT", is_open=True), None),
        (Standing("GONE"), NOW),
    ],
)
def test_what_was_told_to_its_end_is_closed(engine, standing, closed):
    with writing(engine) as connection:
        write_first_looks(connection, "main", [(1, standing)], NOW)
    with reading(engine) as connection:
        assert connection.execute(select(USER_ORDER_FULFILMENT.c.CLOSED_GMT)).scalar() == closed


def test_no_count_of_a_message_comes_twice(engine):
    news = News("PART_SHIPPED", "1 of 2", {"cp_tracking": "1Z"})
    told = {"number": "W-1", "document": "TKT_NO: 1", "now": NOW}
    with writing(engine) as connection:
        add_news(connection, "main", 1, news, 1, **told)
        add_news(connection, "main", 1, news, 2, **told)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        add_news(connection, "main", 1, news, 2, **told)
    with reading(engine) as connection:
        first, second = read_due(connection, "main", NOW)
    assert (first.kind, first.number, first.completes) == ("PART_SHIPPED", "W-1", False)
    assert (second.note, second.meta) == ("1 of 2", {"cp_tracking": "1Z"})
