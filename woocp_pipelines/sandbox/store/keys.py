"""API keys of the sandbox store: what a key may do. How a request proves a key: `auth.py`."""

from dataclasses import dataclass, field
from typing import Literal

Permissions = Literal["read", "write", "read_write"]
Role = Literal["administrator", "shop_manager", "customer"]


@dataclass(frozen=True)
class ApiKey:
    """A consumer key and its user's role. The secret stays out of every repr."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    permissions: Permissions = "read_write"
    role: Role = "administrator"

    @property
    def may_read(self) -> bool:
        """Whether GET and HEAD pass."""
        return self.permissions in {"read", "read_write"}

    @property
    def may_write(self) -> bool:
        """Whether POST, PUT, PATCH and DELETE pass."""
        return self.permissions in {"write", "read_write"}

    @property
    def manages_shop(self) -> bool:
        """Whether the user behind the key has the rights of a shop manager."""
        return self.role in {"administrator", "shop_manager"}
