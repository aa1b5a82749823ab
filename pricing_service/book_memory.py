"""Big books and Python's memory: no long stop while one is made, none when one is dropped.

Belongs here: when the garbage collector may look at books, how long a thread's turn is meanwhile,
and freeing books in small pieces. A collection that walks millions of records, or the end of a
tuple of as many, stops every thread.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.pacing import WORK_AND_REST, RestingPace

# So many collections of the middle generation before one of the oldest: none while a book is made.
_NEVER: Final = 1_000_000
# With fewer new records than this the collector may go on looking at them.
_MANY: Final = 10_000
# Seconds for which a thread works before another may; Python's own are 0.005.
_SHORT_TURN: Final = 0.0005


@contextmanager
def building() -> Iterator[None]:
    """While a book is made, only young objects are collected, and threads take short turns.

    Short turns let an answer through; at other times they cost a twentieth of the throughput.
    """
    turn = sys.getswitchinterval()
    young, middle, oldest = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    sys.setswitchinterval(_SHORT_TURN)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, oldest)
        sys.setswitchinterval(turn)


def settle(book: PriceBook, before: PriceBook | None) -> None:
    """Tell the collector that the records of a book with many new ones are here to stay."""
    known = () if before is None else before.facts.items
    same = sum(old is new for old, new in zip(known, book.facts.items, strict=False))
    if len(book.facts.items) - same >= _MANY:
        gc.freeze()


def parts_of(old: PriceBook, book: PriceBook) -> list[Any]:
    """What of the old book the new one has not; whoever holds it keeps it from being freed."""
    parts: list[Any] = []
    if old.items is not book.items:
        parts += old.facts.items
    if old.customers is not book.customers:
        parts += old.facts.customers
    if old.index is not book.index:
        parts += old.facts.groups
        parts += (each for kind in old.index.by_kind.values() for each in kind.all())
    return parts


def let_go(parts: list[Any]) -> None:
    """Free them a little at a time, once nobody else holds the book they were of."""
    pace = RestingPace(*WORK_AND_REST)
    while parts:
        parts.pop()
        pace()
