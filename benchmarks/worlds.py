"""The shop that is measured: the tests' sandbox store, and a Counterpoint on either database.

Belongs here: making it, filling it with orders, setting it back so that the same orders can be
staged and booked again. The database in WOOCP_TEST_DATABASE_URL is never touched: one of our own
is made on that server and dropped.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, delete, update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.tables import METADATA, PS_STA_CFG_PS, USER_ORDER_STAGING
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines_tests.conftest import _server_database
from woocp_pipelines_tests.flows.test_documents_keys import seed_items
from woocp_pipelines_tests.order_world import Clock, D, OrderWorld, line, order_world, plain_order
from woocp_pipelines_tests.worked_example import seed_example

# Lines of the orders, in turn: most orders of a shop are short.
_LINES: Final = (1, 2, 1, 3, 1, 2, 5, 1, 3, 10)
_ITEMS: Final = 200
_FIRST_NUMBERS: Final = {"NXT_ORD_NO": "O109-000001", "NXT_TKT_NO": "109-000001"}


class RunningClock(Clock):
    """Time goes by while orders are booked, as in life: ids are made of it."""

    @property
    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    @now.setter
    def now(self, _: datetime) -> None:
        """It cannot be set."""


@contextmanager
def open_world(server: str | None) -> Iterator[OrderWorld]:
    """A fresh shop: on a file, or in a database of our own on a server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _database(server, folder) as url:
            engine = open_engine(url)
            create_vendor_tables(engine)
            upgrade(engine)
            seed_example(engine)
            with order_world(engine, folder) as world:
                seed_items(world, _ITEMS)
                world.clock = RunningClock()
                world.configure()
                yield world
            engine.dispose()


def add_orders(world: OrderWorld, count: int) -> None:
    """Paid orders of one known customer, of one to ten lines each."""
    for number in range(count):
        add_order(world, 1_000 + number, _LINES[number % len(_LINES)])


def add_order(world: OrderWorld, order_id: int, lines: int) -> None:
    """A paid order of so many taxed lines, each of another item."""
    goods = [line(n + 1, f"90-{n:05d}", 1, "1.00", "0.07") for n in range(lines)]
    rate = {"id": 5, "rate_id": 1, "rate_code": "A", "label": "Tax", "compound": False,
            "tax_total": f"{lines * D('0.07'):.2f}", "shipping_tax_total": "0.00"}  # fmt: skip
    world.order(order_id, **plain_order(goods, tax_lines=[rate]))


def unstage(engine: Engine) -> None:
    """As before the first pull."""
    _empty(engine, ("USER_ORDER_STAGING", "USER_ORDER_STAGING_LIN", "USER_SYNC_STATE"))


def unbook(engine: Engine, *, token: str | None = None) -> None:
    """As after the pull; with a token, as after its claim."""
    _empty(engine, ("USER_ORDER_KEY", "USER_STORE_OUTBOX", "PS_DOC_"))
    status = "CLAIMED" if token else "PENDING"
    with writing(engine) as connection:
        connection.execute(
            update(USER_ORDER_STAGING).values(STATUS=status, CLAIM_TOKEN=token, ATTEMPTS=0)
        )
        connection.execute(update(PS_STA_CFG_PS).values(_FIRST_NUMBERS))


def _empty(engine: Engine, prefixes: tuple[str, ...]) -> None:
    with writing(engine) as connection:
        for table in reversed(METADATA.sorted_tables):
            if table.name.startswith(prefixes):
                connection.execute(delete(table))


@contextmanager
def _database(server: str | None, folder: Path) -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{folder / 'counterpoint.db'}"
        return
    with _server_database(server) as url:
        yield url
