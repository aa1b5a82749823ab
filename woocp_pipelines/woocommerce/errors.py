"""What can go wrong between us and the store, by type.

Belongs here: the exception classes and how they read. Does not: deciding which HTTP answer becomes
which error (answers.py, transport.py), nor whether a request is repeated (client.py).
"""

# ruff: noqa: N818 - the names say what happened (NotFound), `except` lines read better so

import re
from dataclasses import dataclass
from typing import ClassVar

_UP_TO_LAST_ID = re.compile(r".*/\d+(?=/|$)")
_SPLITTABLE_STATUS = frozenset({413, 500, 504, 524})


@dataclass(frozen=True, slots=True)
class Call:
    """One request as people may see it: method and path, never the query or a header."""

    method: str
    path: str

    @property
    def record(self) -> str:
        """The record that the path names, such as `orders/516`; empty for a collection."""
        found = _UP_TO_LAST_ID.match(self.path)
        return found.group() if found else ""


class StoreError(Exception):
    """A request that did not give what was asked for.

    Attributes:
        call: method and path. `method`, `path` and `record` are read from it.
        status: HTTP status, None when no answer came.
        code: WooCommerce's error code, empty when the answer had none.
        message: the store's own words, HTML entities decoded, or ours when it had none.
        retry_after_seconds: how long the store asked us to stay away.
        timed_out: no complete answer within the time-out; the server may still be working.
        may_have_written: a write may have been done, though no proof of it arrived.
        attempts: how often the request was sent.
    """

    next_step: ClassVar[str] = "see the message"
    _transient: ClassVar[bool] = False

    def __init__(
        self,
        call: Call,
        message: str,
        *,
        status: int | None = None,
        code: str = "",
        retry_after_seconds: float | None = None,
        timed_out: bool = False,
        may_have_written: bool = False,
    ) -> None:
        super().__init__(message)
        self.call = call
        self.message = message
        self.status = status
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        self.timed_out = timed_out
        self.may_have_written = may_have_written
        self.attempts = 1

    def __str__(self) -> str:
        return f"{self.reason} Next step: {self.next_step}."

    @property
    def reason(self) -> str:
        """What happened, without what to do: for those who know the next step better."""
        head = " ".join(
            str(part) for part in (self.method, self.path, self.status, self.code) if part
        )
        tries = f" ({self.attempts} attempts)" if self.attempts > 1 else ""
        return f"{head}: {self.message}{tries}"

    @property
    def method(self) -> str:
        """HTTP method of the request."""
        return self.call.method

    @property
    def path(self) -> str:
        """Path of the request, without its query."""
        return self.call.path

    @property
    def record(self) -> str:
        """The record concerned, such as `orders/516`, or empty."""
        return self.call.record

    @property
    def transient(self) -> bool:
        """True when the same request may pass later."""
        return self._transient

    @property
    def may_be_too_big(self) -> bool:
        """True when the same work in smaller requests could pass (WC §3.3, §5)."""
        return self.timed_out or self.status in _SPLITTABLE_STATUS


class AuthenticationFailed(StoreError):
    """401 or 403: the key is unknown, wrong, lacks a right, or did not arrive (WC §5)."""

    next_step = (
        "check WOOCP_STORE_KEY and WOOCP_STORE_SECRET, that the key may read and write, that its "
        "user manages the shop, and that the host passes the Authorization header on"
    )


class NotFound(StoreError):
    """The store knows no such record; on PUT it says so with 400 …_invalid_id (WC §2)."""

    next_step = "check whether the record was deleted in the store"


class Refused(StoreError):
    """The store understood and said no; the same request would be refused again."""

    next_step = "correct what the message names; repeating the request changes nothing"


class Redirected(StoreError):
    """The address answers from elsewhere; following would drop the signature or the body."""

    next_step = "set WOOCP_STORE_URL to the address that the store itself uses"


class StoreUnavailable(StoreError):
    """No usable answer, also after repeating: the store is down, busy, or not reachable."""

    next_step = "wait and run again; if it stays so, ask the store's host"
    _transient = True


class NotReachable(StoreError):
    """The connection cannot be made and will not be by repeating, such as a bad certificate."""

    next_step = "check WOOCP_STORE_URL; for a private certificate set REQUESTS_CA_BUNDLE"


class NotJson(StoreError):
    """An answer that is HTML, empty, or cut off where JSON was due."""

    next_step = (
        "open the store's /wp-json/ in a browser: a plugin, a firewall page, a cache or a wrong "
        "WOOCP_STORE_URL stands between"
    )

    @property
    def transient(self) -> bool:
        """A success with a broken body is a fault on the way; an HTML 4xx is there to stay."""
        return self.status is None or self.status < 300  # noqa: PLR2004


class UnexpectedAnswer(StoreError):
    """Valid JSON of another shape than WooCommerce's; read no further, guess nothing."""

    next_step = "find the plugin that changes the REST API, or report the answer to woocp"


class OutcomeUnknown(StoreError):
    """A write that may or may not have been done. Look in the store before repeating it (WC §5)."""

    next_step = "look in the store whether it was done before repeating it"
    _transient = True
