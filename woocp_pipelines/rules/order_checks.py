"""Whether an order can be booked at all: currency, quantities, and arithmetic to the cent.

Belongs here: checks that need the order and settings only (CP §3.3 "Validation", §4.2). SKUs and
units: units.py and order_lines.py; codes of Counterpoint: counterpoint/codes.py.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import CENT, ZERO, cents, money_text, unit_price
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.text import clean
from woocp_pipelines.rules.web_order import WebOrder

_EDIT: Final = "correct the order in WooCommerce; then replay"
# "WOO " and the number are the document's REF, varchar(50).
_MAX_NUMBER: Final = 46


def check_order(order: WebOrder, currency: str) -> list[Problem]:
    """All that is wrong with an order in itself; empty when it can be booked."""
    problems = [
        *_check_number(order),
        *_check_currency(order, currency),
        *_check_lines(order),
        *_check_amounts(order),
    ]
    problems += [*_check_shipping_sign(order), *_check_discounts(order)]
    return problems or _check_sums(order)


def goods_correction(order: WebOrder) -> Decimal:
    """The cent by which the goods must differ from their lines so that the total is met.

    WooCommerce rounds each shown amount but adds unrounded ones, so a right order may be a cent
    off (CP §3.3 allows 0.01). What the customer paid is the total, so the total is met.
    """
    return order.total - _sum_of_parts(order)


def _sum_of_parts(order: WebOrder) -> Decimal:
    return order.goods_total + order.fee_total + order.shipping_total + order.total_tax


def _check_number(order: WebOrder) -> list[Problem]:
    number = clean(order.number)
    if 0 < len(number) <= _MAX_NUMBER:
        return []
    return [
        Problem(
            code="ORDER_NUMBER",
            field="number",
            found=repr(order.number),
            expected=f"1 to {_MAX_NUMBER} characters that Counterpoint can store: a cut number "
            "would be another one",
            next_step="shorten the shop's order numbers; then replay",
        )
    ]


def _check_currency(order: WebOrder, currency: str) -> list[Problem]:
    if order.currency == currency:
        return []
    return [
        Problem(
            code="CURRENCY",
            field="currency",
            found=order.currency,
            expected=currency,
            next_step="enter the order in Counterpoint by hand and `woocp settle` it; or correct "
            "store.currency, then replay",
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
            expected="a quantity above 0 with at most 4 decimals",
            next_step=_EDIT,
            sku=line.sku or None,
        )
        for index, line in enumerate(order.lines)
        if line.quantity <= ZERO or line.quantity != unit_price(line.quantity)
    ]


def _check_amounts(order: WebOrder) -> list[Problem]:
    """What becomes money of Counterpoint must be whole cents; goods and tax are never negative."""
    problems = []
    for field, amount in _amounts(order):
        exact = amount == cents(amount)
        charge = field.startswith(("shipping", "fee"))
        if exact and (charge or amount >= ZERO):
            continue
        problems.append(
            Problem(
                code="NEGATIVE_AMOUNT" if exact else "NOT_CENTS",
                field=field,
                found=money_text(amount),
                expected="an amount from 0.00" if exact else "an amount of at most 2 decimals",
                next_step=_EDIT,
            )
        )
    return problems


def _amounts(order: WebOrder) -> Iterator[tuple[str, Decimal]]:
    yield "total", order.total
    yield "total_tax", order.total_tax
    yield "shipping_total", order.shipping_total
    for index, line in enumerate(order.lines):
        yield f"line_items[{index}].total", line.total
    for index, fee in enumerate(order.fee_lines):
        yield f"fee_lines[{index}].total", fee.total


def _check_shipping_sign(order: WebOrder) -> list[Problem]:
    return [
        Problem(
            code="NEGATIVE_FEE",
            field="shipping_lines",
            found=f"{line.title}: {money_text(line.total)}",
            expected="shipping from 0.00",
            next_step="replace the negative shipping by a coupon or a negative fee in WooCommerce; "
            "then replay",
        )
        for line in order.shipping_lines
        if line.total < ZERO
    ]


def _check_discounts(order: WebOrder) -> list[Problem]:
    """Negative fees are folded into the goods (CP §4.3); no line may become negative by it."""
    left = order.goods_total - order.discount_fee_total
    if left >= ZERO:
        return []
    goods, discounts = money_text(order.goods_total), money_text(order.discount_fee_total)
    shown = ", ".join(f"{fee.title}: {money_text(fee.total)}" for fee in order.discounts)
    return [
        Problem(
            code="NEGATIVE_FEE",
            field="fee_lines",
            found=shown,
            expected=f"discounts of at most the goods' {goods}",
            arithmetic=f"lines {goods} - discounts {discounts} = {money_text(left)}",
            next_step="enter the order in Counterpoint by hand and `woocp settle` it; or lower the "
            "negative fee in WooCommerce, then replay",
        )
    ]


def _check_sums(order: WebOrder) -> list[Problem]:
    shipping = sum((line.total for line in order.shipping_lines), ZERO)
    if abs(shipping - order.shipping_total) > CENT:
        return [_does_not_add_up("shipping_total", order.shipping_total, shipping, "")]
    correction = goods_correction(order)
    goods = order.goods_total - order.discount_fee_total
    if abs(correction) <= CENT and goods + correction >= ZERO:
        return []
    parts = {
        "lines": order.goods_total,
        "fees": order.fee_total,
        "shipping": order.shipping_total,
        "tax": order.total_tax,
    }
    sums = " + ".join(f"{name} {money_text(part)}" for name, part in parts.items())
    whole = _sum_of_parts(order)
    return [_does_not_add_up("total", order.total, whole, f"{sums} = {money_text(whole)}")]


def _does_not_add_up(field: str, found: Decimal, expected: Decimal, sums: str) -> Problem:
    return Problem(
        code="ARITHMETIC",
        field=field,
        found=money_text(found),
        expected=money_text(expected),
        arithmetic=sums,
        next_step="recalculate the order in WooCommerce; then replay",
    )
