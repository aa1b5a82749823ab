"""A small catalogue for tests of lines and documents. Builders only; no assertions."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from woocp_pipelines.rules.document_building.inputs import CatalogueItem, ItemCost, UnitPrices
from woocp_pipelines.rules.units import SellableItem, SellingUnit

D = Decimal
CARTON = SellingUnit("1", "CT", D(10), D(1))
SHEET = SellingUnit("2", "SHEET", D(1), D(500))
PLAIN = CatalogueItem(
    sellable=SellableItem("01-10100", "PK", (CARTON, SHEET)),
    descr="Superior PC 8.5 x 11",
    item_typ="I",
    trk_meth="N",
    is_txbl="Y",
    is_discntbl="Y",
    is_weighed="N",
    qty_decs=0,
    prc_decs=4,
    prices={"0": UnitPrices(D("41.769"), D("41.769"))},
    cost=ItemCost(D(495), D("6187.50"), D("12.00"), D(0)),
)


def item(**changes: Any) -> CatalogueItem:
    """The plain item with other values."""
    return replace(PLAIN, **changes)
