"""From web lines to booked ones: units, stocking quantities, and what stands in the way."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from woocp_pipelines.rules.document_building.inputs import CatalogueItem
from woocp_pipelines.rules.order_lines import resolve_lines
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.units import SoldAs
from woocp_pipelines.rules.web_order import WebLine
from woocp_pipelines_tests.rules.catalogue import item
from woocp_pipelines_tests.worked_example import example_order

D = Decimal


def resolve(
    *sold: SoldAs | Problem, catalogue: CatalogueItem | None = None, **line: Any
) -> tuple[Any, ...]:
    """Resolve the example's two lines, each to its answer."""
    lines = example_order()["line_items"]
    lines[0] |= line
    order = read_order(example_order(line_items=lines[: len(sold)]))
    answers = dict(zip((each.line_id for each in order.lines), sold, strict=True))
    known = catalogue or item()

    def answer(each: WebLine) -> SoldAs | Problem:
        return answers[each.line_id]

    return resolve_lines(order, answer, {known.sellable.item_no: known}, "01")


def refusals(*sold: SoldAs | Problem, **changes: Any) -> list[Problem]:
    with pytest.raises(RefusedError) as refused:
        resolve(*sold, **changes)
    return list(refused.value.problems)


PACK, CARTON, SHEET = (SoldAs("01-10100", code) for code in "012")
MISSING = Problem("SKU_NOT_FOUND", "sku", "'X'", "an item number", "correct the SKU")


def test_a_carton_counts_as_its_packs():
    """CP §6.3 bug 21: one carton was committed as one pack."""
    packs, cartons = resolve(PACK, CARTON)
    assert (packs.unit.name, packs.stocking_qty) == ("PK", 2)
    assert (cartons.unit.name, cartons.stocking_qty) == ("CT", 10)


def test_a_unit_smaller_than_the_stocking_one_is_a_part_of_it():
    (sheets,) = resolve(SHEET, quantity=250)
    assert sheets.stocking_qty == D("0.5")
    (sheet,) = resolve(SHEET, quantity=1)
    assert sheet.stocking_qty == D("0.0020")


@pytest.mark.parametrize(
    ("unit", "quantity", "decimals", "booked"),
    [
        (PACK, "1.5", 0, False),
        (PACK, "1.5", 1, True),
        (PACK, "0.25", 1, False),
        (PACK, "2.000", 0, True),
        (CARTON, "0.5", 0, False),
        (CARTON, "0.5", 1, True),
        (SHEET, "250", 0, True),
    ],
)
def test_the_item_says_how_many_decimals_a_quantity_sold_may_have(unit, quantity, decimals, booked):
    """CP §1.4 QTY_DECS; of the quantity sold: half a pack is fine as 250 sheets."""
    catalogue = item(qty_decs=decimals)
    if booked:
        (line,) = resolve(unit, quantity=D(quantity), catalogue=catalogue)
        assert line.web.quantity == D(quantity)
        return
    (problem,) = refusals(unit, quantity=D(quantity), catalogue=catalogue)
    assert (problem.code, problem.field) == ("QTY_DECIMALS", "line_items[0].quantity")
    assert f"{quantity} of item 01-10100" in problem.found
    assert f"at most {decimals} decimals" in problem.expected


def test_every_bad_line_is_named_at_once():
    problems = refusals(MISSING, MISSING)
    assert [one.field for one in problems] == ["line_items[0].sku", "line_items[1].sku"]


def test_a_refused_line_carries_the_name_that_is_left_of_its_product():
    (problem,) = refusals(MISSING, name="Gone paper")
    assert "Gone paper" in problem.found


def test_a_refused_line_names_its_sku_and_says_to_replay():
    (problem,) = refusals(MISSING, sku="99-99999")
    assert problem.sku == "99-99999"
    assert problem.next_step == "correct the SKU; then replay"


def test_of_a_deleted_product_nothing_can_be_corrected_but_the_order_entered():
    """WC §2: product_id 0 and no SKU; there is no product to give one to."""
    (problem,) = refusals(replace(MISSING, code="NO_SKU"), product_id=0, sku=None)
    assert problem.sku is None
    assert problem.next_step.startswith(
        "the product is deleted: enter the order in Counterpoint by hand and `woocp settle` it; or"
    )
    assert problem.next_step.endswith(", then replay")


@pytest.mark.parametrize(("method", "what"), [("S", "serial numbers"), ("G", "grid cells")])
def test_tracked_items_are_for_the_till(method, what):
    (problem,) = refusals(PACK, catalogue=item(trk_meth=method))
    assert problem.code == "TRACKED_ITEM"
    assert what in problem.found
    assert problem.sku == "01-10100"


def test_an_inventory_item_without_a_stock_row_is_refused_and_never_given_one():
    """CP §4.2 rule 8, §6.4 bug 28."""
    (problem,) = refusals(PACK, catalogue=item(cost=None))
    assert problem.code == "NO_INVENTORY_ROW"
    assert "location 01" in problem.found


@pytest.mark.parametrize("kind", ["N", "S"])
def test_services_need_no_stock_row(kind):
    (line,) = resolve(PACK, catalogue=item(item_typ=kind, cost=None))
    assert line.stocking_qty == 2


def test_a_unit_that_vanished_while_reading_is_an_error_and_no_guess():
    with pytest.raises(ValueError, match="lost unit 5"):
        resolve(SoldAs("01-10100", "5"))
