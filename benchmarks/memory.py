"""What a big catalogue costs in memory: the map, Counterpoint's figures, and comparing them.

The floor is the bare driver's rows of the same two readings, kept in lists.
"""

import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from benchmarks.measuring import seconds
from benchmarks.stock_rows import add_items, add_map, new_database, settings_of_store
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.product_map import read_product_map
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.inventory_figures import policy_of, read_figures
from woocp_pipelines.rules.clock import utc_now
from woocp_pipelines.rules.stock_policy import Comparison, compare_stock
from woocp_pipelines.woocommerce.client import StoreClient

_BARE: Final = (
    "SELECT * FROM USER_PRODUCT_MAP",
    (
        "SELECT i.ITEM_NO, i.ITEM_TYP, i.TRK_METH, i.STAT, i.IS_ECOMM_ITEM, i.STK_UNIT, "
        "sum(s.QTY_ON_HND), sum(s.QTY_COMMIT) FROM IM_ITEM i "
        "JOIN IM_INV s ON s.ITEM_NO = i.ITEM_NO "
        "WHERE s.LOC_ID = '01' GROUP BY 1, 2, 3, 4, 5, 6"
    ),
)
_MEGABYTE: Final = 1_000_000


def measure_memory(count: int) -> None:
    """Print peak and time of one comparison of so many items, all of them different."""
    with tempfile.TemporaryDirectory() as name, new_database(Path(name)) as engine:
        add_items(engine, count, 100)
        add_map(engine, count, 99)
        with StoreClient("http://127.0.0.1:9", "ck", "cs") as client:
            settings = settings_of_store("http://127.0.0.1:9")
            context = FlowContext(settings, engine, client, utc_now, "benchmark")
            ours = _peak(lambda: _compare(context, count))
            took, _ = seconds(lambda: _compare(context, count))
        floor = _peak(lambda: _read_bare(engine))
        bare, _ = seconds(lambda: _read_bare(engine))
    print(
        f"  {count} items read and compared, all different: peak {ours / _MEGABYTE:.0f} MB, "
        f"{ours / count:.0f} bytes an item, {took:.1f} s; {ours / floor:.1f}x the bare driver's "
        f"rows in lists ({floor / _MEGABYTE:.0f} MB), {took / bare:.1f}x their time ({bare:.1f} s)"
    )


def _compare(context: FlowContext, count: int) -> Comparison:
    with reading(context.engine) as connection:
        entries = read_product_map(connection, context.store_id)
    figures = read_figures(context, entries)
    found = compare_stock(entries.values(), figures, policy_of(context.settings.inventory))
    if len(found.changes) != count:
        raise ValueError(f"{len(found.changes)} changes, expected {count}")
    return found


def _read_bare(engine: Engine) -> list[list[tuple[object, ...]]]:
    connection = engine.raw_connection()
    cursor = connection.cursor()
    found = []
    for text in _BARE:
        cursor.execute(text)
        found.append([tuple(row) for row in cursor.fetchall()])
    connection.close()
    return found


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
