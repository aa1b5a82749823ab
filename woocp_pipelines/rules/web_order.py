"""A WooCommerce order as the rules see it: typed, amounts exact, times in UTC.

Belongs here: the records. How they are read from JSON: order_mapping.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.units import SoldAs


@dataclass(frozen=True, slots=True)
class RateTax:
    """Tax of one rate of the store; `rate_id` is WooCommerce's.

    `code` (US-NY-NY SALES TAX-1) and `label` stand on the order's own rates only.
    """

    rate_id: int
    total: Decimal
    code: str = ""
    label: str = ""

    @property
    def priority(self) -> int | None:
        """The last part of the code: rates of one order are applied in this order."""
        last = self.code.rpartition("-")[2]
        return int(last) if last.isascii() and last.isdigit() else None


@dataclass(frozen=True, slots=True)
class WebLine:
    """One product line. `total` is net of coupons and without tax; `sku` is None when missing.

    `taxes` are the rates that apply, also those whose amount rounds to 0.00. `is_recalled`: the
    store deleted its product since; ids, `sku` and `sold` are of first sight (order_goods.py).
    """

    line_id: int
    product_id: int
    variation_id: int
    name: str
    sku: str | None
    quantity: Decimal
    subtotal: Decimal
    total: Decimal
    total_tax: Decimal
    taxes: tuple[RateTax, ...] = ()
    is_recalled: bool = False
    sold: SoldAs | None = None


@dataclass(frozen=True, slots=True)
class WebCharge:
    """A shipping or fee line. `method` is "method_id:instance_id" for shipping, '' for fees.

    `taxes` as of a WebLine.
    """

    title: str
    method: str
    total: Decimal
    total_tax: Decimal
    taxes: tuple[RateTax, ...] = ()


@dataclass(frozen=True, slots=True)
class WebCoupon:
    """A coupon used; its discount is already inside the lines' totals."""

    code: str
    discount: Decimal


@dataclass(frozen=True, slots=True)
class WebOrder:
    """One order. `paid` is None while WooCommerce has no date paid.

    `discount_total`: what coupons took off, information only: it is in the lines' totals already.
    """

    order_id: int
    number: str
    status: str
    currency: str
    created: datetime
    modified: datetime
    paid: datetime | None
    customer_id: int
    billing: Mapping[str, Any]
    shipping: Mapping[str, Any]
    payment_method: str
    payment_title: str
    transaction_id: str
    customer_note: str
    lines: tuple[WebLine, ...]
    shipping_lines: tuple[WebCharge, ...]
    fee_lines: tuple[WebCharge, ...]
    coupons: tuple[WebCoupon, ...]
    tax_rates: tuple[RateTax, ...]
    discount_total: Decimal
    shipping_total: Decimal
    total_tax: Decimal
    total: Decimal

    @property
    def ship_to(self) -> Mapping[str, Any]:
        """The shipping address, or the billing one when there is none (CP §2.2)."""
        return self.shipping if self.shipping.get("address_1") else self.billing

    @property
    def email(self) -> str:
        """The billing e-mail, trimmed and lower-case."""
        return str(self.billing.get("email") or "").strip().lower()

    @property
    def goods_total(self) -> Decimal:
        """Sum of the product lines, net of coupons, without tax."""
        return sum((line.total for line in self.lines), ZERO)

    @property
    def fee_total(self) -> Decimal:
        """Sum of the fee lines without tax, negative ones included."""
        return sum((fee.total for fee in self.fee_lines), ZERO)

    @property
    def fees(self) -> tuple[WebCharge, ...]:
        """The fees that are charged."""
        return tuple(fee for fee in self.fee_lines if fee.total >= ZERO)

    @property
    def discounts(self) -> tuple[WebCharge, ...]:
        """The negative fees: discounts that no line shows yet (CP §4.3)."""
        return tuple(fee for fee in self.fee_lines if fee.total < ZERO)

    @property
    def discount_fee_total(self) -> Decimal:
        """What the negative fees take off the goods: an amount from zero."""
        return -sum((fee.total for fee in self.discounts), ZERO)
