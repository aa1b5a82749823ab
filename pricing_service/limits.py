"""How often one key may ask, and one address may fail to (draft-ietf-httpapi-ratelimit-headers).

Belongs here: counting and the words of the headers. Windows are fixed minutes that begin with a
key's first request. In memory: one process answers, and a restart forgives.
"""

import ipaddress
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from limits.storage import MemoryStorage

WINDOW_SECONDS: Final = 60
LIMIT_PER_MINUTE: Final = 6000
# A plugin with a mistyped key asks for every product of a page; a guesser asks for ever.
REFUSALS_PER_MINUTE: Final = 60
# Beyond so many addresses within a minute all further ones share one counter.
MAX_ADDRESSES: Final = 10_000
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


class Limits:
    """Counts requests per key, and refused ones per address.

    Args:
        per_minute: requests of one key.
        own: other limits, by name of the key.
        refusals: requests without a valid key, of one address.
    """

    def __init__(
        self,
        per_minute: int = LIMIT_PER_MINUTE,
        own: Mapping[str, int] | None = None,
        *,
        refusals: int = REFUSALS_PER_MINUTE,
    ) -> None:
        self._per_minute = per_minute
        self._own = dict(own or {})
        self._refusals = refusals
        self._keys = MemoryStorage()
        self._addresses = MemoryStorage()

    def spend(self, key_name: str) -> Allowance:
        """Count one request of a key."""
        return self._count(self._keys, key_name, self._own.get(key_name, self._per_minute))

    def refuse(self, address: str) -> Allowance:
        """Count one request without a valid key from an address."""
        who = _network(address)
        if len(self._addresses.storage) >= MAX_ADDRESSES and who not in self._addresses.storage:
            who = "others"
        return self._count(self._addresses, who, self._refusals)

    def _count(self, storage: MemoryStorage, who: str, limit: int) -> Allowance:
        spent = storage.incr(who, WINDOW_SECONDS)
        left = storage.get_expiry(who) - time.time()
        if left > WINDOW_SECONDS:
            # The machine's clock was set back: the window would last for as long as it was.
            storage.clear(who)
            spent, left = storage.incr(who, WINDOW_SECONDS), WINDOW_SECONDS
        reset = max(1, math.ceil(left))
        return Allowance(limit, max(0, limit - spent), reset, spent > limit)


def _network(address: str) -> str:
    """IPv6 by site: one customer of a provider has 2**64 addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_SITE), strict=False))
    return str(found)
