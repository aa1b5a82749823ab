"""How the pricing service is, as it says itself over HTTP.

Belongs here: where it is, one question, and what its answer means. Does not: telling anybody
(defs/prices/service.py). Asking never raises: whatever comes back is a state of the service.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Any, Final, Literal

import requests

from woocp_pipelines.settings import Settings

State = Literal["ok", "degraded", "cannot_price", "unreachable", "no_health"]

HEALTH: Final = "/api/health"
# To connect, and to answer: a sensor has sixty seconds for everything.
_TIMEOUTS: Final = (2.0, 5.0)
_OK: Final = 200
_UNAVAILABLE: Final = 503

NEXT_STEPS: Final[Mapping[State, str]] = {
    "ok": "",
    "degraded": "prices are answered from the last good book; look why Counterpoint's database "
    "is slow or away",
    "cannot_price": "no usable price book: the shop shows no contract prices; bring "
    "Counterpoint's database back, then look at the log of the service",
    "unreachable": "start the service (woocp-pricing on Linux, ContractPricingAPIWaitress on "
    "Windows), or correct pricing.host and pricing.port",
    "no_health": "something else answers at this address; correct pricing.host and pricing.port",
}


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """What was found at `url`; `found` says it in words. Times are UTC."""

    url: str
    state: State
    found: str
    database: str = "unknown"
    latency_ms: Decimal | None = None
    book_read_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """What makes it worth telling again."""
        return f"{self.state} {self.database}"

    @property
    def next_step(self) -> str:
        """What a person can do about it; '' when all is well."""
        return NEXT_STEPS[self.state]

    def book_age_seconds(self, now: datetime) -> int | None:
        """How old the prices are that it answers from."""
        if self.book_read_at is None:
            return None
        return max(int((now - self.book_read_at).total_seconds()), 0)


def service_url(settings: Settings) -> str | None:
    """Where the service listens; None when nothing in the environment says that there is one."""
    access = settings.pricing_access
    given = (access.api_keys, access.api_keys_file, access.host, access.port)
    port = settings.pricing.port if access.port is None else access.port
    # Port 0 is a free one, known to the service alone.
    if all(each is None for each in given) or port == 0:
        return None
    return f"http://{_reachable(access.host or settings.pricing.host)}:{port}"


def ask_health(url: str) -> ServiceHealth:
    """Ask once, without a key; seven seconds at most for one address."""
    session = requests.Session()
    # A proxy for the outside world knows nothing of a service beside us.
    session.trust_env = False
    try:
        with session:
            answer = session.get(url + HEALTH, timeout=_TIMEOUTS, allow_redirects=False)
            said = answer.json()
    except requests.JSONDecodeError:
        return ServiceHealth(url, "no_health", f"HTTP {answer.status_code} without JSON")
    except requests.RequestException as error:
        return ServiceHealth(url, "unreachable", type(error).__name__)
    return _read(url, answer.status_code, said)


def _read(url: str, status: int, said: Any) -> ServiceHealth:
    if not isinstance(said, dict) or "database" not in said or "status" not in said:
        return ServiceHealth(url, "no_health", f"HTTP {status} without status and database")
    state: State = "ok" if said["status"] == "ok" else "degraded"
    if status == _UNAVAILABLE:
        state = "cannot_price"
    elif status != _OK:
        return ServiceHealth(url, "no_health", f"HTTP {status}")
    return ServiceHealth(
        url=url,
        state=state,
        found=f"HTTP {status}, {said['status']}, database {said['database']}",
        database=str(said["database"]),
        latency_ms=_number(said.get("query_latency_ms")),
        book_read_at=_moment(said.get("price_book_read_at")),
    )


def _number(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _reachable(host: str) -> str:
    """The host to ask: what listens on every address is asked on this machine's own."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"  # noqa: PLR2004
    return host if address.version == 4 else f"[{host}]"  # noqa: PLR2004
