"""The last known good price book: taken at the start, kept whenever another one is read.

Belongs here: whether a saved book may be used, and when one is written. Does not: the file
(saved_book.py).
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from pricing_service.book_memory import settle
from pricing_service.held_book import HeldBook, says_the_same
from pricing_service.saved_book import SavedBook
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.rules.clock import Clock

LOG: Final = logging.getLogger("pricing_service")
# An unchanged book is written again only this often: its age on disk is all that would change.
SAVE_EVERY: Final = timedelta(minutes=10)
# A saved book from further in the future than this has no age that could be trusted.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)


class LastKnown:
    """What stands on disk, as far as this process knows.

    Args:
        saved: the file; None keeps none.
        clock: the time of day, UTC.
        steady: seconds of a clock that is never set.
    """

    def __init__(self, saved: SavedBook | None, clock: Clock, steady: Callable[[], float]) -> None:
        self._saved = saved
        self._clock = clock
        self._steady = steady
        self._facts: BookFacts | None = None

    def take(self, codes: RuleCodes) -> HeldBook | None:
        """The saved book; None where there is none that can be used, which is logged."""
        if self._saved is None:
            return None
        try:
            facts = self._saved.load()
        except FileNotFoundError:
            LOG.info("no price book was saved yet: the first one is read from Counterpoint")
            return None
        except PriceBookError as error:
            LOG.warning("no saved price book: %s", error)
            return None
        age = self._clock() - facts.read_at
        if age < -CLOCK_TOLERANCE:
            LOG.warning("the saved price book of %s is of the future: ignored", facts.read_at)
            return None
        self._facts = facts
        book, now = PriceBook(facts, codes), self._steady()
        settle(book, None)
        LOG.warning("starting with the price book saved at %s", facts.read_at.isoformat())
        return HeldBook(
            book=book,
            origin="saved",
            read_at=facts.read_at,
            checked_at=facts.read_at,
            stamp=None,
            taken=now,
            age_then=max(age, timedelta(0)),
            read=now,
        )

    def keep(self, facts: BookFacts) -> None:
        """Write what was just read, unless it stands there; a failure is logged."""
        if self._saved is None or self._is_saved(facts):
            return
        try:
            self._saved.save(facts)
        except (OSError, PriceBookError) as error:
            LOG.warning("the price book could not be saved: %s", error)
            return
        self._facts = facts

    def _is_saved(self, facts: BookFacts) -> bool:
        last = self._facts
        # Both ways: a clock that was ahead and was put right leaves a book of the future behind.
        if last is None or abs(facts.read_at - last.read_at) >= SAVE_EVERY:
            return False
        return says_the_same(last, facts)
