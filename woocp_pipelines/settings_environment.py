"""What the environment says: addresses and secrets of one deployment.

Belongs here: the types. Does not: reading variables (settings_loading.py), business choices
(settings.py). Secrets are `SecretStr`: no repr, error or log shows them.
"""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy.engine import make_url

# What Dagster takes as a tag's value, too.
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME_LENGTH: Final = 40
# ODBC's own way of writing a connection: Database=…;
_ODBC_DATABASE: Final = re.compile(r"(?:^|;)\s*(?:database|initial catalog)\s*=\s*([^;]+)", re.I)
_SANDBOX: Final = "SANDBOX"


def _checked_name(name: str) -> str:
    if _NO_NAME.search(name) or len(name) > _NAME_LENGTH or name.upper() == _SANDBOX:
        raise ValueError(
            f"expected at most {_NAME_LENGTH} letters, digits, '-', '_' or '.', and not {_SANDBOX}"
        )
    return name


Name = Annotated[str, AfterValidator(_checked_name)]


class Connections(BaseModel):
    """Addresses and secrets of one deployment; `sandbox` when none were given."""

    model_config = ConfigDict(frozen=True)

    sandbox: bool
    home: Path
    database_url: SecretStr | None
    store_url: str | None = Field(repr=False)
    store_key: SecretStr | None
    store_secret: SecretStr | None
    # A WordPress user who may edit roles; without, roles are not written.
    wp_user: str | None = Field(default=None, repr=False)
    wp_app_password: SecretStr | None = None
    # As WOOCP_NAME says it.
    name: Name | None = None

    @property
    def installation(self) -> str:
        """What alerts and Dagster call this deployment: its name, or else its database's.

        A practice company and the real one are both real connections: only their names differ.
        """
        if self.sandbox:
            return _SANDBOX
        return self.name or _database_name(self.database_url)


def _database_name(url: SecretStr | None) -> str:
    """The name of the database, never more of its address."""
    if url is None:
        return "without-database"
    parts = make_url(url.get_secret_value())
    written = _ODBC_DATABASE.search(str(parts.query.get("odbc_connect", "")))
    found = written[1].strip("{} ") if written else parts.database or parts.host or ""
    if parts.get_backend_name() == "sqlite":
        found = Path(found).stem
    return _NO_NAME.sub("-", found).strip("-")[:_NAME_LENGTH] or "unnamed"


class PricingAccess(BaseModel):
    """Where the pricing service listens and who may ask: texts as the environment gave them."""

    model_config = ConfigDict(frozen=True)

    api_keys: SecretStr | None = None
    api_keys_file: Path | None = None
    host: str | None = None
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
