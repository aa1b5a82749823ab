"""The customer sync against the bare reading of the store's list: a first run and an idle one."""

import tempfile
from pathlib import Path

from benchmarks.measuring import in_turns
from benchmarks.statements import watched
from benchmarks.stock_rows import new_database
from benchmarks.stores import KEY, SECRET, big_store, fill_customers
from benchmarks.table import Compared
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.customer_world import seed_codes, settings_for

_FLOOR = "the list's pages, bare"


def measure_customers(count: int, rounds: int) -> list[Compared]:
    """Rows of the table; the first run is measured once, since there is only one."""
    with (
        tempfile.TemporaryDirectory() as name,
        big_store(Path(name), fill_customers, count) as store,
        new_database(Path(name)) as engine,
    ):
        seed_codes(engine)
        with StoreClient(store.url, KEY, SECRET, timeout_seconds=120) as client:
            context = FlowContext(settings_for(store.url), engine, client, utc_now, "benchmark")

            def read_list() -> None:
                store.read_pages("customers", role="all", orderby="id", order="asc")

            def first() -> None:
                _expect(sync_customers(context).created, count)

            def idle() -> None:
                _expect(sync_customers(context).unchanged, count)

            counted: list[int] = []

            def count_requests() -> None:
                counted.append(store.requests_made())

            forget = store.forget_requests
            with watched(engine) as seen:
                begun, floor = in_turns(1, [(forget, first), (count_requests, read_list)])
            each = sum(len(transaction.statements) for transaction in seen) / count
            ours, idle_floor = in_turns(rounds, [(forget, idle), (count_requests, read_list)])
    return [
        Compared(
            f"first run of {count} customers, {each:.1f} statements each",
            counted[0],
            begun,
            _FLOOR,
            floor,
        ),
        Compared(f"idle run of {count} customers", counted[-1], ours, _FLOOR, idle_floor),
    ]


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise ValueError(f"{found} customers, expected {wanted}")
