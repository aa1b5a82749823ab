"""Where price books are read from, as the keeper sees it.

Belongs here: the shape of a source. Does not: Counterpoint as one (database.py).
"""

from dataclasses import dataclass
from typing import Protocol

from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp


@dataclass(frozen=True, slots=True)
class Reading:
    """One full reading: the facts, and the stamp of the source that they are of."""

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

    def cause_of(self, error: Exception) -> str:
        """Why a look or a reading failed, for the log: the kind and the next step, no secret."""
        ...
