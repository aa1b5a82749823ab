"""Who is asking: API keys by HTTP Basic, query string or OAuth, and what the key may do (WC §5).

Belongs here: statuses and codes of refused logins. Does not: OAuth's arithmetic (`oauth.py`).
Basic and query keys count over https only; over http they are ignored, as if not sent.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.keys import ApiKey
from woocp_pipelines.sandbox.store.oauth import (
    NonceBook,
    check_oauth,
    oauth_parameters,
    unauthorized,
)

_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Credentials:
    """What a request brought: scheme, URL without query, parameters, Authorization header."""

    secure: bool
    method: str
    url: str
    query: Json
    authorization: str


def authenticate(
    request: Credentials, keys: dict[str, ApiKey], nonces: NonceBook, now: int
) -> ApiKey | None:
    """The key behind a request; None for a stranger, which an unknown Basic key is too.

    Raises:
        RestError: 401 for a wrong secret, a failed signature, or rights that the key lacks.
    """
    key = _by_secret(request, keys) if request.secure else None
    if key is None:
        params = oauth_parameters(request.query, request.authorization)
        if not params:
            return None
        key = check_oauth((request.method, request.url), params, keys, nonces, now)
    if request.method in _READING and not key.may_read:
        raise unauthorized("The API key provided does not have read permissions.")
    if request.method not in {*_READING, "OPTIONS"} and not key.may_write:
        raise unauthorized("The API key provided does not have write permissions.")
    return key


def require_manager(key: ApiKey | None, method: str) -> None:
    """Refuse strangers with 401 and users without rights with 403 (WC §5).

    The recordings show reading only; the words for writing are WooCommerce's own.
    """
    if key is not None and key.manages_shop:
        return
    status = 401 if key is None else 403
    if method in _READING:
        raise RestError(status, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
    message = "Sorry, you are not allowed to edit this resource."
    raise RestError(status, "woocommerce_rest_cannot_edit", message)


def _by_secret(request: Credentials, keys: dict[str, ApiKey]) -> ApiKey | None:
    user, secret = basic_login(request.authorization)
    if not user:
        user = str(request.query.get("consumer_key", ""))
        secret = str(request.query.get("consumer_secret", ""))
    key = keys.get(user)
    if key is None:
        return None
    if not hmac.compare_digest(key.consumer_secret.encode(), secret.encode()):
        raise unauthorized("Consumer secret is invalid.")
    return key


def basic_login(header: str) -> tuple[str, str]:
    """User and password of an Authorization header; empty texts when it is of another kind."""
    if not header.lower().startswith("basic "):
        return "", ""
    try:
        text = base64.b64decode(header[6:], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, secret = text.partition(":")
    return user, secret
