"""Ctrl-C, SIGTERM and a closed console window all mean: stop in an orderly way.

Belongs here: turning signals into one event. Does not: what is stopped.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

# SIGBREAK is Ctrl-Break and what Windows sends to a child that is to stop.
_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


class Stop:
    """Set by the first signal."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def request(self) -> None:
        """Ask to stop."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self._event.is_set()

    def wait(self) -> None:
        """Return when a stop is requested."""
        # A wait without end would never let Python see the signal on Windows.
        while not self._event.wait(timeout=0.5):
            pass


@contextmanager
def until_stopped() -> Iterator[Stop]:
    """Signals set the Stop during the block; afterwards they do what they did before."""
    stop = Stop()

    def request(_number: int, _frame: FrameType | None) -> None:
        stop.request()

    # Also where SIGINT was ignored at start, as for background jobs of a shell (dagster.md §4.1).
    before = {number: signal.signal(number, request) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
