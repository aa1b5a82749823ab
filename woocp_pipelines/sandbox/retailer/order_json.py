"""From a declared order to the JSON that the store gives, amounts exact to the cent.

Belongs here: the arithmetic of a shop order (WC §2): line totals, coupons, taxes per line and rate,
sums. Does not: what is ordered (orders_*.py) or what must become of it (expectations.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.rules.clock import read_gmt, write_gmt
from woocp_pipelines.rules.money import ZERO, cents, split_cents
from woocp_pipelines.sandbox.retailer.accounts import Account
from woocp_pipelines.sandbox.retailer.listings import Listing
from woocp_pipelines.sandbox.retailer.order_seed import Line, OrderSeed
from woocp_pipelines.sandbox.retailer.people import TAXES_BY_STATE

Json = dict[str, Any]
Rate = tuple[int, str, str, str, bool]
_GONE_PRICE: Final = Decimal("7.77")


def order_json(order: OrderSeed, shop: Mapping[str, Listing]) -> Json:
    """One order in the shape of GET /orders/{id}; the store adds the constant rest."""
    rates = () if order.exempt else TAXES_BY_STATE.get((order.ship_to or order.person).state, ())
    lines = _lines(order, shop, rates)
    shipping = [
        _charge(
            {"method_title": ship.title, "method_id": ship.method, "instance_id": ship.instance},
            Decimal(ship.cost),
            [rate for rate in rates if rate[4]],
        )
        for ship in order.shipping
    ]
    fees = [_charge({"name": name}, Decimal(amount), rates) for name, amount in _fees(order)]
    taxes = [_tax_line(rate, [*lines, *fees], shipping) for rate in rates]
    return {
        "id": order.order_id,
        "status": order.status,
        "currency": order.currency,
        "customer_id": order.buyer.user_id if isinstance(order.buyer, Account) else 0,
        "created_via": "checkout",
        "billing": order.person.billing(),
        "shipping": (order.ship_to or order.person).shipping(),
        "payment_method": order.method[0],
        "payment_method_title": order.method[1],
        "transaction_id": f"tx_{order.order_id * 7919}" if order.method[0] == "stripe" else "",
        "customer_note": order.note,
        "meta_data": [{"key": key, "value": value} for key, value in order.meta],
        "line_items": lines,
        "shipping_lines": shipping,
        "fee_lines": fees,
        "coupon_lines": _coupon_lines(order, lines),
        "tax_lines": taxes,
        **_times(order),
        **_totals(order, lines, shipping, fees),
    }


def refund_json(order: OrderSeed, raw: Json, number: int) -> Json:
    """Refund `number` of an order, with negative quantities and amounts as the store has them."""
    refund = order.refunds[number]
    given_back = read_gmt(order.created) + timedelta(days=3)
    line = raw["line_items"][0]
    back: list[Json] = []
    amount = raw["total"] if refund.amount == "all" else refund.amount
    if refund.pieces:
        share = cents(Decimal(line["total"]) * refund.pieces / line["quantity"])
        amount = _text(share)
        back = [
            {
                "name": line["name"],
                "product_id": line["product_id"],
                "variation_id": line["variation_id"],
                "sku": line["sku"],
                "quantity": -refund.pieces,
                "subtotal": _text(-share),
                "total": _text(-share),
            }
        ]
    return {
        "id": refund.refund_id,
        "date_created_gmt": write_gmt(given_back),
        "amount": amount,
        "reason": refund.reason,
        "line_items": back,
    }


def _fees(order: OrderSeed) -> Sequence[tuple[str, str]]:
    return (order.fee,) if order.fee else ()


def _lines(order: OrderSeed, shop: Mapping[str, Listing], rates: Sequence[Rate]) -> list[Json]:
    subtotals = [cents(_price(line, shop) * line.quantity) for line in order.lines]
    discounts = _discounts(order, subtotals)
    return [
        _line(line, shop, subtotal, subtotal - discount, rates)
        for line, subtotal, discount in zip(order.lines, subtotals, discounts, strict=True)
    ]


def _price(line: Line, shop: Mapping[str, Listing]) -> Decimal:
    return _GONE_PRICE if line.deleted else shop[line.sku].price


def _discounts(order: OrderSeed, subtotals: list[Decimal]) -> list[Decimal]:
    coupon = order.coupon
    if coupon is None:
        return [cents(ZERO)] * len(subtotals)
    if coupon.amount:
        return split_cents(Decimal(coupon.amount), subtotals)
    return [cents(subtotal * Decimal(coupon.percent) / 100) for subtotal in subtotals]


def _line(
    line: Line,
    shop: Mapping[str, Listing],
    subtotal: Decimal,
    total: Decimal,
    rates: Sequence[Rate],
) -> Json:
    taxes: list[Json] = [
        {"id": rate[0], "total": _tax(total, rate), "subtotal": _tax(subtotal, rate)}
        for rate in rates
    ]
    amounts = {
        "quantity": line.quantity,
        "subtotal": _text(subtotal),
        "subtotal_tax": _text(sum((Decimal(tax["subtotal"]) for tax in taxes), ZERO)),
        "total": _text(total),
        "total_tax": _text(sum((Decimal(tax["total"]) for tax in taxes), ZERO)),
        "taxes": taxes,
    }
    if line.deleted:
        return {"name": "No longer made", "product_id": 0, "sku": None, **amounts}
    sold = shop[line.sku]
    return {**_product_of(sold), **amounts}


def _product_of(sold: Listing) -> Json:
    if sold.shape != "variation":
        return {"name": sold.name, "product_id": sold.product_id, "sku": sold.sku}
    return {
        "name": f"{sold.name} - {sold.option}",
        "product_id": sold.parent_id,
        "variation_id": sold.product_id,
        "parent_name": sold.name,
        "sku": sold.sku,
    }


def _charge(facts: Json, total: Decimal, rates: Sequence[Rate]) -> Json:
    taxes: list[Json] = [
        {"id": rate[0], "total": _tax(total, rate), "subtotal": ""} for rate in rates
    ]
    tax = sum((Decimal(tax["total"]) for tax in taxes), ZERO)
    return {**facts, "total": _text(total), "total_tax": _text(tax), "taxes": taxes}


def _tax_line(rate: Rate, goods: list[Json], shipping: list[Json]) -> Json:
    percent = Decimal(rate[3])
    return {
        "rate_id": rate[0],
        "rate_code": rate[1],
        "label": rate[2],
        # The store shows percentages as JSON numbers, whole ones without a point.
        "rate_percent": int(percent) if percent == int(percent) else float(percent),
        "tax_total": _text(_of_rate(rate, goods)),
        "shipping_tax_total": _text(_of_rate(rate, shipping)),
    }


def _of_rate(rate: Rate, lines: list[Json]) -> Decimal:
    taxes = (tax for line in lines for tax in line["taxes"] if tax["id"] == rate[0])
    return sum((Decimal(tax["total"]) for tax in taxes), ZERO)


def _coupon_lines(order: OrderSeed, lines: list[Json]) -> list[Json]:
    coupon = order.coupon
    if coupon is None:
        return []
    discount = _sum(lines, "subtotal") - _sum(lines, "total")
    tax = _sum(lines, "subtotal_tax") - _sum(lines, "total_tax")
    nominal = Decimal(coupon.percent or coupon.amount)
    return [
        {
            "code": coupon.code,
            # As WooCommerce does: 20 stands for 20.00 here.
            "discount": format(discount.normalize(), "f"),
            "discount_tax": format(tax.normalize(), "f"),
            "discount_type": "percent" if coupon.percent else "fixed_cart",
            "nominal_amount": int(nominal) if nominal == int(nominal) else float(nominal),
        }
    ]


def _totals(order: OrderSeed, lines: list[Json], shipping: list[Json], fees: list[Json]) -> Json:
    cart_tax = _sum(lines, "total_tax") + _sum(fees, "total_tax")
    shipping_tax = _sum(shipping, "total_tax")
    charges = _sum(lines, "total") + _sum(fees, "total") + _sum(shipping, "total")
    return {
        "discount_total": _text(_sum(lines, "subtotal") - _sum(lines, "total")),
        "discount_tax": _text(_sum(lines, "subtotal_tax") - _sum(lines, "total_tax")),
        "shipping_total": _text(_sum(shipping, "total")),
        "shipping_tax": _text(shipping_tax),
        "cart_tax": _text(cart_tax),
        "total_tax": _text(cart_tax + shipping_tax),
        "total": _text(charges + cart_tax + shipping_tax + order.off),
    }


def _times(order: OrderSeed) -> Json:
    created = read_gmt(order.created)
    changed = created + timedelta(days=3) if order.refunds else created + timedelta(minutes=1)
    done = created + timedelta(days=2) if order.status == "completed" else None
    return {
        "date_created_gmt": order.created,
        "date_paid_gmt": write_gmt(created + timedelta(seconds=20)) if order.paid else None,
        "date_paid": None,
        "date_completed_gmt": done and write_gmt(done),
        "date_completed": None,
        "date_modified_gmt": write_gmt(_later(changed, done)),
    }


def _later(one: datetime, other: datetime | None) -> datetime:
    return max(one, other) if other else one


def _tax(base: Decimal, rate: Rate) -> str:
    return _text(cents(base * Decimal(rate[3]) / 100))


def _sum(lines: list[Json], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in lines), ZERO)


def _text(amount: Decimal) -> str:
    return f"{cents(amount):.2f}"
