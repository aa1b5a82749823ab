"""Who may ask: API keys with scopes (design: WOOCP_PRICING_API_KEYS).

Belongs here: reading keys, comparing them, guarding routes. Keys are kept as digests only, so
that no log, error or memory of the application shows one.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, Protocol, TypeVar

from flask import Request, abort, current_app, request

from woocp_pipelines.settings import PricingAccess
from woocp_pipelines.settings_loading import SettingsError

SCOPES: Final = frozenset({"price", "group", "explain", "metrics"})
BARE_SCOPES: Final = frozenset({"price", "group", "metrics"})
MIN_SECRET: Final = 16

# A '=' may only end a secret (base64 padding); elsewhere it would be a mistaken name.
_ENTRY: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9_.-]+)=)?(?P<secret>[^\s,:=]+={0,2})(?::(?P<scopes>[a-z+]+))?"
)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key: its name for logs, the digest of its secret, what it may do."""

    name: str
    digest: bytes
    scopes: frozenset[str]


class Keyring:
    """All keys of this service."""

    def __init__(self, keys: list[ApiKey]) -> None:
        self._keys = keys

    def find(self, secret: str) -> ApiKey | None:
        """The key of that secret, in a time that tells nothing about near misses."""
        digest = _digest(secret)
        found = None
        for key in self._keys:
            # No early exit: how many keys were compared must not show in the time either.
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found


def read_keys(access: PricingAccess) -> Keyring:
    """The keys of the environment or of the file it names.

    Raises:
        SettingsError: there is none, both sources are set, or an entry is malformed; the text
            names the entry by number, never its secret.
    """
    if access.api_keys is not None and access.api_keys_file is not None:
        raise SettingsError(
            "environment: WOOCP_PRICING_API_KEYS and WOOCP_PRICING_API_KEYS_FILE are both set; "
            "keep one"
        )
    text = access.api_keys.get_secret_value() if access.api_keys else ""
    if access.api_keys_file is not None:
        try:
            text = access.api_keys_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"environment: WOOCP_PRICING_API_KEYS_FILE {access.api_keys_file}: cannot be read "
                f"({type(error).__name__})"
            ) from None
    return Keyring(_parse_all(text))


def require(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard a route: 401 without a valid key, 403 with one that lacks the scope."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            holder: HoldsKeyring = current_app.extensions["pricing"]
            key = holder.keyring.find(_given_secret(request))
            if key is None:
                abort(401)
            if scope not in key.scopes:
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return guard


class HoldsKeyring(Protocol):
    """The part of the service's configuration that this module needs."""

    @property
    def keyring(self) -> Keyring:
        """Who may ask."""
        ...


def _given_secret(incoming: Request) -> str:
    header = incoming.headers.get("X-API-Key")
    if header is not None:
        return header.strip()
    kind, _, secret = incoming.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _parse_all(text: str) -> list[ApiKey]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = [part.strip() for line in lines for part in line.split(",") if part.strip()]
    if not entries:
        raise SettingsError(
            "environment: WOOCP_PRICING_API_KEYS is not set; the pricing service does not start "
            f"without a key of at least {MIN_SECRET} characters"
        )
    keys = [_parse(entry, number) for number, entry in enumerate(entries, start=1)]
    for what, values in (("secret", [k.digest for k in keys]), ("name", [k.name for k in keys])):
        if len(set(values)) != len(values):
            raise SettingsError(f"environment: WOOCP_PRICING_API_KEYS: the same {what} twice")
    return keys


def _parse(entry: str, number: int) -> ApiKey:
    where = f"environment: WOOCP_PRICING_API_KEYS: entry {number}"
    found = _ENTRY.fullmatch(entry)
    if found is None or not entry.isascii():
        raise SettingsError(f"{where}: expected [name=]secret[:scope+scope] in plain ASCII")
    if len(found["secret"]) < MIN_SECRET:
        raise SettingsError(f"{where}: the secret has fewer than {MIN_SECRET} characters")
    scopes = frozenset(found["scopes"].split("+")) if found["scopes"] else BARE_SCOPES
    if not scopes <= SCOPES:
        raise SettingsError(f"{where}: unknown scope; expected some of {sorted(SCOPES)}")
    return ApiKey(found["name"] or f"key {number}", _digest(found["secret"]), scopes)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
