"""Which item and unit an SKU of the shop is, as far as prices are asked for by SKU.

Belongs here: the active rows of USER_PRODUCT_MAP, which the inventory sync keeps (CP §3.3). Does
not: resolving SKUs that no product of the shop has (rules/units.py).
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, literal_column, select

from woocp_pipelines.counterpoint.prices.pacing import Pace, no_rest, paced
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.rules.units import STOCKING, sku_key

# Written out: with a parameter SQL Server could not use the index WHERE IS_ACTIVE = 1.
_IS_ACTIVE: Final = USER_PRODUCT_MAP.c.IS_ACTIVE == literal_column("1")

ItemAndUnit = tuple[str, str]


def read_skus(
    connection: Connection, store_id: str, pace: Pace = no_rest
) -> Mapping[str, ItemAndUnit]:
    """ITEM_NO and unit '0' to '5' by `sku_key`; empty before `woocp db upgrade`.

    One statement and a look into the catalog. `store_id` is ours (`[store] id`): an SKU of another
    store may be another item. One that is written in two ways for different things is left out.
    """
    if not table_exists(connection, USER_PRODUCT_MAP.name, "STORE_ID"):
        return {}
    table = USER_PRODUCT_MAP.c
    statement = select(table.SKU, table.ITEM_NO, table.SELL_UNIT).where(
        _IS_ACTIVE, table.STORE_ID == store_id, table.ITEM_NO.is_not(None)
    )
    skus: dict[str, ItemAndUnit] = {}
    doubtful = set()
    for sku, item_no, unit in paced(connection.execute(statement), pace):
        key, meaning = sku_key(sku), (item_no, unit or STOCKING)
        if skus.setdefault(key, meaning) != meaning:
            doubtful.add(key)
    return {key: meaning for key, meaning in skus.items() if key and key not in doubtful}
