"""How long the caller of /api/v1/prices may keep an answer.

Belongs here: `Cache-Control`. Does not: ETags (routes.py), the age of the book (replies.py).
"""

from datetime import datetime, timedelta
from typing import Final

from pricing_service.price_book import BookKeeper, HeldBook
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.rules.clock import store_local

# A page and its cart may share an answer; a change in Counterpoint is seen soon after.
MOST_SECONDS: Final = 30


def cache_control(keeper: BookKeeper, held: HeldBook, at: datetime) -> str:
    """Seconds for which the answer holds whatever is asked: no group begins or ends in them.

    They end with the book's own time, too: what would be refused is not to be kept.
    """
    left = int(keeper.time_left(held).total_seconds())
    seconds = max(0, min(left, _unchanged(held.book, at)))
    return f"private, max-age={seconds}"


def _unchanged(book: PriceBook, at: datetime) -> int:
    period = _period(book, at)
    if _period(book, at, MOST_SECONDS) == period:
        return MOST_SECONDS
    changes = (each for each in range(1, MOST_SECONDS) if _period(book, at, each) != period)
    return next(changes, MOST_SECONDS) - 1


def _period(book: PriceBook, at: datetime, seconds: int = 0) -> int:
    return book.period(store_local(at + timedelta(seconds=seconds), book.zone))
