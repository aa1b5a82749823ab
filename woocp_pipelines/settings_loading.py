"""Reads the environment, `.env` and woocp.toml into Settings, or says what to correct.

Belongs here: where settings come from and what their errors say. An error names the setting, what
was read (never a secret) and what is allowed.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_alerts import (
    THIS_MACHINE,
    AlertAccess,
    AlertSettingsError,
    AlertVariables,
    read_alerts,
)
from woocp_pipelines.settings_environment import Connections, Name, PricingAccess

# The sandbox's own key pair: it opens nothing but the invented store on this machine.
SANDBOX_STORE_URL: Final = "http://127.0.0.1:8790"
SANDBOX_KEY: Final = "ck_sandbox"
SANDBOX_SECRET: Final = "cs_sandbox"  # noqa: S105
SANDBOX_WP_USER: Final = "admin"
SANDBOX_WP_APP_PASSWORD: Final = "sand boxs andb oxsa"  # noqa: S105
SANDBOX_CONFIG: Final = Path(__file__).parent / "sandbox" / "woocp.toml"

Need = Literal["database", "store"]

# Shapes of what must not be shown, whatever setting it was written into by mistake.
_SECRET: Final = re.compile(r"\bc[ks]_|://|(?=\S*\d)(?=\S*[A-Za-z])\S{16,}")
_MESSAGES: Final = {
    "extra_forbidden": "unknown setting; see woocp.example.toml for all there are",
    "missing": "required, but not set",
}


class SettingsError(Exception):
    """Settings that cannot be used; the text has one line for each thing to correct."""


class _Environment(AlertVariables):
    """The WOOCP_* variables; real ones win over `.env` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="WOOCP_",
        env_file=".env",
        # Editors of Windows put a mark before the first name.
        env_file_encoding="utf-8-sig",
        extra="ignore",
    )

    database_url: SecretStr | None = None
    store_url: str | None = None
    store_key: SecretStr | None = None
    store_secret: SecretStr | None = None
    wp_user: str | None = None
    wp_app_password: SecretStr | None = None
    name: Name | None = None
    config: Path | None = None
    home: Path = Path(".woocp")
    pricing_api_keys: SecretStr | None = None
    pricing_api_keys_file: Path | None = None
    pricing_host: str | None = None
    pricing_port: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _empty_is_not_set(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Dropped after real variables have won over `.env`: an empty one still wins."""
        return {name: value for name, value in given.items() if value != ""}


def sandbox_folder(home: Path) -> Path:
    """Where the embedded Counterpoint and store keep their files."""
    return home / "sandbox"


def load_settings(
    *, allow_sandbox: bool = False, force_sandbox: bool = False, need: Iterable[Need] = ()
) -> Settings:
    """Load and check all settings.

    Args:
        allow_sandbox: use the sandbox when no connection variable is set (demo, dev, Dagster).
        force_sandbox: use the sandbox whatever the environment says (`--sandbox`).
        need: connections without which the caller cannot work.

    Raises:
        SettingsError: something is missing, unknown or not allowed.
    """
    try:
        environment = _Environment()
    except ValidationError as error:
        raise SettingsError(_explain(error, "environment: WOOCP_", upper=True)) from None
    except UnicodeDecodeError:
        raise SettingsError(".env: not UTF-8 text; save it again as UTF-8") from None
    connections = _connections(environment, allow=allow_sandbox, force=force_sandbox)
    _require(connections, need)
    path = environment.config or (SANDBOX_CONFIG if connections.sandbox else Path("woocp.toml"))
    alerts = _alert_access(environment)
    access = _pricing_access(environment)
    return build_settings(_read_toml(path), connections, access, str(path), alerts)


def build_settings(
    business: dict[str, Any],
    connections: Connections,
    access: PricingAccess,
    source: str,
    alerts: AlertAccess | None = None,
) -> Settings:
    """Join the parts; the seam for tests, demo and sandbox.

    Raises:
        SettingsError: `business` has unknown or invalid settings.
    """
    taken = {"connections", "pricing_access", "alert_access"} & business.keys()
    if taken:
        raise SettingsError(f"{source}: unknown setting {sorted(taken)[0]}")
    try:
        told = alerts or AlertAccess()
        return Settings(
            **business, connections=connections, pricing_access=access, alert_access=told
        )
    except ValidationError as error:
        raise SettingsError(_explain(error, f"{source}: ")) from None


def sandbox_connections(home: Path, store_url: str | None = None) -> Connections:
    """Connections of the sandbox in `home`; the store's address is what `sandbox serve` noted."""
    folder = sandbox_folder(home).resolve()
    noted = folder / "store.url"
    address = store_url or (noted.read_text().strip() if noted.exists() else SANDBOX_STORE_URL)
    return Connections(
        sandbox=True,
        home=home,
        database_url=SecretStr(f"sqlite:///{(folder / 'counterpoint.db').as_posix()}"),
        store_url=address,
        store_key=SecretStr(SANDBOX_KEY),
        store_secret=SecretStr(SANDBOX_SECRET),
        wp_user=SANDBOX_WP_USER,
        wp_app_password=SecretStr(SANDBOX_WP_APP_PASSWORD),
    )


def _connections(environment: _Environment, *, allow: bool, force: bool) -> Connections:
    given = {
        "WOOCP_DATABASE_URL": environment.database_url,
        "WOOCP_STORE_URL": environment.store_url,
        "WOOCP_STORE_KEY": environment.store_key,
        "WOOCP_STORE_SECRET": environment.store_secret,
    }
    if force or (allow and not any(given.values())):
        return sandbox_connections(environment.home)
    _check_store_url(environment.store_url)
    _check_database_url(environment.database_url)
    store = [name for name in given if name.startswith("WOOCP_STORE")]
    missing = [name for name in store if not given[name]]
    if 0 < len(missing) < len(store):
        raise SettingsError(
            f"environment: {', '.join(missing)} not set although the store's other variables "
            "are; set all three or none"
        )
    _check_application_password(environment)
    return Connections(
        sandbox=False,
        home=environment.home,
        database_url=environment.database_url,
        store_url=environment.store_url,
        store_key=environment.store_key,
        store_secret=environment.store_secret,
        wp_user=environment.wp_user,
        wp_app_password=environment.wp_app_password,
        name=environment.name,
    )


def _check_store_url(url: str | None) -> None:
    """The value is not shown: what stands in it may be a key."""
    try:
        parts = urlsplit(url or "https://none")
        good = parts.scheme in {"http", "https"} and parts.hostname
        bare = not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        good = bare = False
    if not (good and bare):
        raise SettingsError(
            "environment: WOOCP_STORE_URL: expected http:// or https:// and a host, without user, "
            "password or query (found another text, not shown: it may hold a key)"
        )


def _check_application_password(environment: _Environment) -> None:
    user, password = environment.wp_user, environment.wp_app_password
    if bool(user) != bool(password):
        missing = "WOOCP_WP_APP_PASSWORD" if user else "WOOCP_WP_USER"
        raise SettingsError(
            f"environment: {missing} not set although its other half is; set both, or none to "
            "leave the roles of users alone"
        )
    if ":" in (user or ""):
        raise SettingsError("environment: WOOCP_WP_USER: the name of a user, without ':'")
    address = urlsplit(environment.store_url or "https://none")
    if password and address.scheme == "http" and address.hostname not in THIS_MACHINE:
        raise SettingsError(
            "environment: WOOCP_WP_APP_PASSWORD: is sent as it is, and WordPress takes it over "
            "https only; set WOOCP_STORE_URL to the store's https address"
        )


def _check_database_url(url: SecretStr | None) -> None:
    """SQLAlchemy would name what it takes for the port: the rest of a password with @ and :."""
    try:
        make_url(url.get_secret_value() if url else "sqlite://")
    except (ArgumentError, ValueError):
        raise SettingsError(
            "environment: WOOCP_DATABASE_URL: expected a SQLAlchemy URL, with @ : / of a password "
            "written as %40 %3A %2F (found another text, not shown: it may hold a password)"
        ) from None


def _require(connections: Connections, need: Iterable[Need]) -> None:
    wanted = set(need)
    missing = []
    if "database" in wanted and not connections.database_url:
        missing.append("WOOCP_DATABASE_URL")
    if "store" in wanted and not connections.store_url:
        missing += ["WOOCP_STORE_URL", "WOOCP_STORE_KEY", "WOOCP_STORE_SECRET"]
    if missing:
        said = f"{', '.join(missing)} not set; set {'them' if missing[1:] else 'it'}"
        raise SettingsError(
            f"environment: {said} (see .env.example) or add --sandbox to use the embedded default"
        )


def _pricing_access(environment: _Environment) -> PricingAccess:
    try:
        return PricingAccess(
            api_keys=environment.pricing_api_keys,
            api_keys_file=environment.pricing_api_keys_file,
            host=environment.pricing_host,
            port=environment.pricing_port,
        )
    except ValidationError as error:
        raise SettingsError(_explain(error, "environment: WOOCP_PRICING_", upper=True)) from None


def _alert_access(environment: _Environment) -> AlertAccess:
    try:
        return read_alerts(environment)
    except AlertSettingsError as error:
        raise SettingsError(f"environment: {error}") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: no such file; copy woocp.example.toml there or name yours in WOOCP_CONFIG"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None


def _explain(error: ValidationError, prefix: str, *, upper: bool = False) -> str:
    lines = []
    for item in error.errors(include_url=False):
        name = ".".join(str(part) for part in item["loc"] if part != "[key]")
        name = f"{name.upper() if upper else name}: " if name else ""
        message = _MESSAGES.get(item["type"], item["msg"].removeprefix("Value error, "))
        lines.append(f"{prefix}{name}{message}{_found(item)}")
    return "\n".join(lines)


def _found(item: Mapping[str, Any]) -> str:
    """What was read, where it says anything; an unknown setting may well be a misplaced secret."""
    value = item.get("input")
    if item["type"] in _MESSAGES:
        return ""
    if isinstance(value, dict | list | tuple):
        what = "a table" if isinstance(value, dict) else "a list"
        return f" (found {what})" if item["type"].endswith("_type") else ""
    if isinstance(value, str) and _SECRET.search(value):
        return f" (found a text of {len(value)} characters, not shown: it may be a secret)"
    return f" (found {value!s})" if isinstance(value, Decimal | date) else f" (found {value!r})"
