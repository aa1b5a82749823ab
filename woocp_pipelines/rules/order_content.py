"""What of an order matters: its status group and the hash that tells a change from an echo.

Belongs here: design §4 "Orders" on statuses and content hash. Does not: saying what changed
(order_changes.py), what a change means (order_staging.py), storing (counterpoint/staging.py).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from woocp_pipelines.rules.money import ZERO, NotAnAmountError, read_decimal
from woocp_pipelines.settings import Orders

StatusGroup = Literal["bookable", "held", "other"]

_LINE_KEYS: Final = ("id", "product_id", "variation_id", "quantity", "subtotal", "total", "taxes")
_CHARGE_KEYS: Final = ("id", "method_id", "instance_id", "name", "total", "total_tax")
_COUPON_KEYS: Final = ("id", "code", "discount")
_TAX_KEYS: Final = ("rate_id", "tax_total", "shipping_tax_total")
_AMOUNTS: Final = frozenset(
    ("quantity", "subtotal", "total", "total_tax", "discount", "tax_total", "shipping_tax_total")
)


def status_group(status: str, orders: Orders) -> StatusGroup:
    """Bookable statuses become documents, held ones are kept and never booked (design §4)."""
    if status in orders.statuses:
        return "bookable"
    return "held" if status in orders.held_statuses else "other"


def group_of_booked(status: str, orders: Orders) -> StatusGroup:
    """The group of an order that is booked: `completed` is where fulfilment brings it.

    Also where orders.statuses does not name it: such orders are not booked then, but those that
    are booked get there, and none of them is a revision for that.
    """
    return "bookable" if status == "completed" else status_group(status, orders)


def content_of(raw: Mapping[str, Any], group: StatusGroup) -> dict[str, Any]:
    """What would change the booking of an order; equal amounts are equal, lists have no order.

    Left out on purpose: modified times, meta data, a line's sku, name, price and image, which
    change by themselves (WC §2), a move between two bookable statuses, and when an order was paid
    that costs nothing: it has no payment.
    """
    total = _plain("total", raw.get("total"))
    return {
        "group": group,
        "currency": raw.get("currency"),
        "customer": raw.get("customer_id"),
        "billing": raw.get("billing"),
        "shipping": raw.get("shipping"),
        "payment": raw.get("payment_method"),
        "paid": None if total == "0" else raw.get("date_paid_gmt"),
        "note": raw.get("customer_note"),
        "lines": _pick(raw.get("line_items"), _LINE_KEYS),
        "shipping_lines": _pick(raw.get("shipping_lines"), _CHARGE_KEYS),
        "fees": _pick(raw.get("fee_lines"), _CHARGE_KEYS),
        "coupons": _pick(raw.get("coupon_lines"), _COUPON_KEYS),
        "taxes": _pick(raw.get("tax_lines"), _TAX_KEYS),
        "refunds": _pick(raw.get("refunds"), ("id", "total")),
        "total": total,
    }


def content_hash(raw: Mapping[str, Any], group: StatusGroup) -> str:
    """SHA-256 over `content_of`."""
    return hashlib.sha256(canonical(content_of(raw, group)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as it is or was at one moment, with the group of its status."""

    raw: Mapping[str, Any]
    group: StatusGroup

    @property
    def status(self) -> str:
        """WooCommerce's status."""
        return str(self.raw.get("status"))

    @property
    def content(self) -> dict[str, Any]:
        """See `content_of`."""
        return content_of(self.raw, self.group)

    @property
    def digest(self) -> str:
        """See `content_hash`."""
        return content_hash(self.raw, self.group)


def encode_order(raw: Mapping[str, Any]) -> str:
    """The raw order as it is kept; the only float of WooCommerce, a line's price, stays one."""
    return json.dumps(raw, ensure_ascii=False, default=_number)


def decode_order(text: str) -> dict[str, Any]:
    """Read a kept order back, numbers as Decimals."""
    order = json.loads(text, parse_float=Decimal)
    if not isinstance(order, dict):
        raise TypeError("a kept order is a JSON object")
    return order


def _pick(items: object, names: tuple[str, ...]) -> list[dict[str, Any]]:
    if not isinstance(items, list):
        return []
    picked = [
        {name: _plain(name, item.get(name)) for name in names if name in item}
        for item in items
        if isinstance(item, dict)
    ]
    # The store may list rates, refunds and lines in another order after a recalculation.
    return sorted(picked, key=canonical)


def canonical(content: object) -> str:
    """The text that is hashed: equal for equal contents, whatever the order of their keys."""
    return json.dumps(content, sort_keys=True, default=str, ensure_ascii=True)


def _plain(name: str, value: object) -> object:
    if name == "taxes":
        return _pick(value, ("id", "total"))
    if name not in _AMOUNTS:
        return value
    try:
        # "5" and "5.00" are the same discount (WC §2), and so are "0.00" and "-0.00".
        return format(read_decimal(value).normalize() + ZERO, "f")
    except NotAnAmountError:
        return str(value)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} cannot be kept as JSON")
