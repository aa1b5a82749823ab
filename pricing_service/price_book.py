"""The life of the price book: loaded, checked, refreshed, kept on disk, refused when too old.

Belongs here: which book is answered from, and how old it may be. Does not: how it is read
(database.py) or what it says (woocp_pipelines.counterpoint.prices).
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from pricing_service.book_memory import building, let_go, parts_of, settle
from pricing_service.book_source import FactsSource, Reading
from pricing_service.held_book import (
    HeldBook,
    NoUsableBookError,
    Origin,
    RefreshState,
    says_the_same,
    tell_doubts,
)
from pricing_service.last_known import LastKnown
from pricing_service.refreshing import Threads
from pricing_service.saved_book import SavedBook
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.codes import COUNTERPOINT_CODES, RuleCodes
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.pacing import WORK_AND_REST, RestingPace, no_rest
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp
from woocp_pipelines.rules.clock import Clock, utc_now

LOG: Final = logging.getLogger("pricing_service")
CHECK_EVERY: Final = timedelta(seconds=15)
READ_EVERY: Final = timedelta(minutes=10)
# A look or a read that takes longer than this is reported as a failure while it still hangs.
HANGS_AFTER: Final = timedelta(minutes=5)
# A start waits this long for Counterpoint: with a saved book at hand, and with none.
PATIENCE: Final = (3.0, 30.0)

READ_FAILURES: Final = (SQLAlchemyError, PriceBookError, ValueError, OSError)

T = TypeVar("T")

__all__ = ["BookKeeper", "HeldBook", "NoUsableBookError", "Origin", "Reading", "RefreshState"]


class BookKeeper:
    """Holds the book. Reading threads see the old one or the new one, never a mixture.

    Args:
        source: where books are read from.
        saved: the last known good book on disk; None keeps none.
        refuse_after: no answer from a book that is older.
        check_every: between two looks whether the source changed.
        read_every: a full reading at least this often, whatever the looks say.
        clock: the time of day, UTC.
        steady: seconds of a clock that is never set.
        codes: what the settings say about codes of price rules.
    """

    def __init__(
        self,
        source: FactsSource,
        *,
        saved: SavedBook | None = None,
        refuse_after: timedelta = timedelta(hours=24),
        check_every: timedelta = CHECK_EVERY,
        read_every: timedelta = READ_EVERY,
        clock: Clock = utc_now,
        steady: Callable[[], float] = time.monotonic,
        codes: RuleCodes = COUNTERPOINT_CODES,
    ) -> None:
        self.source = source
        self._last_known = LastKnown(saved, clock, steady)
        self._refuse_after = refuse_after
        self._check_every = check_every
        self._read_every = read_every
        self._clock = clock
        self._steady = steady
        self._codes = codes
        self._held: HeldBook | None = None
        self._read_failed = True
        self._busy_since: float | None = None
        self._working = threading.RLock()
        self._threads = Threads(self._failed)
        self.last_refresh = RefreshState()
        # For the metrics: looks and readings that failed, and how long the last reading took.
        self.failures, self.read_seconds = 0, 0.0

    def load(self, patience: tuple[float, float] = PATIENCE) -> None:
        """Have a book: from disk at once, or from Counterpoint where that answers in time.

        Args:
            patience: seconds to wait for Counterpoint with a saved book at hand, and without;
                the reading goes on in the background after that.
        """
        self.load_saved()
        self.read_first(patience)

    def load_saved(self) -> bool:
        """Have the book from disk; False where there is none that can be used."""
        if self._held is None:
            with building():
                self._held = self._last_known.take(self._codes)
        return self._held is not None

    def read_first(self, patience: tuple[float, float] = PATIENCE) -> None:
        """The second half of `load`."""
        with_book, without_book = patience
        first = self._threads.run(self.refresh)
        first.join(with_book if self._held else without_book)

    def start(self, every_seconds: float | None = None) -> None:
        """Keep the book fresh in a thread until `stop`."""
        pause = self._check_every.total_seconds() if every_seconds is None else every_seconds
        self._threads.repeat(self.keep_fresh, pause)

    def stop(self) -> None:
        """End the threads; one that hangs in the database ends with the process."""
        self._threads.stop()

    def current(self) -> HeldBook:
        """The book to answer from, with its age and where it comes from.

        Raises:
            NoUsableBookError: there is none, or it is too old.
        """
        held = self._held
        if held is None:
            raise NoUsableBookError("no price book could be read yet")
        if self.age(held) > self._refuse_after:
            raise NoUsableBookError(
                f"the price book last seen right at {held.checked_at.isoformat()} is too old"
            )
        return held

    def book(self) -> PriceBook:
        """The book of `current`; the same errors."""
        return self.current().book

    def age(self, held: HeldBook) -> timedelta:
        """How long ago the book was last seen to be right.

        Setting the clock back makes no book younger: the steady clock counts as well.
        """
        steady = timedelta(seconds=self._steady() - held.taken) + held.age_then
        return max(self._clock() - held.checked_at, steady)

    def time_left(self, held: HeldBook) -> timedelta:
        """How long it may still be answered from, unless it is seen to be right again."""
        return self._refuse_after - self.age(held)

    @property
    def failure(self) -> str | None:
        """The kind of the last failure; None while Counterpoint is read well."""
        busy_since = self._busy_since
        if busy_since is not None and self._steady() - busy_since > HANGS_AFTER.total_seconds():
            return "NotAnswering"
        return self.last_refresh.failure

    def keep_fresh(self) -> bool:
        """Look whether the source changed; read it when it did or when it is time.

        False when that failed and the old book stays.
        """
        with self._working:
            if self._is_due(self._held):
                return self.refresh()
            # Before the look: what changes after it is not yet known to the book.
            at, taken = self._clock(), self._steady()
            stamp = self._tried(self.source.look)
            if stamp is None:
                return False
            if not self._is_of(stamp):
                return self.refresh(everything=False)
            self._confirm(at, taken)
            return True

    def refresh(self, *, everything: bool = True) -> bool:
        """Read a new book and swap it in; False when that failed and the old one stays.

        A book that says the same as the one before stays, with what it remembers of answers.
        Without `everything`, tables that look unchanged are not read again.
        """
        with self._working:
            self._read_failed = True
            before, started = self._held, self._steady()
            with building():
                read = self._tried(lambda: self._read(before, everything=everything))
            if read is None:
                return False
            self.read_seconds = self._steady() - started
            tell_doubts(before, read.book)
            self._held = read
            self._read_failed = False
            self._last_known.keep(replace(read.book.facts, read_at=read.read_at))
            settle(read.book, before.book if before else None)
            parts = parts_of(before.book, read.book) if before else []
            # The old book goes first; what it was made of is then freed in small pieces.
            before = None
            let_go(parts)
            return True

    def _is_due(self, held: HeldBook | None) -> bool:
        # After a failed reading no look makes the book younger: it may have missed a change.
        if held is None or self._read_failed or held.stamp is None:
            return True
        return self._steady() - held.read >= self._read_every.total_seconds()

    def _is_of(self, stamp: SourceStamp) -> bool:
        return self._held is not None and self._held.stamp == stamp

    def _confirm(self, at: datetime, taken: float) -> None:
        if self._held is not None:
            self._held = replace(self._held, checked_at=at, taken=taken, age_then=timedelta(0))

    def _read(self, before: HeldBook | None, *, everything: bool) -> HeldBook:
        # Time is taken before the reading: a book is as old as the first row that was read.
        started, at = self._steady(), self._clock()
        old = None if before is None else before.book
        known = None if before is None else Reading(before.book.facts, before.stamp)
        reading = self.source.read(known, everything=everything)
        facts = reading.facts
        same = old is not None and says_the_same(old.facts, facts)
        pace = no_rest if old is None else RestingPace(*WORK_AND_REST)
        return HeldBook(
            book=old if old and same else PriceBook(facts, self._codes, before=old, pace=pace),
            origin="counterpoint",
            read_at=facts.read_at,
            checked_at=at,
            stamp=reading.stamp,
            taken=started,
            age_then=timedelta(0),
            read=started if before is None or everything else before.read,
        )

    def _tried(self, work: Callable[[], T]) -> T | None:
        """The result of a look or a reading; None when it failed, which is logged and kept."""
        self._busy_since = self._steady()
        try:
            found = work()
        except READ_FAILURES as error:
            kind = type(error).__name__
            self.failures += 1
            self._failed(kind)
            told = self.source.cause_of(error)
            LOG.exception("the price book could not be read: %s", told, exc_info=False)
            return None
        finally:
            self._busy_since = None
        self.last_refresh = RefreshState(self._clock(), None)
        return found

    def _failed(self, kind: str) -> None:
        self.last_refresh = RefreshState(self._clock(), kind)
