"""Counterpoint with a big catalogue, quickly: items, stock, and what the map knows of products.

Belongs here: rows and settings. Does not: the store (stores.py), measuring.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from sqlite3 import connect
from typing import Any

from sqlalchemy import Engine, insert

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.sandbox.schema import create_vendor_tables, vendor_tables
from woocp_pipelines.settings import Settings
from woocp_pipelines_tests.customer_world import settings_for
from woocp_pipelines_tests.order_world import _is_needed, _something


@contextmanager
def new_database(folder: Path) -> Iterator[Engine]:
    """An empty Counterpoint in a file.

    One connection stays open: the last one to close a file writes its whole log back and waits
    for the disk, which no server does and which would be most of an idle run.
    """
    path = folder / "counterpoint.db"
    engine = open_engine(f"sqlite:///{path}")
    with closing(connect(path)) as keeper:
        create_vendor_tables(engine)
        upgrade(engine)
        keeper.execute("SELECT count(*) FROM IM_ITEM").fetchone()
        yield engine
    engine.dispose()


def settings_of_store(url: str, **inventory: Any) -> Settings:
    """Apply mode, and a breaker that lets everything change: that is what is measured."""
    open_breaker = {"breaker_change_share": 1, "breaker_zero_share": 1}
    return settings_for(url, inventory={**open_breaker, **inventory})


def add_items(engine: Engine, numbers: Sequence[str], quantity: int) -> None:
    """Web items with so many pieces each."""
    item = {"ITEM_TYP": "I", "STAT": "A", "STK_UNIT": "PK", "IS_ECOMM_ITEM": "Y", "DESCR": "-"}
    stock = {"LOC_ID": "01", "QTY_ON_HND": Decimal(quantity), "QTY_COMMIT": Decimal(0)}
    for name, values in (("IM_ITEM", item), ("IM_INV", stock)):
        table = vendor_tables()[name]
        needed = {column.name: _something(column) for column in table.columns if _is_needed(column)}
        rows = [{**needed, **values, "ITEM_NO": number} for number in numbers]
        with writing(engine) as connection:
            connection.execute(insert(table), rows)


def add_map(engine: Engine, numbers: Sequence[str], quantity: int) -> None:
    """What a first run would know of products that carry these items' numbers."""
    row = {"STORE_ID": "main", "SELL_UNIT": "0", "STORE_QTY": quantity, "IS_ACTIVE": True,
           "STORE_MANAGES_STOCK": True, "CREATED_BY": "woocp"}  # fmt: skip
    rows = [
        {**row, "SKU": number, "ITEM_NO": number, "WOO_PRODUCT_ID": product_id}
        for product_id, number in enumerate(numbers, 1)
    ]
    with writing(engine) as connection:
        connection.execute(insert(USER_PRODUCT_MAP), rows)
