"""How often one key may ask, and one address may fail to (draft-ietf-httpapi-ratelimit-headers).

Belongs here: counting and the words of the headers. Windows are fixed minutes that begin with a
key's first request. In memory: one process answers, and a restart forgives. Not the storage of the
library `limits`: that starts a thread every 10 ms under load and counts by a clock that is set.
"""

import ipaddress
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

WINDOW_SECONDS: Final = 60
LIMIT_PER_MINUTE: Final = 6000
# A plugin with a mistyped key asks for every product of a page; a guesser asks for ever.
REFUSALS_PER_MINUTE: Final = 60
# Beyond so many within a minute all further ones share one counter.
MAX_COUNTERS: Final = 10_000
_OTHERS: Final = "others"
_IPV6_SITE: Final = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after this request; `reset_seconds` until it is whole again."""

    limit: int
    remaining: int
    reset_seconds: int
    exceeded: bool

    def headers(self) -> list[tuple[str, str]]:
        """`RateLimit-Policy` and `RateLimit`, and `Retry-After` when nothing is left."""
        told = [
            ("RateLimit-Policy", f'"key";q={self.limit};w={WINDOW_SECONDS}'),
            ("RateLimit", f'"key";r={self.remaining};t={self.reset_seconds}'),
        ]
        if self.exceeded:
            told.append(("Retry-After", str(self.reset_seconds)))
        return told


@dataclass(slots=True)
class _Window:
    """One minute of one key or address."""

    ends: float
    spent: int = 0


class _Windows:
    """Counters, at most `most` of them and one for all the others."""

    def __init__(self, most: int, timer: Callable[[], float]) -> None:
        self._most = most
        self._timer = timer
        self._open: dict[str, _Window] = {}
        self._counting = threading.Lock()

    def count(self, who: str, limit: int) -> Allowance:
        """One more request."""
        with self._counting:
            now = self._timer()
            window = self._open.get(who)
            if window is None or now >= window.ends:
                window = self._begin(who, now)
            window.spent += 1
            spent, left = window.spent, window.ends - now
        return Allowance(limit, max(0, limit - spent), max(1, math.ceil(left)), spent > limit)

    def __len__(self) -> int:
        return len(self._open)

    def _begin(self, who: str, now: float) -> _Window:
        if len(self._open) >= self._most and who not in self._open:
            self._open = {name: each for name, each in self._open.items() if now < each.ends}
            if len(self._open) >= self._most:
                who = _OTHERS
                if who in self._open:
                    return self._open[who]
        found = self._open[who] = _Window(now + WINDOW_SECONDS)
        return found


class Limits:
    """Counts requests per key, and refused ones per address.

    Args:
        per_minute: requests of one key.
        own: other limits, by name of the key.
        refusals: requests without a valid key, of one address.
        timer: seconds of a clock that is never set.
    """

    def __init__(
        self,
        per_minute: int = LIMIT_PER_MINUTE,
        own: Mapping[str, int] | None = None,
        *,
        refusals: int = REFUSALS_PER_MINUTE,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
        self._own = dict(own or {})
        self._refusals = refusals
        self._keys = _Windows(MAX_COUNTERS, timer)
        self._addresses = _Windows(MAX_COUNTERS, timer)

    def spend(self, key_name: str) -> Allowance:
        """Count one request of a key."""
        return self._keys.count(key_name, self._own.get(key_name, self._per_minute))

    def refuse(self, address: str) -> Allowance:
        """Count one request without a valid key from an address."""
        return self._addresses.count(_network(address), self._refusals)

    def counters(self) -> int:
        """How many counters are held in memory."""
        return len(self._keys) + len(self._addresses)


def _network(address: str) -> str:
    """IPv6 by site: one customer of a provider has 2**64 addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_SITE), strict=False))
    return str(found)
