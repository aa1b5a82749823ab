"""From web lines to booked lines: item, unit, stocking quantity, and what stands in the way.

Belongs here: CP §4.2 rules 1, 7, 8. Which item an SKU is: units.py. Prices: document_building.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from woocp_pipelines.rules.document_building.inputs import CatalogueItem, ResolvedLine
from woocp_pipelines.rules.money import round_to
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.units import SoldAs, stocking_quantity
from woocp_pipelines.rules.web_order import WebLine, WebOrder

Resolve = Callable[[WebLine], SoldAs | Problem]
_TRACKED: Final = {"S": "serial numbers", "G": "grid cells"}


def resolve_lines(
    order: WebOrder, resolve: Resolve, items: Mapping[str, CatalogueItem], location: str
) -> tuple[ResolvedLine, ...]:
    """Every line with its item and unit.

    Raises:
        RefusedError: one problem for each line that cannot be booked, naming the line.
    """
    lines, problems = [], []
    for index, line in enumerate(order.lines):
        found = _resolve_line(line, resolve(line), items, location)
        if isinstance(found, Problem):
            problems.append(_of_line(index, line, found))
        else:
            lines.append(found)
    if problems:
        raise RefusedError(*problems)
    return tuple(lines)


def no_stock_rows(
    lines: Sequence[ResolvedLine], item_nos: Collection[str], location: str
) -> list[Problem]:
    """The same refusal as of `resolve_lines`, of items whose stock row vanished since then."""
    return [
        _of_line(index, line.web, _no_stock_row(line.item, location))
        for index, line in enumerate(lines)
        if line.item.sellable.item_no in item_nos
    ]


def _of_line(index: int, line: WebLine, problem: Problem) -> Problem:
    field = f"line_items[{index}].{problem.field}"
    return replace(problem, field=field, sku=line.sku or None)


def _resolve_line(
    line: WebLine, sold: SoldAs | Problem, items: Mapping[str, CatalogueItem], location: str
) -> ResolvedLine | Problem:
    if isinstance(sold, Problem):
        return _named(sold, line)
    item = items[sold.item_no]
    unit = item.sellable.unit(sold.sell_unit)
    if unit is None:
        raise ValueError(f"item {sold.item_no} lost unit {sold.sell_unit} while it was read")
    tracked = _TRACKED.get(item.trk_meth)
    if tracked:
        return _is_tracked(line, item, tracked)
    if item.keeps_stock and item.cost is None:
        return _no_stock_row(item, location)
    if line.quantity != round_to(line.quantity, item.qty_decs):
        return _too_many_decimals(line, item)
    quantity = stocking_quantity(line.quantity, unit.numer, unit.denom)
    return ResolvedLine(line, item, unit, quantity)


def _named(problem: Problem, line: WebLine) -> Problem:
    """A deleted product leaves nothing but its name (WC §2): say it, and what can be done then."""
    step = f"{problem.next_step}; then replay"
    if not line.sku and (line.is_recalled or line.product_id == 0):
        step = (
            "the product is deleted: enter the order in Counterpoint by hand and `woocp settle` "
            "it; or, if the product can be restored, give it its SKU in the store, then replay"
        )
    elif line.is_recalled:
        step = (
            "the product is deleted: enter the order in Counterpoint by hand and `woocp settle` "
            "it; or add the item or its unit in Counterpoint, then replay"
        )
    return replace(problem, found=f"{problem.found} on {line.name!r}", next_step=step)


def _is_tracked(line: WebLine, item: CatalogueItem, tracked: str) -> Problem:
    return Problem(
        code="TRACKED_ITEM",
        field="sku",
        found=f"{line.sku}: item {item.sellable.item_no} is tracked by {tracked}",
        expected="an item without tracking",
        next_step="enter the order at a till, where the tracked unit can be chosen, and "
        "`woocp settle` it; or end the item's tracking in Counterpoint, then replay",
    )


def _too_many_decimals(line: WebLine, item: CatalogueItem) -> Problem:
    """The decimals are those of the quantity sold, in whatever unit: a till would refuse them."""
    return Problem(
        code="QTY_DECIMALS",
        field="quantity",
        found=f"{line.quantity} of item {item.sellable.item_no}",
        expected=f"at most {item.qty_decs} decimals, as the item's QTY_DECS says",
        next_step="give the item more quantity decimals in Counterpoint, or correct the quantity "
        "in WooCommerce; then replay",
    )


def _no_stock_row(item: CatalogueItem, location: str) -> Problem:
    return Problem(
        code="NO_INVENTORY_ROW",
        field="sku",
        found=f"item {item.sellable.item_no} has no stock row at location {location}",
        expected="one row in IM_INV for every inventory item that is sold on the web",
        next_step="add the item to the location in Counterpoint; then replay",
    )
