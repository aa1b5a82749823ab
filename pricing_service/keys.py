"""API keys: how they are written, read, compared and exchanged while the service runs.

Belongs here: the keys themselves (design: WOOCP_PRICING_API_KEYS). Does not: what a request may
do with one (security.py). Keys are kept as digests only, so that no log, error or memory of the
application shows one.
"""

import hashlib
import hmac
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines.settings_loading import SettingsError

LOG: Final = logging.getLogger("pricing_service")
SCOPES: Final = frozenset({"price", "group", "explain", "metrics"})
BARE_SCOPES: Final = frozenset({"price", "group", "metrics"})
MIN_SECRET: Final = 16
# A key that was taken out of the file is refused after this many seconds at the latest.
LOOK_EVERY_SECONDS: Final = 3.0

# A '=' may only end a secret (base64 padding); elsewhere it would be a mistaken name.
_ENTRY: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9_.-]+)=)?(?P<secret>[^\s,:=]+={0,2})(?::(?P<scopes>[a-z+]+))?"
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key: its name for logs, the digest of its secret, what it may do."""

    name: str
    digest: bytes
    scopes: frozenset[str]


class FindsKeys(Protocol):
    """Where a request's secret is looked up."""

    def find(self, secret: str) -> ApiKey | None:
        """The key of that secret."""
        ...


class Keyring:
    """A fixed set of keys."""

    def __init__(self, keys: list[ApiKey]) -> None:
        self._keys = keys

    def find(self, secret: str) -> ApiKey | None:
        """The key of that secret, in a time that tells nothing about near misses."""
        digest = digest_of(secret)
        found = None
        for key in self._keys:
            # No early exit: how many keys were compared must not show in the time either.
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found


class KeyFile:
    """The keys of a file, read again when it changed: rotation without a restart.

    A file that became unreadable or malformed is logged and changes nothing: neither a typing
    error nor a file half written may lock the shop out. Half of an entry may well be one (without
    its scopes it has more of them), so a changed file must end with a line break to count.
    """

    def __init__(self, path: Path, timer: Callable[[], float] = time.monotonic) -> None:
        """Read the file.

        Raises:
            SettingsError: as `read_keys`.
        """
        self._path = path
        self._timer = timer
        self._reading = threading.Lock()
        self._seen = self._stamp()
        self._keyring = Keyring(_parse_all(_text(path)))
        self._looked_at = timer()

    def find(self, secret: str) -> ApiKey | None:
        """The key of that secret in the file as it was seconds ago."""
        if self._timer() - self._looked_at >= LOOK_EVERY_SECONDS:
            self._look()
        return self._keyring.find(secret)

    def _look(self) -> None:
        # Who comes while another request looks is answered by the keys known so far.
        if not self._reading.acquire(blocking=False):
            return
        try:
            self._looked_at = self._timer()
            stamp = self._stamp()
            if stamp == self._seen:
                return
            self._seen = stamp
            self._keyring = Keyring(_parse_all(_whole_text(self._path)))
            LOG.info("the keys were read again from %s", self._path)
        except SettingsError as error:
            LOG.warning("the keys in memory stay in force: %s", error)
        finally:
            self._reading.release()

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        # The inode, too: a file put in its place may have the same time and length.
        return status.st_mtime_ns, status.st_size, status.st_ino


def read_keys(access: PricingAccess) -> Keyring | KeyFile:
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
    if access.api_keys_file is not None:
        return KeyFile(access.api_keys_file)
    return Keyring(_parse_all(access.api_keys.get_secret_value() if access.api_keys else ""))


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"environment: WOOCP_PRICING_API_KEYS_FILE {path}: cannot be read "
            f"({type(error).__name__})"
        ) from None


def _whole_text(path: Path) -> str:
    text = _text(path)
    if not text.endswith("\n"):
        raise SettingsError(
            f"environment: WOOCP_PRICING_API_KEYS_FILE {path}: the last line has no line break and "
            "may be half written; end it with one"
        )
    return text


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
    return ApiKey(found["name"] or f"key {number}", digest_of(found["secret"]), scopes)
