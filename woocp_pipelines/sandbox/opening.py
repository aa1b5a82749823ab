"""Opens the sandbox in a folder: a seeded Counterpoint, a seeded store, and settings for both.

Belongs here: files, reuse, reset, the store's server. Does not: what the data is (seeding.py).
A sandbox keeps what was done to it until it is reset; a half-written one is written anew.
"""

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import SecretStr
from sqlalchemy import Engine

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.sandbox.retailer.catalogue import DEFAULT_ITEMS, DEFAULT_SEED
from woocp_pipelines.sandbox.retailer.expectations import Expected, expected_of
from woocp_pipelines.sandbox.retailer.web_shop import Retailer, build_retailer
from woocp_pipelines.sandbox.seeding import seed_counterpoint, seed_store
from woocp_pipelines.sandbox.store import (
    ApiKey,
    StoreServer,
    StoreState,
    add_application_password,
)
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines.settings_loading import (
    SANDBOX_CONFIG,
    SANDBOX_KEY,
    SANDBOX_SECRET,
    SANDBOX_WP_APP_PASSWORD,
    SANDBOX_WP_USER,
    build_settings,
    sandbox_connections,
    sandbox_folder,
)

# Opens nothing but the pricing service of a sandbox on this machine.
SANDBOX_PRICING_KEY: Final = "sandbox-pricing-key"
DATABASE_FILE: Final = "counterpoint.db"
STORE_FILE: Final = "store.db"
URL_FILE: Final = "store.url"
# Written last, so that a sandbox without it is known to be incomplete; holds the data's version.
_SEEDED_FILE: Final = "seeded"
_VERSION: Final = "5"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """An open sandbox; use it as a context manager or `close` it."""

    home: Path
    folder: Path
    engine: Engine
    state: StoreState
    retailer: Retailer

    @property
    def settings(self) -> Settings:
        """The sandbox's settings, with the address of the store as it is noted now."""
        business = tomllib.loads(SANDBOX_CONFIG.read_text("utf-8"), parse_float=Decimal)
        access = PricingAccess(api_keys=SecretStr(f"sandbox={SANDBOX_PRICING_KEY}"))
        connections = sandbox_connections(self.home)
        return build_settings(business, connections, access, str(SANDBOX_CONFIG))

    @property
    def expected(self) -> Expected:
        """What must come out when all syncs have run over the fresh sandbox."""
        return expected_of(self.retailer)

    @contextmanager
    def start_store(self, port: int = 0) -> Iterator[str]:
        """Serve the store; gives its URL and notes it for other processes while it runs.

        Args:
            port: 0 picks a free one.
        """
        with StoreServer(self.state, port=port) as server:
            noted = self.folder / URL_FILE
            noted.write_text(server.url, encoding="utf-8")
            try:
                yield server.url
            finally:
                noted.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the files; the data stays."""
        self.state.close()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_sandbox(
    home: Path, *, reset: bool = False, items: int | None = None, seed: int | None = None
) -> Sandbox:
    """Open the sandbox in `home`, seeding it when it is new, incomplete, or to be reset.

    An existing one is opened as it is, unless it was made with another `items` or `seed` than
    are asked for: then it is made anew.

    Args:
        home: WOOCP_HOME.
        reset: make it anew in any case.
        items: size of the catalogue; None is that of the existing one, else the usual one.
        seed: what stock is drawn from; None as for `items`.

    Raises:
        ValueError: fewer items than the seeded orders need.
    """
    folder = sandbox_folder(home)
    found = None if reset else _made_with(folder)
    old_items, old_seed = found or (DEFAULT_ITEMS, DEFAULT_SEED)
    items = old_items if items is None else items
    seed = old_seed if seed is None else seed
    retailer = build_retailer(items=items, seed=seed)
    if found != (items, seed):
        _make_empty(folder)
        sandbox = _open(home, folder, retailer)
        _seed(sandbox, items, seed)
        mark = f"{_VERSION} {items} {seed}"
        (folder / _SEEDED_FILE).write_text(mark, encoding="utf-8")
        return sandbox
    return _open(home, folder, retailer)


def is_seeded(home: Path) -> bool:
    """Whether there is a complete sandbox of this version in `home`."""
    return _made_with(sandbox_folder(home)) is not None


def _made_with(folder: Path) -> tuple[int, int] | None:
    """Items and seed of the sandbox in the folder; None when there is none to go on with."""
    mark = folder / _SEEDED_FILE
    version, *numbers = mark.read_text("utf-8").split() if mark.exists() else [""]
    if version != _VERSION:
        return None
    items, seed = numbers
    return int(items), int(seed)


def _make_empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _open(home: Path, folder: Path, retailer: Retailer) -> Sandbox:
    connections = sandbox_connections(home)
    if connections.database_url is None:
        raise AssertionError("sandbox connections always have a database")
    engine = open_engine(connections.database_url.get_secret_value())
    return Sandbox(home, folder, engine, StoreState.open(folder / STORE_FILE), retailer)


def _seed(sandbox: Sandbox, items: int, seed: int) -> None:
    seed_counterpoint(sandbox.engine, items=items, seed=seed)
    seed_store(sandbox.state, sandbox.retailer)
    sandbox.state.add_key(ApiKey(SANDBOX_KEY, SANDBOX_SECRET))
    add_application_password(sandbox.state, SANDBOX_WP_USER, SANDBOX_WP_APP_PASSWORD)
