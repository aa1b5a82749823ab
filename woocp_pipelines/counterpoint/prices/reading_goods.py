"""Items with their prices, and customers, from one scan of each table.

Belongs here: rows of IM_ITEM, IM_PRC and AR_CUST as facts. Does not: rules (reading.py).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import select

from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import (
    Customer,
    FilterValues,
    Item,
    LocationPrices,
    UnitFactor,
)
from woocp_pipelines.counterpoint.prices.filter_columns import TableColumns
from woocp_pipelines.counterpoint.prices.reading_once import Once
from woocp_pipelines.counterpoint.tables import AR_CUST, IM_ITEM, IM_PRC
from woocp_pipelines.rules.units import SellingUnit

_ALTERNATES = range(1, 6)
_UNITS: Final = [
    IM_ITEM.c[f"ALT_{n}_{part}"] for n in _ALTERNATES for part in ("UNIT", "NUMER", "DENOM")
]
_VALUES_FROM: Final = 2 + len(_UNITS)
_CELLS: Final = ("DIM_1_UPR", "DIM_2_UPR", "DIM_3_UPR")
_NO_CELL: Final = ("*", "*", "*")
_PRICE_COLUMNS: Final = [
    IM_PRC.c[name]
    for name in (
        *("ITEM_NO", "LOC_ID", *_CELLS),
        *("REG_PRC", *(f"ALT_{n}_REG_PRC" for n in _ALTERNATES)),
        *("PRC_1", *(f"ALT_{n}_PRC_1" for n in _ALTERNATES)),
        *(f"PRC_{level}" for level in range(2, 7)),
    )
]
# Regular prices by unit, PRC_1 by unit, levels 2 to 6, as places in a row of the above.
_PARTS: Final = (slice(5, 11), slice(11, 17), slice(17, 22))
_NO_PRICES: Final[Mapping[str, LocationPrices]] = {}


def read_items(once: Once, named: TableColumns) -> tuple[Item, ...]:
    """The items with their unit factors; one scan each of IM_ITEM and IM_PRC.

    Raises:
        PriceBookError: Counterpoint gave no item at all.
    """
    prices, cells = _read_prices(once)
    sharing, keys = once.sharing, once.scope.item_nos
    values = _shared_values(named)
    query = select(IM_ITEM.c.ITEM_NO, IM_ITEM.c.PRC_DECS, *_UNITS, *named.selected)
    items = []
    for row in once.rows_of(query, IM_ITEM.c.ITEM_NO, keys):
        key = fold(row[0])
        found = Item(
            number=row[0],
            price_decimals=row[1],
            units=sharing.one(_units(tuple(row[2:_VALUES_FROM]))),
            prices=prices.pop(key, _NO_PRICES),
            values=values(tuple(row[_VALUES_FROM:])),
            has_cell_prices=key in cells,
        )
        items.append(sharing.item(found))
    if not items and keys is None:
        raise PriceBookError("IM_ITEM gave no item: a price book without items answers nothing")
    return tuple(items)


def _read_prices(once: Once) -> tuple[dict[str, dict[str, LocationPrices]], set[str]]:
    """Prices by item and location, and the items that have prices per grid cell."""
    prices: dict[str, dict[str, LocationPrices]] = {}
    cells = set()
    sharing = once.sharing
    for row in once.rows_of(select(*_PRICE_COLUMNS), IM_PRC.c.ITEM_NO, once.scope.item_nos):
        item = fold(row[0])
        if row[2:5] == _NO_CELL:
            location = sharing.one(fold(row[1]))
            regular, price_1, levels = (tuple(row[part]) for part in _PARTS)
            found = LocationPrices(regular, price_1, levels)
            prices.setdefault(item, {})[location] = sharing.prices(row[0], location, found)
        else:
            cells.add(item)
    return prices, cells


def read_customers(once: Once, named: TableColumns) -> tuple[Customer, ...]:
    """The customers, with no more than the columns that filters name; one scan of AR_CUST."""
    values = _shared_values(named)
    query = select(AR_CUST.c.CUST_NO, *named.selected)
    return tuple(
        once.sharing.customer(Customer(str(row[0]), values(tuple(row[1:]))))
        for row in once.rows_of(query, AR_CUST.c.CUST_NO, once.scope.cust_nos)
    )


def _shared_values(named: TableColumns) -> Callable[[tuple[Any, ...]], FilterValues]:
    """One record for all rows that hold the same: a tier has thousands of customers."""
    shared: dict[tuple[Any, ...], FilterValues] = {}

    def of(found: tuple[Any, ...]) -> FilterValues:
        if found not in shared:
            shared[found] = named.values(found)
        return shared[found]

    return of


# Few items have units that no other has.
@lru_cache(maxsize=1024)
def _units(slots: tuple[Any, ...]) -> tuple[UnitFactor | None, ...]:
    """The alternate units '1' to '5' from names, numerators and denominators in turn."""
    threes = zip(slots[::3], slots[1::3], slots[2::3], strict=True)
    units = (SellingUnit.of(str(n), *three) for n, three in enumerate(threes, start=1))
    return tuple(UnitFactor(each.numer, each.denom) if each.usable else None for each in units)
