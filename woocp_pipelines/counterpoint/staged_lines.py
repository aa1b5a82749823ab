"""Stock lines of staged orders: what an unbooked order takes from stock, in stocking units.

Belongs here: USER_ORDER_STAGING_LIN, written with its order's row (staging.py). Does not: which
item a line sells (items.py), nor what is published (stock.py). In the caller's transaction.
"""

from typing import Any

from sqlalchemy import Connection, delete

from woocp_pipelines.counterpoint.items import SkuResolver
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING_LIN
from woocp_pipelines.rules.money import unit_price
from woocp_pipelines.rules.units import SoldAs, stocking_quantity
from woocp_pipelines.rules.web_order import WebLine, WebOrder

Row = dict[str, Any]


def write_lines(
    connection: Connection, store_id: str, order: WebOrder, resolver: SkuResolver
) -> None:
    """Replace the order's stock lines by what its lines stand for now."""
    table = USER_ORDER_STAGING_LIN
    connection.execute(
        delete(table).where(table.c.STORE_ID == store_id, table.c.WOO_ORDER_ID == order.order_id)
    )
    rows = [_line(store_id, order.order_id, line, resolver) for line in order.lines]
    insert_rows(connection, table, rows)


def _line(store_id: str, order_id: int, line: WebLine, resolver: SkuResolver) -> Row:
    sold = resolver.resolve(line)
    row: Row = {
        "STORE_ID": store_id,
        "WOO_ORDER_ID": order_id,
        "WOO_LINE_ID": line.line_id,
        "SKU": line.sku and line.sku[:100],
        "WOO_PRODUCT_ID": line.product_id,
        "WOO_VARIATION_ID": line.variation_id,
        "QTY": unit_price(line.quantity),
        "ITEM_NO": None,
        "SELL_UNIT": None,
        "STK_QTY": None,
    }
    unit = resolver.unit(sold) if isinstance(sold, SoldAs) else None
    if isinstance(sold, SoldAs) and unit:
        stocking = stocking_quantity(line.quantity, unit.numer, unit.denom)
        row |= {"ITEM_NO": sold.item_no, "SELL_UNIT": sold.sell_unit, "STK_QTY": stocking}
    return row
