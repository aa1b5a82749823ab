"""The I/O boundaries of a run, counted from outside the product's code.

Belongs here: before and after every SQL statement, commit, rollback and HTTP request, seen through
SQLAlchemy's events, its dialect's commit, and an adapter of the client's HTTP session. Does not:
which point is chosen (plan.py), nor what happens there (worker.py).
"""

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import Connection, Engine, event

Reached = Callable[[int, str], None]


class Points:
    """Counts boundaries from 1 on and tells each to `reached`, with its name.

    `flow` is the running flow. A point's name is its phase and its kind, such as
    `booking: before statement`.
    """

    def __init__(self, reached: Reached) -> None:
        self.flow = ""
        self._reached = reached
        self._count = 0
        self._writes = False

    def watch_database(self, engine: Engine) -> None:
        """Count what happens on an engine's connections."""

        def begins(connection: Connection) -> None:
            options = connection.get_execution_options()
            # Autocommit holds SQL Server's application lock; it writes nothing.
            self._writes = not (
                options.get("woocp_read_only") or options.get("isolation_level") == "AUTOCOMMIT"
            )

        def before(*_: Any) -> None:
            self._pass("before statement")

        def after(*_: Any) -> None:
            self._pass("after statement")

        event.listen(engine, "begin", begins)
        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
        for name in ("commit", "rollback"):
            self._watch_end(engine, name)

    def watch_requests(self, session: requests.Session) -> None:
        """Count what a session sends."""
        session.mount("http://", _Adapter(self._pass))

    def _watch_end(self, engine: Engine, name: str) -> None:
        """SQLAlchemy has no event behind a commit: the dialect's own function is wrapped."""
        original = getattr(engine.dialect, f"do_{name}")

        def end(connection: Any) -> None:
            self._pass(f"before {name}")
            original(connection)
            self._pass(f"after {name}")
            self._writes = False

        setattr(engine.dialect, f"do_{name}", end)

    def _pass(self, kind: str) -> None:
        self._count += 1
        self._reached(self._count, f"{self._phase()}: {kind}")

    def _phase(self) -> str:
        phases = {
            "orders": ("pull", "staging"),
            "documents": ("preparation", "booking"),
            "outbox": ("notification", "notification"),
            "fulfilment": ("judging", "noting"),
        }
        return phases[self.flow][self._writes]


class _Adapter(HTTPAdapter):
    """Sends as ever, and passes a point before the request and one behind its answer."""

    def __init__(self, passed: Callable[[str], None]) -> None:
        super().__init__()
        self._passed = passed

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request; its answer may not have reached the client yet."""
        self._passed("before request")
        response = super().send(*args, **kwargs)
        self._passed("after request")
        return response
