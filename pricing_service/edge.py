"""The outermost layer of the application: every answer passes here, whatever made it.

Belongs here: request ids, headers of limits, counting, the access log. It is WSGI and not hooks of
Flask: a failure inside Flask is counted, too, and it costs a third of what hooks cost.
"""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, Final

from pricing_service.access_log import Answered
from pricing_service.config import ServiceConfig
from pricing_service.metrics import Metrics
from pricing_service.notes import NOTES, RequestNotes, new_notes
from pricing_service.price_book import NoUsableBookError

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
# Names, since what stands in a signature inside a function is worked out for every request.
Writer = Callable[[bytes], object]
StartResponse = Callable[..., Writer]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# Paths that nobody serves share one name in the metrics: a scan must not make them grow.
OTHER: Final = "other"
SERVER_ERROR: Final = 500


class Edge:
    """Wraps the application of one service.

    Args:
        application: what answers.
        config: the service's parts.
        metrics: where requests are counted.
        paths: the paths that are served; all are fixed.
    """

    def __init__(
        self,
        application: Application,
        config: ServiceConfig,
        metrics: Metrics,
        paths: Iterable[str],
    ) -> None:
        self._application = application
        self._config = config
        self._metrics = metrics
        self._paths = frozenset(paths)
        self._age: tuple[float, int | None] = (float("-inf"), None)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        started = perf_counter()
        noted = environ[NOTES] = new_notes(environ.get("HTTP_X_REQUEST_ID"))
        # A list, since the inner function cannot bind names out here any cheaper.
        answered: list[Any] = [SERVER_ERROR, 0]

        def start(status: str, headers: Headers, *failure: object) -> Writer:
            answered[0] = int(status[:3])
            answered[1] = _length(headers)
            headers.extend(noted.headers)
            headers.append(("X-Request-ID", noted.request_id))
            allowance = noted.allowance
            if allowance is not None:
                if allowance.exceeded:
                    # The error's own Retry-After would stand there twice.
                    headers[:] = [pair for pair in headers if pair[0] != "Retry-After"]
                headers.extend(allowance.headers())
            return start_response(status, headers, *failure)

        try:
            return self._application(environ, start)
        finally:
            self._finish(environ, noted, answered[0], answered[1], perf_counter() - started)

    def _finish(
        self, environ: Environ, noted: RequestNotes, status: int, length: int, seconds: float
    ) -> None:
        path = environ.get("PATH_INFO", "")
        route = path if path in self._paths else OTHER
        self._metrics.count(route, status, seconds, noted.refused)
        log = self._config.access_log
        if log is None:
            return
        client = environ.get("REMOTE_ADDR", "")
        method = environ.get("REQUEST_METHOD", "")
        age = self._book_age()
        log.write(noted, Answered(client, method, path, status, seconds, length, age))

    def _book_age(self) -> int | None:
        """Whole seconds, worked out once a second."""
        now = perf_counter()
        worked_out, age = self._age
        if now - worked_out >= 1:
            keeper = self._config.keeper
            try:
                age = int(keeper.age(keeper.current()).total_seconds())
            except NoUsableBookError:
                age = None
            self._age = (now, age)
        return age


def _length(headers: Headers) -> int:
    for name, value in headers:
        if name == "Content-Length":
            return int(value)
    return 0
