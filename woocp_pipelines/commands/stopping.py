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
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
_GLANCE_SECONDS: Final = 0.5


class Stop:
    """Set by the first signal; a second one says that the person does not want to wait."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._requests = 0

    def request(self) -> None:
        """Ask to stop."""
        self._requests += 1
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self._event.is_set()

    @property
    def insisted(self) -> bool:
        """Whether a stop was asked for more than once."""
        return self._requests > 1

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until a stop is requested, or some seconds; True when it is."""
        if seconds is not None:
            return self._event.wait(timeout=seconds)
        # A wait without end would never let Python see the signal on Windows.
        while not self._event.wait(timeout=_GLANCE_SECONDS):
            pass
        return True


def _heard() -> list[int]:
    """All of them; but under `nohup` a hang-up is to be ignored."""
    hangup = getattr(signal, "SIGHUP", None)
    ignored = hangup is not None and signal.getsignal(hangup) is signal.SIG_IGN
    return [number for number in _SIGNALS if not (ignored and number == hangup)]


@contextmanager
def until_stopped() -> Iterator[Stop]:
    """Signals set the Stop during the block; afterwards they do what they did before."""
    stop = Stop()

    def request(_number: int, _frame: FrameType | None) -> None:
        stop.request()

    # Also where SIGINT was ignored at start, as for background jobs of a shell (dagster.md §4.1).
    before = {number: signal.signal(number, request) for number in _heard()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
