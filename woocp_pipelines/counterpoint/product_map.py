"""USER_PRODUCT_MAP: which item each product of the store is, and what the store shows (CP §2.7).

Belongs here: reading and writing the rows, which are also the mirror of the store's quantities.
Does not: what a row should say (rules/product_mapping.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, literal, select, update

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, insert_rows
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER, USER_PRODUCT_MAP
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import STOCKING, SoldAs

_US: Final = "woocp"
# Tells a row that we made inactive, and may use again, from one that a person switched off.
_RETIRED: Final = "woocp: not in use"


@dataclass(frozen=True, slots=True)
class SentQuantity:
    """One quantity that was sent, and what the store showed afterwards."""

    product_id: int
    sent: int
    shown: int | None


def read_product_map(connection: Connection, store_id: str) -> dict[int, MapEntry]:
    """The map by product id: the active row of each product, else its newest inactive one."""
    table = USER_PRODUCT_MAP.c
    statement = select(USER_PRODUCT_MAP).where(table.STORE_ID == store_id).order_by(table.MAP_ID)
    entries: dict[int, MapEntry] = {}
    for row in connection.execute(statement).mappings():
        known = entries.get(row["WOO_PRODUCT_ID"])
        if known is None or row["IS_ACTIVE"] or not known.active:
            entries[row["WOO_PRODUCT_ID"]] = _entry(row)
    return entries


def save_product_map(
    connection: Connection,
    store_id: str,
    entries: Sequence[MapEntry],
    known: Mapping[int, MapEntry],
    now: datetime,
) -> None:
    """Store entries that changed since they were read as `known`.

    Rows give up their SKU before others take it, so that two products may exchange theirs under
    the unique index. A note of a person stays.
    """
    stored = [entry for entry in entries if entry.map_id is not None]
    active = [entry for entry in stored if entry.active]
    was = {entry.map_id: known[entry.product.product_id] for entry in stored}
    _mark(connection, [e for e in stored if not e.active], IS_ACTIVE=False, NOTES=_RETIRED)
    _mark(connection, [e for e in active if not was[e.map_id].active], NOTES=None)
    moving = [e for e in active if e.product.sku != was[e.map_id].product.sku]
    _mark(connection, moving, IS_ACTIVE=False)
    _update(connection, [{"row_id": entry.map_id, **_values(entry, now)} for entry in active])
    fresh = [entry for entry in entries if entry.map_id is None and entry.active]
    insert_rows(
        connection,
        USER_PRODUCT_MAP,
        [{"STORE_ID": store_id, "CREATED_BY": _US, **_values(entry, now)} for entry in fresh],
    )


def record_sent(
    connection: Connection, store_id: str, sent: Iterable[SentQuantity], now: datetime
) -> None:
    """Remember what was sent: the next read of the store recognises it as our own."""
    rows = [
        {
            "woo_id": item.product_id,
            "SENT_QTY": item.sent,
            "STORE_QTY": item.shown,
            "SENT_GMT": now,
        }
        for item in sent
    ]
    if rows:
        table = USER_PRODUCT_MAP.c
        condition = (
            (table.STORE_ID == store_id)
            & (table.WOO_PRODUCT_ID == bindparam("woo_id"))
            & (table.IS_ACTIVE == literal(True))  # noqa: FBT003
        )
        connection.execute(update(USER_PRODUCT_MAP).where(condition), rows)


def read_open_products(connection: Connection, store_id: str) -> dict[str, set[str]]:
    """Codes of the open dead letters of products, by record key."""
    table = USER_DEAD_LETTER.c
    statement = select(table.RECORD_KEY, table.CODE).where(
        table.STORE_ID == store_id,
        table.KIND == "product",
        table.FLOW == "inventory",
        table.CLOSED_GMT.is_(None),
    )
    found: dict[str, set[str]] = {}
    for key, code in connection.execute(statement):
        found.setdefault(key, set()).add(code)
    return found


def _mark(connection: Connection, entries: Sequence[MapEntry], **values: Any) -> None:
    """Set the same values in the rows of many entries."""
    for part in chunks(entries, MAX_PARAMETERS - len(values)):
        ids = [entry.map_id for entry in part]
        statement = update(USER_PRODUCT_MAP).where(USER_PRODUCT_MAP.c.MAP_ID.in_(ids))
        connection.execute(statement.values(**values))


def _update(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        statement = (
            update(USER_PRODUCT_MAP)
            .where(USER_PRODUCT_MAP.c.MAP_ID == bindparam("row_id"))
            .values(UPDATED_DT=func.current_timestamp(), UPDATED_BY=_US)
        )
        connection.execute(statement, rows)


def _values(entry: MapEntry, now: datetime) -> dict[str, Any]:
    product, sold = entry.product, entry.sold
    return {
        "SKU": product.sku,
        "WOO_PRODUCT_ID": product.product_id,
        "WOO_PARENT_ID": product.parent_id,
        "ITEM_NO": sold and sold.item_no,
        "SELL_UNIT": sold and sold.sell_unit,
        "STORE_QTY": product.quantity,
        "STORE_MANAGES_STOCK": product.manages_stock,
        "SEEN_GMT": now,
        "IS_ACTIVE": True,
    }


def _entry(row: Mapping[Any, Any]) -> MapEntry:
    active = bool(row["IS_ACTIVE"])
    item_no = row["ITEM_NO"]
    return MapEntry(
        product=StoreProduct(
            product_id=row["WOO_PRODUCT_ID"],
            parent_id=row["WOO_PARENT_ID"],
            sku=row["SKU"],
            quantity=row["STORE_QTY"],
            manages_stock=bool(row["STORE_MANAGES_STOCK"]),
            stock_on_parent=False,
        ),
        sold=SoldAs(item_no, row["SELL_UNIT"] or STOCKING) if item_no else None,
        map_id=row["MAP_ID"],
        active=active,
        ours=row["CREATED_BY"] == _US,
        switched_off=not active and row["NOTES"] != _RETIRED,
    )
