"""The life of the price book: read, refreshed, kept on disk, refused when too old.

Belongs here: which book is answered from, and how old it may be. Does not: how it is read
(database.py) or what it says (woocp_pipelines.counterpoint.prices).
"""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from pricing_service.saved_book import SavedBook
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.rules.clock import Clock, utc_now

LOG: Final = logging.getLogger("pricing_service")
REFRESH_SECONDS: Final = 60
# An unchanged book is written again only this often: its age on disk is all that would change.
SAVE_EVERY: Final = timedelta(minutes=10)


class NoUsableBookError(Exception):
    """There is no price book, or it is older than the service may answer from."""


class FactsSource(Protocol):
    """Where books are read from."""

    def read_facts(self) -> BookFacts:
        """Everything prices depend on, as of now."""
        ...

    def probe(self) -> float:
        """Milliseconds of one small read; raises what a failed read raises."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How the last refresh went; `failure` is the kind of error, never its text."""

    at: datetime | None = None
    failure: str | None = "NotReadYet"


class BookKeeper:
    """Holds the book. Reading threads see the old one or the new one, never a mixture."""

    def __init__(
        self,
        source: FactsSource,
        *,
        saved: SavedBook | None = None,
        refuse_after: timedelta = timedelta(hours=24),
        clock: Clock = utc_now,
    ) -> None:
        self.source = source
        self._saved = saved
        self._refuse_after = refuse_after
        self._clock = clock
        self._book: PriceBook | None = None
        self._saved_facts: BookFacts | None = None
        self._refreshing = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.last_refresh = RefreshState()

    def load(self) -> None:
        """Read the first book; when that fails, take the last known good one from disk."""
        if self.refresh() or self._saved is None:
            return
        try:
            self._saved_facts = self._saved.load()
        except PriceBookError as error:
            LOG.warning("no saved price book: %s", error)
            return
        self._book = PriceBook(self._saved_facts)
        LOG.warning("answering from the price book saved at %s", self._book.read_at.isoformat())

    def refresh(self) -> bool:
        """Read a new book and swap it in; False when that failed and the old one stays."""
        with self._refreshing:
            try:
                book = PriceBook(self.source.read_facts())
            except (SQLAlchemyError, PriceBookError, ValueError, OSError) as error:
                kind = type(error).__name__
                self.last_refresh = RefreshState(self._clock(), kind)
                # The text of a driver's error may quote the connection; its class says enough.
                LOG.exception("the price book could not be read: %s", kind, exc_info=False)
                return False
            self._tell_changes(book)
            self._book = book
            self.last_refresh = RefreshState(self._clock(), None)
            self._save(book.facts)
            return True

    def book(self) -> PriceBook:
        """The book to answer from.

        Raises:
            NoUsableBookError: there is none, or it is too old.
        """
        book = self._book
        if book is None:
            raise NoUsableBookError("no price book could be read yet")
        if self.age(book) > self._refuse_after:
            raise NoUsableBookError(f"the price book of {book.read_at.isoformat()} is too old")
        return book

    def age(self, book: PriceBook) -> timedelta:
        """How old a book is; never below zero, whatever the clock did."""
        return max(self._clock() - book.read_at, timedelta(0))

    def start(self, every_seconds: float = REFRESH_SECONDS) -> None:
        """Refresh in a thread until `stop`."""
        self._thread = threading.Thread(
            target=self._keep_fresh, args=(every_seconds,), name="price-book", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the refreshing thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _keep_fresh(self, every_seconds: float) -> None:
        while not self._stopped.wait(every_seconds):
            try:
                self.refresh()
            except Exception as error:
                # A thread that died would let the book age in silence.
                self.last_refresh = RefreshState(self._clock(), type(error).__name__)
                LOG.exception("refreshing the price book failed unexpectedly")

    def _tell_changes(self, book: PriceBook) -> None:
        before = set(self._book.unsupported_filters) if self._book else set()
        for each in book.unsupported_filters:
            if each not in before:
                LOG.warning("undecidable price rule filter %r: %s", each.text, each.reason)
        known = set(self._book.facts.notes) if self._book else set()
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
