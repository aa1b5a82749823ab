"""The crash test's shop in one process, with a store that fails on demand and nobody who sleeps.

Belongs here: running the flows as schedules do, which go on after a failed run. Does not: which
faults there are (sandbox/store/faults.py).
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.sandbox.store import StoreServer, StoreState
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.crash.databases import LaneDatabase
from woocp_pipelines_tests.crash.ledger import Ledger, read_ledger
from woocp_pipelines_tests.customer_world import KEY, SECRET
from woocp_pipelines_tests.worked_example import example_settings

_FLOWS = (pull_orders, create_documents, notify_store)
# Longer than the first pauses of the outbox; the store's own clock stays where it is.
_A_WHILE = timedelta(hours=7)


class FaultyShop:
    """Both systems and the flows between them."""

    def __init__(self, database: str, state: StoreState, server: StoreServer) -> None:
        self.state = state
        self.server = server
        self.engine = open_engine(database)
        self.start = self.ledger()
        self.later = timedelta(0)
        self.pauses: list[float] = []
        self.store = StoreClient(
            server.url, KEY, SECRET, sleep=self.pauses.append, timeout_seconds=1, attempts=3
        )
        settings = example_settings(server.url)
        self._context = FlowContext(settings, self.engine, self.store, self.now, "fault-test")

    def now(self) -> datetime:
        """The flows' clock."""
        return datetime.now(UTC) + self.later

    def ledger(self) -> Ledger:
        """What both systems hold now."""
        return read_ledger(self.engine, self.state)

    def fault(self, kind: str, **options: Any) -> None:
        """Arm a fault."""
        self.server.faults.add(Fault(kind, **options))

    def run(self) -> list[StoreError]:
        """Pull, book and notify, each whatever became of the one before; what failed."""
        failures = []
        for flow in _FLOWS:
            try:
                flow(self._context)
            except StoreError as error:
                failures.append(error)
        return failures

    def run_after_the_faults(self) -> None:
        """One more run, when the store is well again and the pauses of messages are over."""
        self.server.faults.clear()
        self.later += _A_WHILE
        assert self.run() == []

    def hits(self) -> list[str]:
        """The faults that requests met, in their order."""
        return [row.fault for row in self.server.requests.rows() if row.fault]


@contextmanager
def open_faulty_shop(templates: Path, folder: Path, database: LaneDatabase) -> Iterator[FaultyShop]:
    """A fresh shop in `folder`, which is removed with it."""
    shutil.copytree(templates, folder)
    database.renew()
    state = StoreState.open(folder / "store.db")
    try:
        with StoreServer(state) as server:
            shop = FaultyShop(database.url, state, server)
            with shop.store:
                yield shop
            shop.engine.dispose()
    finally:
        state.close()
        shutil.rmtree(folder)
