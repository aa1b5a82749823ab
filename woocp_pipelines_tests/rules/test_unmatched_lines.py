"""Web orders whose SKU meant nothing still take their goods once somebody knows what they are."""

from decimal import Decimal

import pytest

from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.stock_policy import StockFigures
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import SellableItem, SellingUnit, SoldAs
from woocp_pipelines.rules.unmatched_lines import UnmatchedLine, with_unmatched

D = Decimal
ITEM = SellableItem(
    "A", "PK", (SellingUnit("1", "CT", D(12), D(1)), SellingUnit("2", "TH", D(1), D(3)))
)
FIGURES = {"A": StockFigures(ITEM, "I", "A", is_ecomm=True, on_hand=D(50), committed=D(0))}


def line(product_id=7, variation_id=0, sku="", quantity="2"):
    return UnmatchedLine(1, "1", "REFUSED", product_id, variation_id, sku, D(quantity))


def entries(sold, product_id=7, **more):
    product = StoreProduct(product_id, None, "S", 1, manages_stock=True)
    return {product_id: MapEntry(product, sold, **more)}


@pytest.mark.parametrize(
    ("found", "known", "taken"),
    [
        (line(), entries(SoldAs("a")), "2"),
        (line(), entries(SoldAs("A", "1")), "24"),
        (line(quantity="1"), entries(SoldAs("A", "2")), "0.3334"),
        (line(variation_id=8), entries(SoldAs("A"), 8), "2"),
        (line(sku=" a"), {}, "2"),
        (line(sku="B"), {}, "0"),
        (line(), entries(SoldAs("A", "5")), "0"),
        (line(), entries(SoldAs("A"), active=False), "0"),
        (line(), entries(None), "0"),
    ],
)
def test_a_line_takes_what_its_product_or_its_sku_means_now(found, known, taken):
    assert with_unmatched(FIGURES, known, [found])["A"].unbooked == D(taken)


def test_lines_add_up_and_the_figures_given_stay_as_they_are():
    found = with_unmatched(FIGURES, {}, [line(sku="A"), line(sku="A", quantity="0.5")])
    assert found["A"].unbooked == D("2.5")
    assert FIGURES["A"].unbooked == 0


@pytest.mark.parametrize(("variation_id", "taken"), [(0, "0"), (9, "2")])
def test_a_line_of_a_deleted_variation_takes_nothing_of_its_parents_item(variation_id, taken):
    sibling = StoreProduct(8, 7, "RED", 1, manages_stock=True)
    known = {8: MapEntry(sibling, SoldAs("RED"), active=False)}
    found = with_unmatched(FIGURES, known, [line(variation_id=variation_id, sku="A")])
    assert found["A"].unbooked == D(taken)
