"""Faults that tests switch on, each for the next matching requests.

Over HTTP, without login, on the sandbox only:

    POST   /sandbox/faults    {"kind": …, "method": "GET|PUT", "path": "/orders", "times": 1, …}
    GET    /sandbox/faults    the faults still armed
    DELETE /sandbox/faults    disarm all

In the same process: `server.faults.add(Fault("maintenance", times=2))`. `method` and `path` are
regular expressions searched in the method and in the path (without query); `after` lets that many
matching requests pass first; `times` is how many are hit. Faults come before login and routes,
except those that need the real answer. Kinds:

    too_many_requests    429 HTML, Retry-After: retry_after seconds
    maintenance          503 HTML, Retry-After: 600 (or retry_after), as during updates
    server_error         500 HTML: database down
    fatal                500 JSON internal_server_error with HTML in the message: PHP fatal
    bad_gateway          502 HTML: PHP down
    html_200             200 with an HTML page: a firewall in front
    truncated            the real answer, cut in half; the connection ends in the middle
    timeout_after_write  the request is done, then held `seconds` (default 30) and cut, unanswered
    cut_after_write      the request is done, then cut at once without any answer
    cut_before           cut without doing anything
    drift                before the request is answered: orders in `touch` get a new modified date,
                         those in `trash` go to the trash, `set_status` changes statuses
                         ({"12": "completed"}), orders in `insert` (JSON as for add_order) appear;
                         with `after` = n that is between two pages; the answer itself is real
"""

import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.order_writes import trash_order, update_order
from woocp_pipelines.sandbox.store.state import StoreState

KINDS: Final = frozenset(
    {
        "too_many_requests",
        "maintenance",
        "server_error",
        "fatal",
        "bad_gateway",
        "html_200",
        "truncated",
        "timeout_after_write",
        "cut_after_write",
        "cut_before",
        "drift",
    }
)


@dataclass
class Fault:
    """One armed fault; see the module's docstring."""

    kind: str
    method: str = ".*"
    path: str = ".*"
    times: int = 1
    after: int = 0
    retry_after: int | None = None
    seconds: float = 30.0
    touch: list[int] = field(default_factory=list)
    trash: list[int] = field(default_factory=list)
    set_status: dict[str, str] = field(default_factory=dict)
    insert: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a fault that could never be what was meant."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}, expected one of {sorted(KINDS)}")
        if self.times < 1 or self.after < 0:
            raise ValueError(
                f"times {self.times} must be at least 1, after {self.after} at least 0"
            )
        re.compile(self.method)
        re.compile(self.path)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that this fault waits for."""
        return bool(re.search(self.method, method) and re.search(self.path, path))


class Faults:
    """The armed faults; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Arm a fault behind those already armed."""
        with self._lock:
            self._armed.append(fault)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """The faults still armed, with what is left of `after` and `times`."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that hits this request. Of several, the first armed one that is due."""
        with self._lock:
            for fault in self._armed:
                if not fault.matches(method, path):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times == 0:
                    self._armed.remove(fault)
                return fault
        return None


def drift(state: StoreState, fault: Fault) -> None:
    """Change orders behind the back of a reader who is between two pages (WC §1.5)."""
    with state.unit():
        for key in fault.touch:
            update_order(state, _order(state, key), {})
        for key in fault.trash:
            trash_order(state, _order(state, key))
        for text, status in fault.set_status.items():
            update_order(state, _order(state, int(text)), {"status": status})
        for record in fault.insert:
            state.add_order(record)


def _order(state: StoreState, key: int) -> Json:
    order = state.find("order", key)
    if order is None:
        raise LookupError(f"fault drift: the store has no order {key}")
    return order
