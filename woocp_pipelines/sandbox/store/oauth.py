"""OAuth 1.0a as WooCommerce checks it over plain http: signature, age, nonce (WC §5).

Belongs here: the one-legged OAuth check. Does not: HTTP Basic and permissions (`auth.py`).
Used nonces are kept in memory only: after a restart a request of the last 15 minutes could be
replayed once, which a sandbox may forgive.
"""

import base64
import hashlib
import hmac
import re
from typing import Any, Final
from urllib.parse import quote, unquote

from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.keys import ApiKey

VALID_SECONDS: Final = 15 * 60
_NAMES: Final = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
_HASHES: Final = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_HEADER_FIELD: Final = re.compile(r'(oauth_[a-z_]+)="([^"]*)"')


class NonceBook:
    """Nonces seen per key, forgotten when their timestamps are too old to pass anyway."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], int] = {}

    def use(self, key: str, nonce: str, timestamp: int, now: int) -> bool:
        """Whether the nonce is new; it is used up from now on."""
        self._seen = {k: t for k, t in self._seen.items() if t >= now - VALID_SECONDS}
        if (key, nonce) in self._seen:
            return False
        self._seen[key, nonce] = timestamp
        return True


def oauth_parameters(query: Json, authorization: str) -> Json:
    """The request's parameters including those of an OAuth header; empty without OAuth.

    Raises:
        RestError: some but not all OAuth parameters are there. (From WooCommerce's source; not
            recorded.)
    """
    params = dict(query)
    if authorization.lower().startswith("oauth "):
        params.update({k: unquote(v) for k, v in _HEADER_FIELD.findall(authorization)})
    missing = [name for name in _NAMES if not params.get(name)]
    if len(missing) == len(_NAMES):
        return {}
    if missing:
        code = "woocommerce_rest_authentication_missing_parameter"
        raise RestError(401, code, f"Missing OAuth parameter {', '.join(missing)}")
    return params


def check_oauth(
    target: tuple[str, str],
    params: Json,
    keys: dict[str, ApiKey],
    nonces: NonceBook,
    now: int,
) -> ApiKey:
    """The key that signed a request; `target` is its method and its URL without query.

    Raises:
        RestError: 401 with the message that WooCommerce gives for what is wrong.
    """
    key = keys.get(params["oauth_consumer_key"])
    if key is None:
        raise unauthorized("Consumer key is invalid.")
    digest = _HASHES.get(params["oauth_signature_method"].upper())
    if digest is None:
        raise unauthorized("Invalid signature - signature method is invalid.")
    base = "&".join(_escape(part) for part in (*target, _joined(params)))
    secret = f"{key.consumer_secret}&".encode()
    expected = base64.b64encode(hmac.new(secret, base.encode(), digest).digest()).decode()
    if not hmac.compare_digest(expected, params["oauth_signature"].replace(" ", "+")):
        raise unauthorized("Invalid signature - provided signature does not match.")
    stamp = params["oauth_timestamp"]
    if not stamp.isdigit() or abs(now - int(stamp)) > VALID_SECONDS:
        raise unauthorized("Invalid timestamp.")
    if not nonces.use(key.consumer_key, params["oauth_nonce"], int(stamp), now):
        raise unauthorized("Invalid nonce - nonce has already been used.")
    return key


def unauthorized(message: str) -> RestError:
    """A login that was tried and failed."""
    return RestError(401, "woocommerce_rest_authentication_error", message)


def _joined(params: Json) -> str:
    # A list is signed as name[0]=…: PHP has numbered it, the client signed name[]=…, so that
    # array parameters never pass (http_oauth1_status_array).
    pairs: list[tuple[str, Any]] = []
    for name, value in params.items():
        if name in {"oauth_signature", "realm"}:
            continue
        rows = enumerate(value) if isinstance(value, list) else [("", value)]
        pairs += [(f"{name}[{at}]" if at != "" else name, row) for at, row in rows]
    escaped = sorted((_escape(name), _escape(str(value))) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in escaped)


def _escape(text: str) -> str:
    return quote(text, safe="~")
