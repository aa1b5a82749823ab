"""Work in small pieces with rests between, so that a big reading delays nobody's answer.

Belongs here: when to rest. Does not: what is worked on. Python runs one thread at a time; a reading
that never lets go would make every answer of the same process wait for its turn.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")
Pace = Callable[[], None]
"""Called once per row; rests now and then."""
# Seconds of work and of rest by turns, for a process that answers at the same time.
WORK_AND_REST: Final = (0.001, 0.002)


def no_rest() -> None:
    """The pace of a process that has nothing else to do."""


class RestingPace:
    """Rests for `rest` seconds whenever `work` seconds have gone by since the last rest."""

    def __init__(self, work: float, rest: float) -> None:
        self._work = work
        self._rest = rest
        self._until = time.perf_counter() + work

    def __call__(self) -> None:
        """Rest when it is time."""
        if time.perf_counter() >= self._until:
            time.sleep(self._rest)
            self._until = time.perf_counter() + self._work


def paced(rows: Iterable[T], pace: Pace) -> Iterator[T]:
    """The same rows, resting between them."""
    for row in rows:
        pace()
        yield row
