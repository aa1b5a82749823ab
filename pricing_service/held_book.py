"""The book that is answered from, and what is known of it.

Belongs here: records and what is told of a new book. Does not: when books are read (price_book.py).
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp

LOG: Final = logging.getLogger("pricing_service")
Origin = Literal["counterpoint", "saved"]


class NoUsableBookError(Exception):
    """There is no price book, or it is older than the service may answer from."""


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How the last look or read went; `failure` is the kind of error, never its text."""

    at: datetime | None = None
    failure: str | None = "NotReadYet"


@dataclass(frozen=True, slots=True)
class HeldBook:
    """The book that is answered from, replaced as a whole: take it once for each request.

    `read_at` is when Counterpoint was last read, `checked_at` when it was last seen to say what the
    book says: that reading, or a later look that found no change. The age of answers counts from
    `checked_at`. `origin` is "saved" for a book from disk until Counterpoint has been read.
    """

    book: PriceBook
    origin: Origin
    read_at: datetime
    checked_at: datetime
    stamp: SourceStamp | None
    # By the steady clock: when it was taken in, how old it was then, the last full reading.
    taken: float
    age_then: timedelta
    read: float


def says_the_same(one: BookFacts, other: BookFacts) -> bool:
    """Whether prices are the same, whenever they were read; quick where parts are shared."""
    return replace(one, read_at=other.read_at) == other


def tell_doubts(held: HeldBook | None, book: PriceBook) -> None:
    """Log the rules of a new book that cannot be decided, unless they were told already."""
    old = held.book if held is not None and held.origin == "counterpoint" else None
    before = set(old.unsupported_filters) if old else set()
    for each in book.unsupported_filters:
        if each not in before:
            LOG.warning("undecidable price rule filter %r: %s", each.text, each.reason)
    known = set(old.facts.notes) if old else set()
    for note in book.facts.notes:
        if note not in known:
            LOG.warning("%s", note)
