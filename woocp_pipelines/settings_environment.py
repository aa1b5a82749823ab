"""What the environment says: addresses and secrets of one deployment.

Belongs here: the types. Does not: reading variables (settings_loading.py), business choices
(settings.py). Secrets are `SecretStr`: no repr, error or log shows them.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


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


class PricingAccess(BaseModel):
    """Where the pricing service listens and who may ask: texts as the environment gave them."""

    model_config = ConfigDict(frozen=True)

    api_keys: SecretStr | None = None
    api_keys_file: Path | None = None
    host: str | None = None
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
