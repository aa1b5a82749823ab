"""The life of the price book: loaded, checked, refreshed, kept on disk, refused when too old.

Belongs here: which book is answered from, and how old it may be. Does not: how it is read
(database.py) or what it says (woocp_pipelines.counterpoint.prices).
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from pricing_service.saved_book import SavedBook
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.codes import COUNTERPOINT_CODES, RuleCodes
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp
from woocp_pipelines.rules.clock import Clock, utc_now

LOG: Final = logging.getLogger("pricing_service")
CHECK_EVERY: Final = timedelta(seconds=15)
READ_EVERY: Final = timedelta(minutes=10)
# An unchanged book is written again only this often: its age on disk is all that would change.
SAVE_EVERY: Final = timedelta(minutes=10)
# A look or a read that takes longer than this is reported as a failure while it still hangs.
HANGS_AFTER: Final = timedelta(minutes=5)
# A start waits this long for Counterpoint: with a saved book at hand, and with none.
PATIENCE: Final = (3.0, 30.0)
STOP_SECONDS: Final = 5.0
# A saved book from further in the future than this has no age that could be trusted.
CLOCK_TOLERANCE: Final = timedelta(minutes=5)

READ_FAILURES: Final = (SQLAlchemyError, PriceBookError, ValueError, OSError)

Origin = Literal["counterpoint", "saved"]
T = TypeVar("T")


class NoUsableBookError(Exception):
    """There is no price book, or it is older than the service may answer from."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One full reading: the facts, and the stamp of the source from just before them."""

    facts: BookFacts
    stamp: SourceStamp | None = None


class FactsSource(Protocol):
    """Where books are read from."""

    def read(self, before: Reading | None = None, *, everything: bool = True) -> Reading:
        """Everything prices depend on, as of now.

        `before` is the last reading, of which equal parts are kept; unless `everything` is asked
        for, tables that look unchanged since then need not be read again.
        """
        ...

    def look(self) -> SourceStamp:
        """What a few small statements tell of the state of the source."""
        ...

    def probe(self) -> float:
        """Milliseconds of one small read; raises what a failed read raises."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How the last look or read went; `failure` is the kind of error, never its text."""

    at: datetime | None = None
    failure: str | None = "NotReadYet"


@dataclass(frozen=True, slots=True)
class HeldBook:
    """The book that is answered from, replaced as a whole: take it once for each request.

    `checked_at` is when Counterpoint was last seen to say what the book says: the reading, or a
    later look that found no change. The age of answers counts from it. `origin` is "saved" for a
    book from disk until Counterpoint has been read.
    """

    book: PriceBook
    origin: Origin
    checked_at: datetime
    stamp: SourceStamp | None
    # By the steady clock: when it was taken in, how old it was then, when it was read.
    taken: float
    age_then: timedelta
    read: float

    @property
    def read_at(self) -> datetime:
        """When Counterpoint was read, UTC."""
        return self.book.read_at


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
        self._saved = saved
        self._refuse_after = refuse_after
        self._check_every = check_every
        self._read_every = read_every
        self._clock = clock
        self._steady = steady
        self._codes = codes
        self._held: HeldBook | None = None
        self._saved_facts: BookFacts | None = None
        self._read_failed = True
        self._busy_since: float | None = None
        self._working = threading.RLock()
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self.last_refresh = RefreshState()

    def load(self, patience: tuple[float, float] = PATIENCE) -> None:
        """Have a book: from disk at once, or from Counterpoint where that answers in time.

        Args:
            patience: seconds to wait for Counterpoint with a saved book at hand, and without;
                the reading goes on in the background after that.
        """
        self._take_saved()
        with_book, without_book = patience
        first = self._thread(self._guarded(self.refresh))
        first.start()
        first.join(with_book if self._held else without_book)

    def start(self, every_seconds: float | None = None) -> None:
        """Keep the book fresh in a thread until `stop`."""
        pause = self._check_every.total_seconds() if every_seconds is None else every_seconds
        keep_fresh = self._guarded(self.keep_fresh)

        def repeat() -> None:
            while not self._stopped.wait(pause):
                keep_fresh()

        self._thread(repeat).start()

    def stop(self) -> None:
        """End the threads; one that hangs in the database ends with the process."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

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

    def age(self, held: HeldBook | PriceBook) -> timedelta:
        """How long ago the book was last seen to be right.

        Setting the clock back makes no book younger: the steady clock counts as well.
        """
        if isinstance(held, PriceBook):
            return max(self._clock() - held.read_at, timedelta(0))
        steady = timedelta(seconds=self._steady() - held.taken) + held.age_then
        return max(self._clock() - held.checked_at, steady)

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
            held = self._held
            if held is None or self._is_due(held):
                return self.refresh()
            stamp = self._tried(self.source.look)
            if stamp is None:
                return False
            if stamp != held.stamp:
                return self.refresh()
            self._held = replace(
                held, checked_at=self._clock(), taken=self._steady(), age_then=timedelta(0)
            )
            return True

    def refresh(self) -> bool:
        """Read a new book and swap it in; False when that failed and the old one stays."""
        with self._working:
            self._read_failed = True
            before = self._held
            read = self._tried(lambda: self._read(before))
            if read is None:
                return False
            self._tell_changes(read.book)
            self._held = read
            self._read_failed = False
            self._save(read.book.facts)
            return True

    def _is_due(self, held: HeldBook) -> bool:
        # After a failed reading no look makes the book younger: it may have missed a change.
        if self._read_failed or held.stamp is None:
            return True
        return self._steady() - held.read >= self._read_every.total_seconds()

    def _read(self, before: HeldBook | None) -> HeldBook:
        # Time is taken before the reading: a book is as old as the first row that was read.
        started, at = self._steady(), self._clock()
        known = None if before is None else Reading(before.book.facts, before.stamp)
        reading = self.source.read(known)
        book = PriceBook(reading.facts, self._codes)
        return HeldBook(book, "counterpoint", at, reading.stamp, started, timedelta(0), started)

    def _tried(self, work: Callable[[], T]) -> T | None:
        """The result of a look or a reading; None when it failed, which is logged and kept."""
        self._busy_since = self._steady()
        try:
            found = work()
        except READ_FAILURES as error:
            kind = type(error).__name__
            self.last_refresh = RefreshState(self._clock(), kind)
            # The text of a driver's error may quote the connection; its class says enough.
            LOG.exception("the price book could not be read: %s", kind, exc_info=False)
            return None
        finally:
            self._busy_since = None
        self.last_refresh = RefreshState(self._clock(), None)
        return found

    def _guarded(self, work: Callable[[], bool]) -> Callable[[], None]:
        """For a thread: one that died would let the book age in silence."""

        def run() -> None:
            try:
                work()
            except Exception as error:
                self.last_refresh = RefreshState(self._clock(), type(error).__name__)
                LOG.exception("refreshing the price book failed unexpectedly")

        return run

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name="price-book", daemon=True)
        self._threads.append(thread)
        return thread

    def _take_saved(self) -> None:
        if self._saved is None:
            return
        try:
            facts = self._saved.load()
        except PriceBookError as error:
            LOG.warning("no saved price book: %s", error)
            return
        age = self._clock() - facts.read_at
        if age < -CLOCK_TOLERANCE:
            LOG.warning("the saved price book of %s is of the future: ignored", facts.read_at)
            return
        self._saved_facts = facts
        now = self._steady()
        age = max(age, timedelta(0))
        self._held = HeldBook(
            PriceBook(facts, self._codes), "saved", facts.read_at, None, now, age, now
        )
        LOG.warning("starting with the price book saved at %s", facts.read_at.isoformat())

    def _tell_changes(self, book: PriceBook) -> None:
        old = self._held.book if self._held and self._held.origin == "counterpoint" else None
        before = set(old.unsupported_filters) if old else set()
        for each in book.unsupported_filters:
            if each not in before:
                LOG.warning("undecidable price rule filter %r: %s", each.text, each.reason)
        known = set(old.facts.notes) if old else set()
        for note in book.facts.notes:
            if note not in known:
                LOG.warning("%s", note)

    def _save(self, facts: BookFacts) -> None:
        if self._saved is None or self._is_saved(facts):
            return
        try:
            self._saved.save(facts)
        except OSError as error:
            LOG.warning("the price book could not be saved: %s", error)
            return
        self._saved_facts = facts

    def _is_saved(self, facts: BookFacts) -> bool:
        last = self._saved_facts
        if last is None or facts.read_at - last.read_at >= SAVE_EVERY:
            return False
        return replace(facts, read_at=last.read_at) == last
