"""The inventory sync against its floors: few, many and all quantities changed, and none.

The floor of a push is the same batches, sent by a bare loop of signed requests with as many
threads to the same store; of an idle run, its two requests. The store's own work is in both, so
the ratio is small where the store is slow; the processor's seconds are of this process alone and
say what we cost.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from sqlalchemy import Engine, event, update

from benchmarks.measuring import in_turns
from benchmarks.stock_rows import add_items, new_database, settings_of_store
from benchmarks.stores import KEY, SECRET, BigStore, big_store, fill_products
from benchmarks.table import Compared
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.tables import IM_INV
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.woocommerce.client import StoreClient

SHARES: Final = (0.01, 0.1, 1.0)
_BATCH: Final = 50
_SENDERS: Final = 2
_START: Final = 100
_IDLE_REQUESTS: Final = 2


class Stock:
    """A catalogue in both systems, equal at first."""

    def __init__(self, context: FlowContext, store: BigStore) -> None:
        self.context, self.store = context, store
        self.quantity = _START
        self.skus: list[str] = []

    def sync(self) -> FlowReport:
        """One run."""
        return sync_inventory(self.context)

    def settle(self) -> None:
        """Runs until one is idle: the next one looks again at what the store changed last."""
        made = 0
        while made != _IDLE_REQUESTS:
            self.store.forget_requests()
            _expect(self.sync().written, 0)
            made = self.store.requests_made()

    def change(self, share: float) -> dict[str, int]:
        """Give a share of the items, spread over all, another quantity in Counterpoint."""
        known = sorted(self.store.products)
        # Drawn, the same ones each time: every tenth would be the variations alone.
        self.skus = Random(share).sample(known, round(len(known) * share))
        self.quantity += 1
        with writing(self.context.engine) as connection:
            for part in chunks(self.skus, 1000):
                where = IM_INV.c.ITEM_NO.in_(part)
                connection.execute(
                    update(IM_INV).where(where).values(QTY_ON_HND=Decimal(self.quantity))
                )
        return dict.fromkeys(self.skus, self.quantity)


@contextmanager
def stock_of(count: int) -> Iterator[Stock]:
    """A shop with so many products, one in ten a variation, whose mirror is up to date."""
    with (
        tempfile.TemporaryDirectory() as name,
        big_store(Path(name), fill_products, count) as store,
        new_database(Path(name)) as engine,
    ):
        add_items(engine, count, _START)
        settings = settings_of_store(store.url, batch_size=_BATCH, senders=_SENDERS)
        with StoreClient(store.url, KEY, SECRET, timeout_seconds=120) as client:
            stock = Stock(FlowContext(settings, engine, client, utc_now, "benchmark"), store)
            _expect(stock.sync().read, count)
            yield stock


def measure_inventory(count: int, rounds: int) -> list[Compared]:
    """Rows of the table: a push of each share, and an idle run."""
    with stock_of(count) as stock:
        # All of them take as long as many smaller pushes: once is enough.
        rows = [_push(stock, share, 1 if share == 1 else rounds) for share in SHARES]
        stock.settle()
        return [_idle(stock, rounds), *rows]


def _push(stock: Stock, share: float, rounds: int) -> Compared:
    wanted: dict[str, int] = {}
    counted: list[int] = []

    def prepare() -> None:
        stock.settle()
        wanted.clear()
        wanted.update(stock.change(share))
        stock.store.forget_requests()

    def ours() -> None:
        _expect(stock.sync().written, len(wanted))

    def bare() -> None:
        # It repeats what is there: the store has no shortcut for that (WC timings).
        stock.store.write(wanted, batch_size=_BATCH, senders=_SENDERS)

    def count() -> None:
        counted.append(stock.store.requests_made())

    measured, floor = in_turns(rounds, [(prepare, ours), (count, bare)])
    what = f"{len(wanted)} of {len(stock.store.products)} quantities changed"
    return Compared(what, counted[-1], measured, "the same batches, bare", floor)


def _idle(stock: Stock, rounds: int) -> Compared:
    quiet = "2100-01-01T00:00:00"
    paths = [
        (path, {"modified_after": quiet, "dates_are_gmt": "true", "per_page": 100})
        for path in ("orders", "products")
    ]
    statements = _count_stock_statements(stock)

    def nothing() -> None:
        """An idle run needs nothing made ready."""

    works = [(nothing, stock.sync), (nothing, lambda: stock.store.ask(paths))]
    measured, floor = in_turns(rounds, works)
    what = f"idle run of {len(stock.store.products)} products, {statements} query of stock"
    return Compared(what, _IDLE_REQUESTS, measured, "two empty requests, bare", floor)


def _count_stock_statements(stock: Stock) -> int:
    engine: Engine = stock.context.engine
    seen: list[str] = []

    def note(*given: object) -> None:
        seen.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", note)
    stock.sync()
    event.remove(engine, "before_cursor_execute", note)
    return sum("IM_INV" in text.replace('"', "") for text in seen)


def _expect(found: int, wanted: int) -> None:
    """A round that does nothing would be the quickest of all."""
    if found != wanted:
        raise ValueError(f"{found} products, expected {wanted}")
