"""USER_PRODUCT_MAP: which item each product of the store is, and what the store shows (CP §2.7).

Belongs here: reading and writing the rows, which are also the mirror of the store's quantities.
Does not: what a row should say (rules/product_mapping.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)

from woocp_pipelines.counterpoint.statements import (
    MAX_PARAMETERS,
    chunks,
    insert_rows,
    with_nulls,
)
from woocp_pipelines.counterpoint.tables import IM_ITEM, USER_DEAD_LETTER, USER_PRODUCT_MAP
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import STOCKING, SoldAs

_US: Final = "woocp"
# Tells a row that we made inactive, and may use again, from one that a person switched off.
_RETIRED: Final = "woocp: not in use"
_NOTE_LENGTH: Final = 255
_ITEM_NO_LENGTH: Final = 20
# Written out: with a parameter SQL Server could not use the indexes WHERE IS_ACTIVE = 1.
IS_ACTIVE: Final = USER_PRODUCT_MAP.c.IS_ACTIVE == literal_column("1")


@dataclass(frozen=True, slots=True)
class SentQuantity:
    """One quantity that was sent, and what the store showed afterwards."""

    product_id: int
    sent: int
    shown: int | None


def read_product_map(connection: Connection, store_id: str) -> dict[int, MapEntry]:
    """The map by product id: the active row of each product, else its newest inactive one.

    One statement; each row is asked by the key of IM_ITEM whether its item is still there.
    """
    table, item = USER_PRODUCT_MAP.c, IM_ITEM.c
    statement = (
        select(USER_PRODUCT_MAP, item.ITEM_NO.label("FOUND_ITEM_NO"))
        .select_from(USER_PRODUCT_MAP.outerjoin(IM_ITEM, item.ITEM_NO == table.ITEM_NO))
        .where(table.STORE_ID == store_id)
        .order_by(table.MAP_ID)
    )
    entries: dict[int, MapEntry] = {}
    for row in connection.execute(statement).mappings():
        known = entries.get(row["WOO_PRODUCT_ID"])
        if known is None or row["IS_ACTIVE"] or not known.active:
            entries[row["WOO_PRODUCT_ID"]] = _entry(row)
    return entries


def read_entries(
    connection: Connection, store_id: str, product_ids: Iterable[int], parents: Collection[int]
) -> list[MapEntry]:
    """The rows of some products and, where one is among the `parents`, of its variations.

    Inactive ones are among them. One statement for up to 1,000 products.
    """
    table = USER_PRODUCT_MAP.c
    found: list[MapEntry] = []
    for part in chunks(product_ids, MAX_PARAMETERS // 2 - 1):
        wanted: ColumnElement[bool] = table.WOO_PRODUCT_ID.in_(part)
        bare = [each for each in part if each in parents]
        if bare:
            wanted = or_(wanted, table.WOO_PARENT_ID.in_(bare))
        # Another store's products have the same ids.
        statement = select(USER_PRODUCT_MAP).where(table.STORE_ID == store_id, wanted)
        rows = connection.execute(statement).mappings()
        found += [_entry({**row, "FOUND_ITEM_NO": row["ITEM_NO"]}) for row in rows]
    return found


def save_product_map(
    connection: Connection,
    store_id: str,
    entries: Sequence[MapEntry],
    known: Mapping[int, MapEntry],
    now: datetime,
) -> None:
    """Store entries that changed since they were read as `known`.

    Rows give up their SKU before others take it, so that products may exchange theirs in any order
    under the unique index, which SQL Server checks statement by statement. SKU and note of a
    person's row stay: the old scripts look for it by its SKU (CP §2.7).
    """
    stored = [entry for entry in entries if entry.map_id is not None]
    active = [entry for entry in stored if entry.active]
    was = {entry.map_id: known[entry.product.product_id] for entry in stored}
    _note(connection, [entry for entry in stored if not entry.active], retired=True)
    _note(connection, [entry for entry in active if not was[entry.map_id].active], retired=False)
    moving = [entry for entry in active if entry.product.sku != was[entry.map_id].product.sku]
    _mark(connection, moving, IS_ACTIVE=False)
    meant = [entry for entry in active if _meaning(entry) != _meaning(was[entry.map_id])]
    seen = [entry for entry in active if _meaning(entry) == _meaning(was[entry.map_id])]
    changed = {"UPDATED_DT": func.current_timestamp(), "UPDATED_BY": _US}
    _update(connection, meant, now, **changed)
    _update(connection, seen, now)
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
    table = USER_PRODUCT_MAP.c
    condition = (
        (table.STORE_ID == store_id) & (table.WOO_PRODUCT_ID == bindparam("key")) & IS_ACTIVE
    )
    rows = [
        {"key": one.product_id, "SENT_QTY": one.sent, "STORE_QTY": one.shown, "SENT_GMT": now}
        for one in sent
    ]
    _update_each(connection, condition, rows)


def was_ever_sent(connection: Connection, store_id: str) -> bool:
    """Whether any quantity was ever written to this store."""
    table = USER_PRODUCT_MAP.c
    statement = select(func.count(table.SENT_GMT)).where(table.STORE_ID == store_id)
    return bool(connection.execute(statement).scalar_one())


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


def _note(connection: Connection, entries: Sequence[MapEntry], *, retired: bool) -> None:
    """Switch rows off with our mark before the person's note, or give the note back alone."""
    by_note: dict[str, list[MapEntry]] = defaultdict(list)
    for entry in entries:
        by_note[entry.note].append(entry)
    for note, those in by_note.items():
        if retired:
            text = f"{_RETIRED}; {note}" if note else _RETIRED
            _mark(connection, those, IS_ACTIVE=False, NOTES=text[:_NOTE_LENGTH])
        else:
            _mark(connection, those, NOTES=note or None)


def _mark(connection: Connection, entries: Sequence[MapEntry], **values: Any) -> None:
    """Set the same values in the rows of many entries."""
    for part in chunks(entries, MAX_PARAMETERS - len(values)):
        ids = [entry.map_id for entry in part]
        statement = update(USER_PRODUCT_MAP).where(USER_PRODUCT_MAP.c.MAP_ID.in_(ids))
        connection.execute(statement.values(with_nulls(values)))


def _meaning(entry: MapEntry) -> tuple[object, ...]:
    # What the service's price book is read again for (prices/stamp.py); quantities are not.
    return entry.product.sku, entry.sold, entry.active


def _update(
    connection: Connection, entries: Sequence[MapEntry], now: datetime, **always: Any
) -> None:
    rows = [{"row_id": entry.map_id, **_values(entry, now)} for entry in entries]
    _update_each(connection, USER_PRODUCT_MAP.c.MAP_ID == bindparam("row_id"), rows, **always)


def _update_each(
    connection: Connection,
    condition: ColumnElement[bool],
    rows: Iterable[Mapping[str, Any]],
    **always: Any,
) -> None:
    """One UPDATE for each row. NULLs are written into the statement, see `with_nulls`."""
    by_nulls: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        nulls = tuple(name for name, value in row.items() if value is None)
        by_nulls[nulls].append({name: row[name] for name in row if name not in nulls})
    for nulls, those in by_nulls.items():
        values = {**always, **dict.fromkeys(nulls, null())}
        connection.execute(update(USER_PRODUCT_MAP).where(condition).values(values), those)


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
    active, ours = bool(row["IS_ACTIVE"]), row["CREATED_BY"] == _US
    note = row["NOTES"] or ""
    retired = note.startswith(_RETIRED)
    return MapEntry(
        product=StoreProduct(
            product_id=row["WOO_PRODUCT_ID"],
            parent_id=row["WOO_PARENT_ID"],
            sku=row["SKU"],
            quantity=row["STORE_QTY"],
            manages_stock=bool(row["STORE_MANAGES_STOCK"]),
            stock_on_parent=False,
        ),
        sold=_sold(row, ours=ours),
        map_id=row["MAP_ID"],
        active=active,
        ours=ours,
        switched_off=not active and not retired,
        note=note.removeprefix(_RETIRED).removeprefix("; ") if retired else note,
        lost=row["ITEM_NO"] is not None and row["FOUND_ITEM_NO"] is None,
    )


def _sold(row: Mapping[Any, Any], *, ours: bool) -> SoldAs | None:
    """The row's item. The old scripts had no column for it: their SKU is the item number."""
    if row["ITEM_NO"]:
        return SoldAs(row["ITEM_NO"], row["SELL_UNIT"] or STOCKING)
    number = row["SKU"].strip()
    return SoldAs(number) if not ours and 0 < len(number) <= _ITEM_NO_LENGTH else None
