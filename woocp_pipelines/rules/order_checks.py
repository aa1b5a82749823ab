"""Whether an order can be booked at all: currency, quantities, and arithmetic to the cent.

Belongs here: checks that need the order and settings only (CP §3.3 "Validation", §4.2). SKUs and
units: units.py and order_catalogue.py; codes of Counterpoint: document_building.
"""

from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import CENT, ZERO, cents
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.web_order import WebOrder

_EDIT: Final = "correct the order in WooCommerce, then replay it"


def check_order(order: WebOrder, currency: str) -> list[Problem]:
    """All that is wrong with an order in itself; empty when it can be booked."""
    problems = [*_check_currency(order, currency), *_check_lines(order)]
    if any(charge.total < ZERO for charge in (*order.fee_lines, *order.shipping_lines)):
        problems.append(_negative_charge(order))
    return problems or _check_sums(order)


def goods_correction(order: WebOrder) -> Decimal:
    """The cent by which the goods must differ from their lines so that the total is met.

    WooCommerce rounds each shown amount but adds unrounded ones, so a right order may be a cent
    off (CP §3.3 allows 0.01). What the customer paid is the total, so the total is met.
    """
    return order.total - _sum_of_parts(order)


def _sum_of_parts(order: WebOrder) -> Decimal:
    return order.goods_total + order.fee_total + order.shipping_total + order.total_tax


def _check_currency(order: WebOrder, currency: str) -> list[Problem]:
    if order.currency == currency:
        return []
    return [
        Problem(
            code="CURRENCY",
            field="currency",
            found=order.currency,
            expected=currency,
            next_step="enter the order in Counterpoint by hand, or correct store.currency",
        )
    ]


def _check_lines(order: WebOrder) -> list[Problem]:
    if not order.lines:
        return [
            Problem(
                code="NO_LINES",
                field="line_items",
                found="no lines",
                expected="at least one product line",
                next_step=_EDIT,
            )
        ]
    return [
        Problem(
            code="QUANTITY",
            field=f"line_items[{index}].quantity",
            found=str(line.quantity),
            expected="a quantity above 0",
            next_step=_EDIT,
        )
        for index, line in enumerate(order.lines)
        if line.quantity <= ZERO
    ]


def _negative_charge(order: WebOrder) -> Problem:
    charges = [*order.fee_lines, *order.shipping_lines]
    bad = next(charge for charge in charges if charge.total < ZERO)
    return Problem(
        code="NEGATIVE_FEE",
        field="fee_lines" if bad in order.fee_lines else "shipping_lines",
        found=f"{bad.title}: {bad.total}",
        expected="charges from 0.00",
        next_step="replace the negative fee by a coupon in WooCommerce, then replay the order",
    )


def _check_sums(order: WebOrder) -> list[Problem]:
    shown = cents(order.total)
    shipping = sum((line.total for line in order.shipping_lines), ZERO)
    if abs(shipping - order.shipping_total) > CENT:
        return [_does_not_add_up("shipping_total", str(order.shipping_total), str(shipping), "")]
    if abs(goods_correction(order)) <= CENT and shown == order.total:
        return []
    sums = (
        f"lines {order.goods_total} + fees {order.fee_total} + shipping {order.shipping_total} "
        f"+ tax {order.total_tax} = {_sum_of_parts(order)}"
    )
    return [_does_not_add_up("total", str(order.total), str(_sum_of_parts(order)), sums)]


def _does_not_add_up(field: str, found: str, expected: str, sums: str) -> Problem:
    return Problem(
        code="ARITHMETIC",
        field=field,
        found=found,
        expected=expected,
        arithmetic=sums,
        next_step="recalculate the order in WooCommerce, then replay it",
    )
