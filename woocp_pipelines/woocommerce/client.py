"""The HTTP client of a WooCommerce store.

Belongs here: sending one request, and repeating it where that is safe. Does not: what the paths
mean (orders.py, products.py, customers.py, stock.py). CP §3.11, WC §5.
"""

import logging
import threading
import time
from collections.abc import Callable
from copy import copy
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from woocp_pipelines.rules.clock import Clock, utc_now
from woocp_pipelines.woocommerce.answers import Answer, read_answer
from woocp_pipelines.woocommerce.errors import Call, OutcomeUnknown, StoreError
from woocp_pipelines.woocommerce.retries import asks_for_too_much, pause_seconds
from woocp_pipelines.woocommerce.transport import (
    Query,
    build_auth,
    build_basic_auth,
    build_scrub,
    build_session,
    honest_user_agent,
    read_store_url,
    transport_fault,
    write_query,
)

_log = logging.getLogger(__name__)
_API = "/wp-json/wc/v3/"
_CONNECT_SECONDS = 10.0
_IMPATIENT_SECONDS = 15.0


class StoreClient:
    """Sends requests to one store; safe to share between threads, each has its own session.

    Args:
        url: the store's address, such as https://shop.example, without /wp-json.
        key: consumer key; kept only inside the signing object, as is the secret.
        secret: consumer secret.
        as_user: key and secret are a WordPress user and an application password, for what
            consumer keys do not open (/wp-json/wp/v2/…); sent as they are, so over https only.
        user_agent: empty for an honest one; some hosts want another (CP §3.11).
        timeout_seconds: longest silence while an answer is awaited.
        attempts: how often a request that may be repeated is sent at most.
        sleep: waits between attempts; injected by tests.
        clock: the present moment, to read Retry-After dates by.
    """

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        as_user: bool = False,
        user_agent: str = "",
        timeout_seconds: float = 60.0,
        attempts: int = 5,
        sleep: Callable[[float], None] = time.sleep,
        clock: Clock = utc_now,
    ) -> None:
        if attempts < 1 or timeout_seconds <= 0:
            raise ValueError("attempts must be at least 1 and timeout_seconds above 0")
        self.url = read_store_url(url)
        self._auth = build_basic_auth(key, secret) if as_user else build_auth(self.url, key, secret)
        self._scrub = build_scrub(key, secret)
        self._user_agent = honest_user_agent(user_agent)
        self._timeouts = (min(_CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        self._attempts = attempts
        self._sleep = sleep
        self._clock = clock
        self._own = threading.local()
        # Weak: the session of a sender thread closes with its thread.
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"StoreClient({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def acting_as(self, user: str, app_password: str) -> "StoreClient":
        """A client of the same store and habits that is a WordPress user; close it by itself.

        Raises:
            ValueError: user or application password cannot be sent.
        """
        return StoreClient(
            self.url,
            user,
            app_password,
            as_user=True,
            user_agent=self._user_agent,
            timeout_seconds=self._timeouts[1],
            attempts=self._attempts,
            sleep=self._sleep,
            clock=self._clock,
        )

    def impatient(self) -> "StoreClient":
        """The same client, which asks once and waits a quarter of a minute; closed with this one.

        For looking whether the store is there, where nobody is served by patience.
        """
        hasty = copy(self)
        vars(hasty).update(_attempts=1, _timeouts=(_CONNECT_SECONDS, _IMPATIENT_SECONDS))
        return hasty

    def close(self) -> None:
        """Close every kept connection; the client can be used again afterwards."""
        with self._lock:
            for session in list(self._sessions):
                session.close()

    def get(self, path: str, params: Query | None = None) -> Answer:
        """Read; repeated whenever that may help.

        `path` is relative to wc/v3 (`orders/516`); one that starts with /wp-json/ is taken whole.

        Raises:
            StoreError: see errors.py; true for every method here.
        """
        return self._call("GET", path, params, None, repeatable=True)

    def post(
        self, path: str, body: Any, *, repeatable: bool = False, divisible: bool = False
    ) -> Answer:
        """Create, or write a batch.

        Args:
            path: as for `get`.
            body: sent as JSON.
            repeatable: the same request twice leaves the store as once would; absolute stock
                quantities do, a note does not.
            divisible: the caller halves the work on a time-out, 413, 500 or 504, so that the
                same size is not tried again.

        Raises:
            OutcomeUnknown: not repeatable, and it may have been done: look before you repeat.
        """
        return self._call("POST", path, None, body, repeatable=repeatable, divisible=divisible)

    def put(self, path: str, body: Any) -> Answer:
        """Set fields of one record by id; repeated, so send absolute values only."""
        return self._call("PUT", path, None, body, repeatable=True)

    def delete(self, path: str, params: Query | None = None) -> Answer:
        """Delete; never repeated blindly, since the second answer would hide the first.

        Raises:
            OutcomeUnknown: it may have been done: look before you repeat.
        """
        return self._call("DELETE", path, params, None, repeatable=False)

    def _call(
        self,
        method: str,
        path: str,
        params: Query | None,
        body: Any,
        *,
        repeatable: bool,
        divisible: bool = False,
    ) -> Answer:
        call = Call(method, path)

        def may_repeat(error: BaseException) -> bool:
            if not isinstance(error, StoreError) or not error.transient:
                return False
            if asks_for_too_much(error) or (divisible and error.may_be_too_big):
                return False
            return repeatable or not error.may_have_written

        retrying = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=pause_seconds,
            sleep=self._sleep,
            retry=retry_if_exception(may_repeat),
            before_sleep=_log_repeat,
            reraise=True,
        )
        try:
            return retrying(self._send, call, write_query(params), body)
        except StoreError as error:
            error.attempts = int(retrying.statistics["attempt_number"])
            if repeatable or not error.may_have_written:
                raise
            raise _unknown_outcome(error) from error

    def _send(self, call: Call, query: dict[str, str], body: Any) -> Answer:
        got = self._exchange(call, query, body)
        if isinstance(got, StoreError):
            # Raised here, outside the handler: no exception of `requests`, which holds the
            # signed request, stays in the chain.
            raise got
        with got:
            return read_answer(got, call, self._scrub, self._clock())

    def _exchange(
        self, call: Call, query: dict[str, str], body: Any
    ) -> requests.Response | StoreError:
        """Send once, signed anew; `requests` signs each request that it prepares (WC §5)."""
        try:
            return self._session().request(
                call.method,
                self._address(call.path),
                params=query,
                json=body,
                timeout=self._timeouts,
                allow_redirects=False,
            )
        except OSError as error:  # requests' own exceptions are OSErrors too
            return transport_fault(call, error)

    def _address(self, path: str) -> str:
        if path.startswith("/wp-json/"):
            return self.url + path
        return self.url + _API + path.lstrip("/")

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = build_session(self._auth, self._user_agent)
            self._own.session = session
            with self._lock:
                self._sessions.add(session)
        return session


def _unknown_outcome(error: StoreError) -> OutcomeUnknown:
    unknown = OutcomeUnknown(
        error.call,
        error.message,
        status=error.status,
        code=error.code,
        retry_after_seconds=error.retry_after_seconds,
        timed_out=error.timed_out,
        may_have_written=True,
    )
    unknown.attempts = error.attempts
    return unknown


def _log_repeat(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0.0
    _log.warning("repeating in %.1f s: %s", pause, error)
