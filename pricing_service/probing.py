"""Asking Counterpoint whether it answers: seldom, by one at a time, and never for long.

Belongs here: the life of a probe. Does not: the question (database.py) or what health says of it.
The health routes need no key, so whoever hammers them must cost the database nothing, and a
database that hangs must not hold the workers that answer prices.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError

LOG: Final = logging.getLogger("pricing_service")
VALID_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Probed:
    """What the last probe found; `milliseconds` is None when Counterpoint gave no answer."""

    at: float
    milliseconds: float | None


class Prober:
    """Answers "how fast is Counterpoint" from the last probe, or from a new one.

    Args:
        probe: one small read; its milliseconds.
        valid: seconds for which an answer is given again.
        patience: seconds that the caller who starts a probe waits for it.
        timer: seconds of a clock that is never set.
    """

    def __init__(
        self,
        probe: Callable[[], float],
        *,
        valid: float = VALID_SECONDS,
        patience: float = PATIENCE_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probe = probe
        self._valid = valid
        self._patience = patience
        self._timer = timer
        self._starting = threading.Lock()
        self._running: threading.Thread | None = None
        self._last = Probed(float("-inf"), None)

    def milliseconds(self) -> float | None:
        """Milliseconds of a read; None while Counterpoint cannot be read.

        Only the caller who starts a probe waits. The others get what was known last, and None
        when that is as old as a probe that hangs.
        """
        started = self._start_when_due()
        if started is not None:
            started.join(self._patience)
        last = self._last
        if self._timer() - last.at > self._valid + self._patience:
            return None
        return last.milliseconds

    def _start_when_due(self) -> threading.Thread | None:
        with self._starting:
            running = self._running is not None and self._running.is_alive()
            if running or self._timer() - self._last.at < self._valid:
                return None
            # Waiting for a thread can end; waiting for a driver cannot.
            self._running = threading.Thread(target=self._run, name="probe", daemon=True)
            self._running.start()
            return self._running

    def _run(self) -> None:
        try:
            milliseconds: float | None = self._probe()
        except (SQLAlchemyError, PriceBookError, OSError) as error:
            # The text of a driver's error may quote the connection.
            LOG.warning("health: Counterpoint cannot be read: %s", type(error).__name__)
            milliseconds = None
        self._last = Probed(self._timer(), milliseconds)
