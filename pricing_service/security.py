"""Who may ask: guards of routes.

Belongs here: from the headers of a request to a key with the right scope, within its limit.
Does not: what keys are (keys.py), how requests are counted (limits.py).
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, NoReturn, ParamSpec, TypeVar

from flask import abort, request
from werkzeug.exceptions import TooManyRequests

from pricing_service.config import service
from pricing_service.keys import ApiKey
from pricing_service.limits import Allowance
from pricing_service.notes import notes, notes_of

P = ParamSpec("P")
R = TypeVar("R")
RATE_LIMITED: Final = "Rate limit exceeded"


class RateLimitedError(TooManyRequests):
    """429 in the words of CP §5.8; the headers are put on by edge.py."""

    @property
    def name(self) -> str:
        """What the answer says."""
        return RATE_LIMITED


def require(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a route: 401 without a valid key, 403 with one that lacks the scope, 429 past a limit.

    A key is looked at before anything else of the request.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            admit(scope)
            return view(*args, **kwargs)

        return guarded

    return guard


def admit(scope: str) -> ApiKey:
    """The key of this request, counted against its limit; else the request ends here."""
    config = service()
    # Looked up once: each access to Flask's `request` costs as much as counting the request.
    environ = request.environ
    noted = notes_of(environ)
    key = config.keyring.find(_given_secret(environ))
    if key is None:
        # Only refusals are counted by address. A valid key is never locked out by them: behind a
        # proxy or a firewall the shop shares its address with whoever fails.
        allowance = config.limits.refuse(request.remote_addr or "")
        if not allowance.exceeded:
            abort(401)
        _stop(allowance, "rate_limit_address")
    noted.key = key.name
    noted.scopes = key.scopes
    noted.allowance = allowance = config.limits.spend(key.name)
    if allowance.exceeded:
        _stop(allowance, "rate_limit_key")
    if scope not in key.scopes:
        abort(403)
    return key


def key_may(scope: str) -> bool:
    """Whether the key that this request was admitted with has that scope, too."""
    return scope in notes().scopes


def _stop(allowance: Allowance, reason: str) -> NoReturn:
    noted = notes()
    noted.allowance = allowance
    noted.refused = reason
    raise RateLimitedError


def _given_secret(environ: Mapping[str, Any]) -> str:
    header = environ.get("HTTP_X_API_KEY")
    if header is not None:
        return str(header).strip()
    kind, _, secret = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""
