"""The log of requests, for counting them in tests: never a credential, never a query value."""

import threading
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class LoggedRequest:
    """One answered request. A fault names its kind; a cut connection has status 0."""

    method: str
    path: str
    query: tuple[str, ...]
    status: int
    fault: str | None = None


class RequestLog:
    """Requests in the order of their answers; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[LoggedRequest] = []

    def add(self, row: LoggedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._rows.append(row)

    def rows(self) -> list[LoggedRequest]:
        """What was asked since the start or the last `clear`."""
        with self._lock:
            return list(self._rows)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._rows.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The rows as GET /sandbox/requests shows them."""
        return [asdict(row) for row in self.rows()]
