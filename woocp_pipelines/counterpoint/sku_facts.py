"""What Counterpoint knows about a set of SKUs: their items and barcodes (CP §3.3).

Belongs here: set-based reading for rules/units.py. Does not: the rules themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.statements import read_rows
from woocp_pipelines.counterpoint.tables import IM_BARCOD, IM_ITEM
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.stock_policy import counts_stock
from woocp_pipelines.rules.units import (
    SellableItem,
    SellingUnit,
    SoldAs,
    resolve_sku,
    sells,
    sku_key,
)

ALTERNATES: Final = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class SkuFacts:
    """Resolves the SKUs that it was read for."""

    items_by_no: Mapping[str, SellableItem]
    barcodes: Mapping[str, Sequence[SoldAs]]
    suffixes: Mapping[str, str]
    uncounted: frozenset[str] = frozenset()

    def counts_stock(self, sold: SoldAs) -> bool:
        """Whether the item has one quantity that a product can show: no service, not gridded."""
        return sku_key(sold.item_no) not in self.uncounted

    def sells(self, sold: SoldAs) -> bool:
        """Whether Counterpoint has the item, and the item has the unit."""
        return sells(self.items_by_no, sold)

    def resolve(self, sku: str, mapped: SoldAs | None) -> SoldAs | Problem:
        """Item and unit of an SKU, given what the product map says of its product."""
        return resolve_sku(
            sku,
            items_by_no=self.items_by_no,
            mapped=mapped,
            suffixes=self.suffixes,
            barcodes=self.barcodes,
        )


def read_sku_facts(
    connection: Connection,
    skus: Iterable[str],
    suffixes: Mapping[str, str],
    *,
    item_nos: Iterable[str] = (),
) -> SkuFacts:
    """Read the items and barcodes behind SKUs: two statements for up to 1,000 of them.

    `item_nos` are further items that may be named by the product map. Nothing is read when there
    is nothing to resolve.
    """
    keys = {sku_key(sku) for sku in skus} - {""}
    barcodes: dict[str, list[SoldAs]] = defaultdict(list)
    for row in read_rows(connection, IM_BARCOD, "BARCOD", sorted(keys)):
        barcodes[sku_key(row["BARCOD"])].append(SoldAs(row["ITEM_NO"], row["UNIT"]))
    numbers = keys | {key.rpartition("-")[0] for key in keys} | {sku_key(no) for no in item_nos}
    numbers |= {sku_key(sold.item_no) for found in barcodes.values() for sold in found}
    items, uncounted = {}, set()
    for row in read_rows(connection, IM_ITEM, "ITEM_NO", sorted(numbers - {""})):
        key = sku_key(row["ITEM_NO"])
        items[key] = sellable_item(row)
        if not counts_stock(row["ITEM_TYP"], row["TRK_METH"]):
            uncounted.add(key)
    return SkuFacts(items, barcodes, suffixes, frozenset(uncounted))


def sellable_item(row: Mapping[str, Any]) -> SellableItem:
    """Item number and units of an IM_ITEM row."""
    alternates = tuple(
        SellingUnit.of(code, *(row[f"ALT_{code}_{part}"] for part in ("UNIT", "NUMER", "DENOM")))
        for code in ALTERNATES
    )
    return SellableItem(row["ITEM_NO"], row["STK_UNIT"], alternates)
