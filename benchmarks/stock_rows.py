"""Counterpoint with a big catalogue, quickly: items, stock, and what the map knows of products.

Belongs here: rows and settings. Does not: the store (stores.py), measuring.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from sqlite3 import connect
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Engine, Table, bindparam, func, insert, literal, select

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.sandbox.schema import create_vendor_tables, vendor_tables
from woocp_pipelines.settings import Settings
from woocp_pipelines_tests.customer_world import put, settings_for
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
        with writing(engine) as connection:
            put(connection, "IM_LOC", **{**_needed("IM_LOC"), "LOC_ID": "01"})
        keeper.execute("SELECT count(*) FROM IM_ITEM").fetchone()
        yield engine
    engine.dispose()


def settings_of_store(url: str, **inventory: Any) -> Settings:
    """Apply mode, and a breaker that lets everything change: that is what is measured."""
    open_breaker = {"breaker_change_share": 1, "breaker_zero_share": 1}
    return settings_for(url, inventory={**open_breaker, **inventory})


def _needed(table: str) -> dict[str, Any]:
    """Something in each column that takes no NULL."""
    columns = vendor_tables()[table].columns
    return {column.name: _something(column) for column in columns if _is_needed(column)}


def sku_of(number: int) -> str:
    """The number of an item, and the SKU of its product."""
    return f"I{number:06}"


def add_items(engine: Engine, count: int, quantity: int) -> None:
    """So many web items with so many pieces each."""
    item = {"ITEM_TYP": "I", "STAT": "A", "STK_UNIT": "PK", "IS_ECOMM_ITEM": "Y", "DESCR": "-"}
    stock = {"LOC_ID": "01", "QTY_ON_HND": Decimal(quantity), "QTY_COMMIT": Decimal(0)}
    for name, values in (("IM_ITEM", item), ("IM_INV", stock)):
        _fill(engine, vendor_tables()[name], count, {**_needed(name), **values}, ITEM_NO=_SKU)


def add_map(engine: Engine, count: int, quantity: int) -> None:
    """What a first run would know of products that carry the items' numbers."""
    row = {"STORE_ID": "main", "SELL_UNIT": "0", "STORE_QTY": quantity, "IS_ACTIVE": True,
           "STORE_MANAGES_STOCK": True, "CREATED_BY": "woocp"}  # fmt: skip
    _fill(
        engine,
        USER_PRODUCT_MAP,
        count,
        row,
        SKU=_SKU,
        ITEM_NO=_SKU,
        WOO_PRODUCT_ID=_NUMBER.c.N + 1,
    )


def _fill(
    engine: Engine, table: Table, count: int, values: Mapping[str, Any], **own: ColumnElement[Any]
) -> None:
    """So many rows in one statement of SQLite's; `own` are the columns that tell them apart."""
    same = {name: literal(value, table.c[name].type) for name, value in values.items()}
    columns = {**same, **own}
    rows = select(*columns.values()).select_from(_NUMBER)
    with writing(engine) as connection:
        connection.execute(insert(table).from_select(list(columns), rows), {"last": count - 1})


def _numbers() -> CTE:
    """0 to `last`."""
    first = select(literal(0).label("N")).cte("NUMBERS", recursive=True)
    return first.union_all(select(first.c.N + 1).where(first.c.N < bindparam("last")))


_NUMBER: Final = _numbers()
# As `sku_of` writes it.
_SKU: Final = func.printf("I%06d", _NUMBER.c.N)
