"""Stock in Counterpoint together with what unbooked web orders take from it (CP §1.5, §3.4).

Belongs here: the one statement that reads both. Does not: which orders take it (unbooked.py), nor
what may be published of it (rules/stock_policy.py).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Select, Subquery, and_, func, null, or_, select
from sqlalchemy.sql.elements import ColumnElement

from woocp_pipelines.counterpoint.product_map import IS_ACTIVE
from woocp_pipelines.counterpoint.sku_facts import sellable_item
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS
from woocp_pipelines.counterpoint.tables import (
    IM_INV,
    IM_ITEM,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.counterpoint.unbooked import unbooked_by_item
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.stock_policy import StockFigures, counts_stock
from woocp_pipelines.rules.units import sku_key

_COLUMNS = (
    "ITEM_NO",
    "ITEM_TYP",
    "TRK_METH",
    "STAT",
    "IS_ECOMM_ITEM",
    "STK_UNIT",
    *(f"ALT_{n}_{part}" for n in range(1, 6) for part in ("UNIT", "NUMER", "DENOM")),
)


# Beside these there are parameters for locations, stores and states of orders.
MAX_ITEMS: Final = MAX_PARAMETERS - 100


class NoStockReadError(Exception):
    """Counterpoint showed no web item, or no stock of any: a fault, not an empty shop."""


def read_stock(
    connection: Connection,
    store_id: str,
    locations: Sequence[str],
    *,
    upgraded: bool = True,
    item_nos: Sequence[str] | None = None,
) -> dict[str, StockFigures]:
    """Stock of all web items, and of those that the product map names, by `sku_key(ITEM_NO)`.

    One statement of one moment where the database has snapshots: an order that is booked
    meanwhile would else be missing from both sums, and its goods sold twice (CP §3.4). Without
    them the unbooked lines are read before, too, and the larger figure counts. Reads
    IM_ITEM, IM_INV by LOC_ID, and the unbooked lines by the key of their order; the cost grows
    with the web items.

    Args:
        connection: for reading.
        store_id: whose web orders count.
        locations: LOC_IDs to sum.
        upgraded: False before `woocp db upgrade`: there are no USER_ tables to join.
        item_nos: these items only, web items or not, MAX_ITEMS at most; none need be there.

    Raises:
        NoStockReadError: no row at all, where all web items were asked for.
    """
    first = _read_unbooked(connection, store_id) if upgraded and not _one_moment(connection) else {}
    statement = _statement(store_id, locations, upgraded=upgraded, item_nos=item_nos)
    rows = connection.execute(statement).mappings()
    found = {sku_key(row["ITEM_NO"]): _figures(_at_most(dict(row), first)) for row in rows}
    if not found and item_nos is None:
        raise NoStockReadError(
            "Counterpoint has no item with IS_ECOMM_ITEM 'Y' and STAT 'A' or 'V'; nothing was "
            "written. Check the database of WOOCP_DATABASE_URL and the login's right to IM_ITEM"
        )
    return found


def require_stock(found: Mapping[str, StockFigures], locations: Sequence[str]) -> None:
    """Refuse to go on where no item has a row at the locations: they are wrong, or unreadable.

    Raises:
        NoStockReadError: none has.
    """
    stocked = [each for each in found.values() if counts_stock(each.item_typ, each.trk_meth)]
    if stocked and all(each.on_hand is None for each in stocked):
        raise NoStockReadError(
            f"none of {len(stocked)} web items has a row in IM_INV at {', '.join(locations)}; "
            "nothing was written. Check inventory.locations and the login's right to IM_INV"
        )


def _one_moment(connection: Connection) -> bool:
    """Whether a statement sees one moment: not on a SQL Server without snapshot isolation."""
    level = connection.get_execution_options().get("isolation_level")
    return connection.dialect.name != "mssql" or level == "SNAPSHOT"


def _read_unbooked(connection: Connection, store_id: str) -> dict[str, Any]:
    """The unbooked quantities, read before the others.

    An order that is booked in between is subtracted twice for one round: the safe side.
    """
    lines = unbooked_by_item(store_id)
    rows = connection.execute(select(lines.c.ITEM_NO, lines.c.UNBOOKED))
    return {row.ITEM_NO: row.UNBOOKED for row in rows}


def _at_most(row: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    earlier, now = first.get(row["ITEM_NO"]), row["UNBOOKED"]
    if earlier is not None and (now is None or earlier > now):
        row["UNBOOKED"] = earlier
    return row


def _statement(
    store_id: str,
    locations: Sequence[str],
    *,
    upgraded: bool,
    item_nos: Sequence[str] | None = None,
) -> Select[Any]:
    item, stock = IM_ITEM.c, _stock(locations)
    columns = [item[name] for name in _COLUMNS]
    wanted = and_(item.IS_ECOMM_ITEM == "Y", item.STAT.in_(("A", "V")))
    if item_nos is not None:
        wanted = item.ITEM_NO.in_(list(item_nos))
    elif upgraded:
        wanted = or_(wanted, _is_mapped(store_id))
    source = IM_ITEM.outerjoin(stock, stock.c.ITEM_NO == item.ITEM_NO)
    unbooked: ColumnElement[Any] = null().label("UNBOOKED")
    if upgraded:
        lines = unbooked_by_item(store_id)
        source = source.outerjoin(lines, lines.c.ITEM_NO == item.ITEM_NO)
        unbooked = lines.c.UNBOOKED
    columns_of_stock = (stock.c.ON_HAND, stock.c.COMMITTED, unbooked)
    return select(*columns, *columns_of_stock).select_from(source).where(wanted)


def _stock(locations: Sequence[str]) -> Subquery:
    """Sums per item; QTY_AVAIL is computed by the server as on hand less committed (CP §1.5)."""
    table = IM_INV.c
    return (
        select(
            table.ITEM_NO,
            func.sum(table.QTY_ON_HND).label("ON_HAND"),
            func.sum(table.QTY_COMMIT).label("COMMITTED"),
        )
        .where(table.LOC_ID.in_(list(locations)))
        .group_by(table.ITEM_NO)
        .subquery("stock")
    )


def _is_mapped(store_id: str) -> ColumnElement[bool]:
    # Not EXISTS: without an index on ITEM_NO the map would be searched for every item.
    mapped = USER_PRODUCT_MAP.c
    of_store = and_(mapped.STORE_ID == store_id, IS_ACTIVE, mapped.ITEM_NO.is_not(None))
    return IM_ITEM.c.ITEM_NO.in_(select(mapped.ITEM_NO).where(of_store))


def _figures(row: dict[str, Any]) -> StockFigures:
    unbooked: Decimal | None = row["UNBOOKED"]
    return StockFigures(
        item=sellable_item(row),
        item_typ=row["ITEM_TYP"],
        trk_meth=row["TRK_METH"],
        stat=row["STAT"],
        is_ecomm=row["IS_ECOMM_ITEM"] == "Y",
        on_hand=row["ON_HAND"],
        committed=row["COMMITTED"],
        unbooked=ZERO if unbooked is None else unbooked,
    )
