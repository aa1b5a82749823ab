"""Stock lines of web orders: what is not in Counterpoint yet takes from stock, in stocking units.

Belongs here: USER_ORDER_STAGING_LIN, written with its order's row (staging.py), and what an edit
adds to a booked order, written with its revision. Does not: which item a line sells (items.py), nor
what is published (stock.py). In the caller's transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, false, select

from woocp_pipelines.counterpoint.items import SkuResolver
from woocp_pipelines.counterpoint.sku_facts import sellable_item
from woocp_pipelines.counterpoint.statements import (
    MAX_PARAMETERS,
    chunks,
    insert_rows,
    read_rows,
)
from woocp_pipelines.counterpoint.tables import IM_ITEM, USER_ORDER_STAGING_LIN
from woocp_pipelines.rules.money import ZERO, plain, unit_price
from woocp_pipelines.rules.order_goods import FirstSight, Goods, GoodsRead, was_taken_away
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.units import SellableItem, SoldAs, sku_key, stocking_quantity

Row = dict[str, Any]
_TABLE = USER_ORDER_STAGING_LIN


def read_first_sight(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> dict[tuple[int, int], FirstSight]:
    """What the lines of some orders named when they were staged, by (order, line).

    One statement for up to 2,000 orders. It outlives the product: see `write_lines`.
    """
    line = _TABLE.c
    found = {}
    for part in chunks(order_ids, MAX_PARAMETERS - 2):
        statement = select(_TABLE).where(
            line.STORE_ID == store_id, line.WOO_ORDER_ID.in_(part), line.IS_ADDED == false()
        )
        for row in connection.execute(statement).mappings():
            found[row["WOO_ORDER_ID"], row["WOO_LINE_ID"]] = FirstSight(
                product_id=row["WOO_PRODUCT_ID"] or 0,
                variation_id=row["WOO_VARIATION_ID"] or 0,
                sku=row["SKU"],
                sold=SoldAs(row["ITEM_NO"], row["SELL_UNIT"]) if row["ITEM_NO"] else None,
            )
    return found


def read_held(
    connection: Connection, store_id: str, order_ids: Iterable[int], *, is_added: bool = False
) -> dict[int, dict[int, str]]:
    """What the lines of some orders keep back, in words, by order and line.

    `is_added`: of booked orders, what an edit added.
    """
    line = _TABLE.c
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for part in chunks(order_ids, MAX_PARAMETERS - 2):
        statement = select(_TABLE).where(
            line.STORE_ID == store_id, line.WOO_ORDER_ID.in_(part), line.IS_ADDED == is_added
        )
        for row in connection.execute(statement).mappings():
            name = row["ITEM_NO"] or row["SKU"] or f"product {row['WOO_PRODUCT_ID']}"
            text = f"{plain(_quantity(dict(row)))} of {name}"
            found[row["WOO_ORDER_ID"]][row["WOO_LINE_ID"]] = text
    return found


def write_lines(
    connection: Connection,
    store_id: str,
    order_id: int,
    lines: Sequence[Goods],
    resolver: SkuResolver,
    *,
    stays: Callable[[int], bool] | None = None,
) -> None:
    """Replace the order's stock lines by what its lines stand for now.

    A line that means nothing any more, such as one of a deleted product, stays what it was; so
    does one that cannot be read now: `stays` tells by its id, where not all of the order can be.
    """
    staged = _read(connection, store_id, order_id)
    rows = _rows(connection, lines, resolver, staged)
    rows += [row for line_id, row in staged.items() if stays and stays(line_id)]
    _replace(connection, store_id, order_id, rows, is_added=False, there=bool(staged))


def write_added(
    connection: Connection,
    store_id: str,
    order_id: int,
    goods: GoodsRead,
    accepted: Sequence[Goods] | None,
    resolver: SkuResolver,
    *,
    was_open: bool = False,
) -> None:
    """Keep back what a booked order has more of than Counterpoint, item by item (CP §3.4).

    Counted while its revision is open (stock.py); people enter it, or take it out, by hand.

    Args:
        connection: of the transaction that opens the revision.
        store_id: the store.
        order_id: the booked order.
        goods: as it is now, nothing where the shop gave it up; what cannot be read of it counts
            as it was read last.
        accepted: as it was booked, or settled since; None where only its staged lines tell.
        resolver: read for both.
        was_open: whether what was added before is still to be entered.
    """
    booked = _read(connection, store_id, order_id)
    before = booked
    if accepted is not None:
        known = _rows(connection, accepted, resolver, booked, as_booked=True)
        before = {row["WOO_LINE_ID"]: row for row in known}
    now = _rows(connection, goods.lines, resolver, before, as_booked=True)
    if goods.unread:
        earlier = _read(connection, store_id, order_id, is_added=True) if was_open else {}
        ids = sorted(filter(goods.may_be_unread, before.keys() | earlier.keys()))
        now += [_as_read_last(before.get(each), earlier.get(each)) for each in ids]
    added = _more(now, before)
    _replace(connection, store_id, order_id, added, is_added=True, there=True)


def _more(now: Iterable[Row], before: Mapping[int, Row]) -> list[Row]:
    """What of the rows `now` is not among those `before`, in whichever line of its item.

    A line takes what it was itself first, so that the rest stands at the line that added it.
    """
    left: dict[object, Decimal] = defaultdict(Decimal)
    for row in before.values():
        left[_goods(row)] += _quantity(row)
    needs: list[tuple[Row, Decimal]] = []
    for row in now:
        own = before.get(row["WOO_LINE_ID"])
        same = _quantity(own) if own and _goods(own) == _goods(row) else ZERO
        used = min(same, _quantity(row))
        left[_goods(row)] -= used
        needs.append((row, _quantity(row) - used))
    added = []
    for row, need in needs:
        rest = need - min(need, left[_goods(row)])
        left[_goods(row)] -= need - rest
        if rest:
            added.append({**row, "QTY" if row["ITEM_NO"] is None else "STK_QTY": rest})
    return added


def _as_read_last(before: Row | None, added: Row | None) -> Row:
    """A booked order's line as it was read last: what was booked of it and what was added."""
    if before is None or added is None or _goods(before) != _goods(added):
        return added or before or {}
    quantity = "QTY" if added["ITEM_NO"] is None else "STK_QTY"
    return {**added, quantity: _quantity(before) + _quantity(added)}


def _goods(row: Row) -> object:
    """The item, or what stands for one that nobody knows yet."""
    product = (sku_key(row["SKU"]), row["WOO_PRODUCT_ID"], row["WOO_VARIATION_ID"])
    return row["ITEM_NO"] or product


def _quantity(row: Row) -> Decimal:
    quantity: Decimal = row["QTY"] if row["ITEM_NO"] is None else row["STK_QTY"]
    return quantity


def _read(
    connection: Connection, store_id: str, order_id: int, *, is_added: bool = False
) -> dict[int, Row]:
    line = _TABLE.c
    statement = select(_TABLE).where(
        line.STORE_ID == store_id, line.WOO_ORDER_ID == order_id, line.IS_ADDED == is_added
    )
    found = connection.execute(statement).mappings()
    return {row["WOO_LINE_ID"]: dict(row) for row in found}


def _replace(
    connection: Connection,
    store_id: str,
    order_id: int,
    rows: Iterable[Row],
    *,
    is_added: bool,
    there: bool,
) -> None:
    line = _TABLE.c
    whose = {"STORE_ID": store_id, "WOO_ORDER_ID": order_id, "IS_ADDED": is_added}
    if there:
        connection.execute(
            delete(_TABLE).where(*(line[name] == value for name, value in whose.items()))
        )
    insert_rows(connection, _TABLE, [{**row, **whose} for row in rows])


def _rows(
    connection: Connection,
    lines: Iterable[Goods],
    resolver: SkuResolver,
    earlier: Mapping[int, Row],
    *,
    as_booked: bool = False,
) -> list[Row]:
    """A row for each line. `as_booked`: a line of an earlier one's product is of its item, too."""
    found = [(line, earlier.get(line.line_id)) for line in lines]
    sold = [_sold(line, resolver, row, as_booked=as_booked) for line, row in found]
    items = _with_earlier(connection, resolver, sold)
    return [_row(line, row, each, items) for (line, row), each in zip(found, sold, strict=True)]


def _sold(
    line: Goods, resolver: SkuResolver, earlier: Row | None, *, as_booked: bool
) -> SoldAs | None:
    answer = resolver.resolve(line)
    forgotten = earlier is not None and _is_forgotten(line, earlier)
    if earlier and earlier["ITEM_NO"]:
        same = as_booked and _is_same(line, earlier)
        if forgotten or same or isinstance(answer, Problem):
            return SoldAs(earlier["ITEM_NO"], earlier["SELL_UNIT"])
    # What a forgotten line shows now is its parent's SKU, which says nothing of what was sold.
    return answer if isinstance(answer, SoldAs) and not forgotten else None


def _is_forgotten(line: Goods, earlier: Row) -> bool:
    return was_taken_away(line, earlier["WOO_PRODUCT_ID"] or 0, earlier["WOO_VARIATION_ID"] or 0)


def _is_same(line: Goods, earlier: Row) -> bool:
    ids = earlier["WOO_PRODUCT_ID"], earlier["WOO_VARIATION_ID"]
    return ids == (line.product_id, line.variation_id)


def _with_earlier(
    connection: Connection, resolver: SkuResolver, sold: Iterable[SoldAs | None]
) -> dict[str, SellableItem]:
    """Items by `sku_key`, those of earlier rows included, which the resolver may not know."""
    items = dict(resolver.facts.items_by_no)
    missing = {each.item_no for each in sold if each} - {each.item_no for each in items.values()}
    for row in read_rows(connection, IM_ITEM, "ITEM_NO", sorted(missing)):
        items[sku_key(row["ITEM_NO"])] = sellable_item(row)
    return items


def _row(
    line: Goods, earlier: Row | None, sold: SoldAs | None, items: Mapping[str, SellableItem]
) -> Row:
    row: Row = {
        "WOO_LINE_ID": line.line_id,
        "SKU": line.sku and line.sku[:100],
        "WOO_PRODUCT_ID": line.product_id,
        "WOO_VARIATION_ID": line.variation_id,
        "QTY": unit_price(line.quantity),
        "ITEM_NO": None,
        "SELL_UNIT": None,
        "STK_QTY": None,
    }
    if earlier and _is_forgotten(line, earlier):
        row |= {name: earlier[name] for name in ("SKU", "WOO_PRODUCT_ID", "WOO_VARIATION_ID")}
    item = items.get(sku_key(sold.item_no)) if sold else None
    unit = item.unit(sold.sell_unit) if item and sold else None
    if sold and unit:
        stocking = stocking_quantity(line.quantity, unit.numer, unit.denom)
        row |= {"ITEM_NO": sold.item_no, "SELL_UNIT": sold.sell_unit, "STK_QTY": stocking}
    return row
