"""The wire: addresses, authentication, sessions, and what a broken connection means.

Belongs here: everything that knows `requests`. Does not: reading an answer (answers.py) or
repeating (client.py). WC §5, CP §3.11.
"""

import base64
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256
from requests.auth import AuthBase, HTTPBasicAuth
from requests_oauthlib import OAuth1
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from woocp_pipelines.woocommerce.errors import Call, NotReachable, StoreError, StoreUnavailable

Query = Mapping[str, str | int | bool | Sequence[str | int]]
Scrub = Callable[[str], str]

# These two write consumer key, signature and headers to the log at DEBUG level.
for _talkative in ("requests_oauthlib.oauth1_auth", "oauthlib.oauth1.rfc5849"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)

_KEY_SHAPED = re.compile(r"\bc[ks]_[0-9A-Za-z]{8,}")
_NEVER_CONNECTED = (NewConnectionError, ConnectTimeoutError, ProxyError)


def read_store_url(url: str) -> str:
    """Check a store's address and cut its trailing slash.

    Raises:
        ValueError: no http(s) address, or one with credentials, a query, or /wp-json in it.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the store URL must start with http:// or https:// and name a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        # The value is not shown: what stands there may be a key.
        raise ValueError("the store URL must hold neither credentials, a query nor a fragment")
    if "/wp-json" in parts.path:
        raise ValueError(f"the store URL must end before /wp-json, found path {parts.path!r}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def build_auth(url: str, key: str, secret: str) -> AuthBase:
    """Basic over https; over http OAuth 1.0a, which WooCommerce demands there (WC §5).

    The signature goes into the header, since keys in a query are echoed in Link and access logs.

    Raises:
        ValueError: key or secret is empty or holds a character that no key has; not shown.
    """
    for name, value in (("key", key), ("secret", secret)):
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError(f"the store {name} is empty or holds a blank or non-ASCII character")
    if url.startswith("https://"):
        return HTTPBasicAuth(key, secret)
    return OAuth1(key, client_secret=secret, signature_method=SIGNATURE_HMAC_SHA256)


def build_basic_auth(user: str, password: str) -> AuthBase:
    """WordPress's own login: a user and one of the user's application passwords.

    Raises:
        ValueError: one is empty or cannot stand in a header; not shown.
    """
    for name, value in (("user", user), ("application password", password)):
        if not value or not value.isascii() or not value.isprintable():
            raise ValueError(f"the WordPress {name} is empty or holds a non-ASCII character")
    if ":" in user:
        raise ValueError("the WordPress user must not hold ':'")
    return HTTPBasicAuth(user, password)


def build_scrub(key: str, secret: str) -> Scrub:
    """A function that blanks key and secret in a text that the store or a proxy sent back."""
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()

    def scrub(text: str) -> str:
        for hidden in (basic, secret, key):
            text = text.replace(hidden, "***")
        return _KEY_SHAPED.sub("***", text)

    return scrub


def build_session(auth: AuthBase, user_agent: str) -> requests.Session:
    """One keep-alive session; proxies and REQUESTS_CA_BUNDLE come from the environment."""
    session = requests.Session()
    session.auth = auth
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
    return session


def honest_user_agent(wanted: str) -> str:
    """The configured User-Agent, or one that says who asks.

    Raises:
        ValueError: the configured one cannot stand in a header.
    """
    if not wanted.isascii() or (wanted and not wanted.isprintable()):
        raise ValueError(f"user_agent must be printable ASCII, found {wanted!r}")
    try:
        own_version = version("woocp")
    except PackageNotFoundError:  # run from a source tree that is not installed
        own_version = "dev"
    return wanted or f"woocp/{own_version} python-requests/{requests.__version__}"


def write_query(params: Query | None) -> dict[str, str]:
    """Query values as WooCommerce reads them: true/false in words, lists with commas.

    `name[]=` lists break the OAuth signature (WC §5).
    """
    return {name: _query_text(value) for name, value in (params or {}).items()}


def _query_text(value: str | int | bool | Sequence[str | int]) -> str:  # noqa: FBT001 - a value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return ",".join(str(part) for part in value)


def transport_fault(call: Call, error: OSError) -> StoreError:
    """Name what broke, by type only: the texts of `requests` carry the URL with its query."""
    if not isinstance(error, requests.RequestException):
        # `requests` reports a missing certificate bundle by a plain OSError that names the file.
        return NotReachable(call, f"the request could not be made: {error}.")
    root = _root(error)
    kind = type(root).__name__
    if isinstance(error, requests.exceptions.SSLError):
        return NotReachable(call, f"no trusted https connection ({kind}).")
    if isinstance(error, requests.exceptions.ReadTimeout) or isinstance(root, TimeoutError):
        connected = not isinstance(_reason(error), _NEVER_CONNECTED)
        text = "no answer within the time-out." if connected else "no connection in time."
        return StoreUnavailable(call, text, timed_out=connected, may_have_written=connected)
    if isinstance(_reason(error), _NEVER_CONNECTED):
        return StoreUnavailable(call, f"no connection to the store ({kind}).")
    if isinstance(error, _BROKEN_ON_THE_WAY):
        text = f"the connection broke before the whole answer came ({kind})."
        return StoreUnavailable(call, text, may_have_written=True)
    return NotReachable(call, f"the request could not be made ({kind}).")


_BROKEN_ON_THE_WAY = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def _reason(error: requests.RequestException) -> object:
    """What urllib3 gave up for: `requests` wraps its MaxRetryError."""
    inner = error.args[0] if error.args else error
    return getattr(inner, "reason", None) or inner


def _root(error: BaseException) -> BaseException:
    """The innermost cause; its class name says most and holds no text from the request."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error
