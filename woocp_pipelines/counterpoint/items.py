"""Items as orders need them: which item an SKU is, and what a document line copies from it.

Belongs here: set-based reads of IM_ITEM, IM_PRC, IM_INV, IM_BARCOD and the product map. The rules
are rules/units.py (SKU) and rules/document_building (lines). Every read is a constant number of
statements for up to 2,000 keys, by primary key or by BARCOD.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, and_, select

from woocp_pipelines.counterpoint.product_map import read_entries
from woocp_pipelines.counterpoint.sku_facts import (
    ALTERNATES,
    SkuFacts,
    read_sku_facts,
    sellable_item,
)
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, read_rows
from woocp_pipelines.counterpoint.tables import (
    IM_INV,
    IM_ITEM,
    IM_PRC,
)
from woocp_pipelines.rules.document_building.inputs import CatalogueItem, ItemCost, UnitPrices
from woocp_pipelines.rules.order_goods import Goods
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.product_mapping import (
    MapEntry,
    mapped_as,
    sold_by_variations,
    variation_gone,
)
from woocp_pipelines.rules.units import (
    STOCKING,
    SellingUnit,
    SoldAs,
    sku_key,
)

Row = Mapping[str, Any]
EVERY_LOCATION: Final = "*"


@dataclass(frozen=True)
class SkuResolver:
    """Resolves the order lines it was read for."""

    facts: SkuFacts
    entries: Mapping[int, MapEntry]
    parents: frozenset[int] = frozenset()

    def resolve(self, line: Goods) -> SoldAs | Problem:
        """Item and unit of a line: those of first sight where the store forgot, else by CP §3.3.

        Never by the SKU of a parent: which variation was sold, nobody can tell.
        """
        if not line.variation_id and line.product_id in self.parents:
            return variation_gone(line.product_id)
        if line.sold is not None and self.facts.sells(line.sold):
            return line.sold
        sku = line.sku or ""
        entry = self.entries.get(line.variation_id) or self.entries.get(line.product_id)
        return self.facts.resolve(sku, mapped_as(entry, sku))

    def unit(self, sold: SoldAs) -> SellingUnit | None:
        """The selling unit of a resolved SKU."""
        return self.facts.items_by_no[sku_key(sold.item_no)].unit(sold.sell_unit)


def read_resolver(
    connection: Connection,
    store_id: str,
    lines: Iterable[Goods],
    suffixes: Mapping[str, str],
    *,
    upgraded: bool = True,
) -> SkuResolver:
    """Read what is needed to resolve these lines: three statements.

    `upgraded` is False before `woocp db upgrade`: there is no map of ours to read then.
    """
    wanted = list(lines)
    ids = {value for line in wanted for value in (line.variation_id, line.product_id) if value}
    bare = {line.product_id for line in wanted if not line.variation_id}
    rows = read_entries(connection, store_id, sorted(ids) if upgraded else (), bare)
    entries = {row.product.product_id: row for row in rows if row.active}
    recalled = {line.sold.item_no for line in wanted if line.sold}
    mapped = {entry.sold.item_no for entry in entries.values() if entry.sold}
    facts = read_sku_facts(
        connection,
        (line.sku or "" for line in wanted),
        suffixes,
        item_nos=mapped | recalled,
    )
    return SkuResolver(facts, entries, sold_by_variations(rows))


def read_catalogue(
    connection: Connection, item_nos: Iterable[str], *, stock_location: str, price_location: str
) -> dict[str, CatalogueItem]:
    """Items by number, with prices of the price location (else '*') and cost at the stock one.

    Three statements. An item without a row in IM_INV at the location has `cost` None.
    """
    numbers = sorted(set(item_nos))
    prices = _read_prices(connection, numbers, price_location)
    costs = _read_costs(connection, numbers, stock_location)
    return {
        row["ITEM_NO"]: _catalogue_item(row, prices.get(row["ITEM_NO"]), costs.get(row["ITEM_NO"]))
        for row in read_rows(connection, IM_ITEM, "ITEM_NO", numbers)
    }


def _read_prices(connection: Connection, numbers: list[str], location: str) -> dict[str, Row]:
    table = IM_PRC
    found: dict[str, Row] = {}
    for part in chunks(numbers, MAX_PARAMETERS - 5):
        condition = and_(
            table.c.ITEM_NO.in_(part),
            table.c.LOC_ID.in_((EVERY_LOCATION, location)),
            *(table.c[f"DIM_{n}_UPR"] == "*" for n in (1, 2, 3)),
        )
        for row in connection.execute(select(table).where(condition)).mappings():
            if row["LOC_ID"] == location or row["ITEM_NO"] not in found:
                found[row["ITEM_NO"]] = dict(row)
    return found


def _read_costs(connection: Connection, numbers: list[str], location: str) -> dict[str, ItemCost]:
    table = IM_INV
    costs = {}
    for part in chunks(numbers, MAX_PARAMETERS - 1):
        condition = and_(table.c.ITEM_NO.in_(part), table.c.LOC_ID == location)
        for row in connection.execute(select(table).where(condition)).mappings():
            costs[row["ITEM_NO"]] = ItemCost(
                row["QTY_ON_HND"], row["GL_VAL"], row["LST_COST"], row["COST_OF_SLS_PCT"]
            )
    return costs


def _catalogue_item(row: Row, price: Row | None, cost: ItemCost | None) -> CatalogueItem:
    return CatalogueItem(
        sellable=sellable_item(row),
        descr=row["DESCR"],
        item_typ=row["ITEM_TYP"],
        trk_meth=row["TRK_METH"],
        is_txbl=row["IS_TXBL"],
        is_discntbl=row["IS_DISCNTBL"],
        is_weighed=row["IS_WEIGHED"],
        qty_decs=row["QTY_DECS"],
        prc_decs=row["PRC_DECS"],
        prices=_unit_prices(row, price),
        cost=cost,
        categ_cod=row["CATEG_COD"],
        subcat_cod=row["SUBCAT_COD"],
        tax_categ_cod=row["TAX_CATEG_COD"],
        item_vend_no=row["ITEM_VEND_NO"],
        barcod=row["BARCOD"],
        mix_match_cod=row["MIX_MATCH_COD"],
        weight=row["WEIGHT"],
        cube=row["CUBE"],
        stat=row["STAT"],
    )


def _unit_prices(item: Row, price: Row | None) -> dict[str, UnitPrices]:
    """Prices of IM_PRC where it has them, else of IM_ITEM (CP §4.2 rule 4)."""
    source = price or {}

    def first(name: str) -> Decimal | None:
        value = source.get(name)
        amount: Decimal | None = item[name] if value is None else value
        return amount

    units = {STOCKING: UnitPrices(first("PRC_1"), first("REG_PRC"))}
    for code in ALTERNATES:
        units[code] = UnitPrices(first(f"ALT_{code}_PRC_1"), first(f"ALT_{code}_REG_PRC"))
    return units
