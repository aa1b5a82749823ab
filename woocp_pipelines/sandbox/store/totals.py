"""Amounts of an order: line completion and sums, to the cent, never in floats.

Belongs here: arithmetic on the lines of one order. Does not: stock, statuses, permissions.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from woocp_pipelines.rules.money import ZERO, cents
from woocp_pipelines.sandbox.store.errors import Json

CHARGE_LISTS = ("line_items", "shipping_lines", "fee_lines")


def amount(value: Any) -> Decimal:
    """An amount of the store's JSON; empty text is zero, as in WooCommerce."""
    try:
        return Decimal(str(value)) if value not in {None, ""} else ZERO
    except InvalidOperation:
        return ZERO


def money_text(value: Any) -> str:
    """An amount as the API shows it: two decimals."""
    return f"{cents(amount(value)):.2f}"


def add_up(rows: Iterable[Json], key: str) -> Decimal:
    """The sum of one key over some lines."""
    return sum((amount(row.get(key)) for row in rows), ZERO)


def unit_price(line: Json) -> int | float:
    """The line's `price`: a float with its noise, as WooCommerce divides (WC §2)."""
    quantity = line["quantity"]
    if not quantity:
        return 0
    price = float(amount(line["total"])) / quantity
    # PHP writes whole floats without a point.
    return int(price) if price.is_integer() else price


def complete_totals(order: Json) -> None:
    """Fill the totals that an order does not have."""
    for key, value in _totals(order).items():
        order.setdefault(key, value)


def recalculate(order: Json) -> None:
    """Replace all totals by the sums of the lines and the taxes that the lines carry."""
    _sum_tax_lines(order)
    order.update(_totals(order))


def _totals(order: Json) -> dict[str, str]:
    lines = order["line_items"]
    shipping = add_up(order["shipping_lines"], "total")
    fees = add_up(order["fee_lines"], "total")
    shipping_tax = add_up(order["shipping_lines"], "total_tax")
    cart_tax = add_up(lines, "total_tax") + add_up(order["fee_lines"], "total_tax")
    discount = add_up(lines, "subtotal") - add_up(lines, "total")
    discount_tax = add_up(lines, "subtotal_tax") - add_up(lines, "total_tax")
    total = add_up(lines, "total") + shipping + fees + cart_tax + shipping_tax
    sums = {
        "discount_total": discount,
        "discount_tax": discount_tax,
        "shipping_total": shipping,
        "shipping_tax": shipping_tax,
        "cart_tax": cart_tax,
        "total": total,
        "total_tax": cart_tax + shipping_tax,
    }
    return {key: money_text(value) for key, value in sums.items()}


def _sum_tax_lines(order: Json) -> None:
    for tax_line in order["tax_lines"]:
        rate = tax_line["rate_id"]
        goods = _tax_of_rate(order["line_items"], rate) + _tax_of_rate(order["fee_lines"], rate)
        tax_line["tax_total"] = money_text(goods)
        tax_line["shipping_tax_total"] = money_text(_tax_of_rate(order["shipping_lines"], rate))


def _tax_of_rate(lines: Iterable[Json], rate: int) -> Decimal:
    return add_up((tax for line in lines for tax in line["taxes"] if tax["id"] == rate), "total")
