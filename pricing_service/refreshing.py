"""Threads that keep something fresh, end together, and never die in silence.

Belongs here: starting and ending them. Does not: what they do (price_book.py).
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

LOG: Final = logging.getLogger("pricing_service")
# For all of them together: answers under way had ten seconds by then (draining.py).
STOP_SECONDS: Final = 2.0


class Threads:
    """Daemon threads; `failed` is told the kind of an error that nobody expected."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        self._failed = failed
        self._stopped = threading.Event()
        self._running: list[threading.Thread] = []
        self._starting = threading.Lock()

    def run(self, work: Callable[[], object]) -> threading.Thread:
        """Do it once."""
        thread = threading.Thread(
            target=self._guarded, args=(work,), name="price-book", daemon=True
        )
        # Together: a thread that was not started yet cannot be waited for.
        with self._starting:
            self._running.append(thread)
            thread.start()
        return thread

    def repeat(self, work: Callable[[], object], pause: float) -> None:
        """Do it until `stop`, with so many seconds between."""

        def loop() -> None:
            while not self._stopped.wait(pause):
                self._guarded(work)

        self.run(loop)

    def stop(self) -> None:
        """End them; what hangs is left to end with the process."""
        self._stopped.set()
        with self._starting:
            running = list(self._running)
        latest = time.monotonic() + STOP_SECONDS
        for thread in running:
            thread.join(max(0.0, latest - time.monotonic()))

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            self._failed(type(error).__name__)
            LOG.exception("refreshing the price book failed unexpectedly")
