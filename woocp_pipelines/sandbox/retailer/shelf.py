"""What the shop shows as stock before the first inventory run, and what it must show after it.

Belongs here: quantities in selling units, drift since an earlier push included. The share of
differences is kept below the circuit breaker's limits (design §4). Does not: the order flow.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.sandbox.retailer.catalogue import ItemSeed
from woocp_pipelines.sandbox.retailer.listings import Listing
from woocp_pipelines.sandbox.retailer.order_seed import OrderSeed

# Goods that nobody counts in this shop: services, unmanaged products and discontinued items.
_LEFT_ALONE: Final = 12
_DRIFT_CYCLE: Final = 12
_MORE, _LESS, _EMPTIED, _OVERSOLD = 0, 4, 8, 2
_OVERSOLD_BY: Final = -3


def expected_quantity(
    listing: Listing, item: ItemSeed | None, promised: Decimal = ZERO
) -> int | None:
    """What must be published: whole selling units of what is free, never below zero.

    `promised` is what web orders take from the item, in stocking units, booked or not. None: the
    quantity of this listing is left alone.
    """
    if item is None or listing.problem or not listing.manages_stock or listing.shape == "parent":
        return None
    if item.kind != "I" or item.status not in {"A", "V"}:
        return None
    numer, denom = item.factor(listing.unit)
    free = Fraction(item.available - promised) * denom / numer
    return max(0, math.floor(free))


def shown_quantity(listing: Listing, item: ItemSeed | None, sold: int) -> int:
    """What the shop shows at first: an earlier push with its drift, minus what was sold since."""
    pushed = expected_quantity(listing, item)
    if pushed is None:
        return _LEFT_ALONE
    return pushed + _drift(listing, pushed) - sold


def promised_by_orders(
    orders: Iterable[OrderSeed], shop: Mapping[str, Listing], items: Mapping[str, ItemSeed]
) -> dict[str, Decimal]:
    """Stocking units by item that orders take: booked ones, held ones, and refused ones too.

    A refused order waits for people and may still be booked, so its goods stay promised.
    """
    promised: dict[str, Decimal] = {}
    for order in orders:
        if order.verdict.outcome == "ignored":
            continue
        for line in order.lines:
            listing = shop.get(line.sku)
            if listing is None or listing.item_no is None:
                continue
            numer, denom = items[listing.item_no].factor(listing.unit)
            taken = Decimal(line.quantity) * numer / denom
            promised[listing.item_no] = promised.get(listing.item_no, ZERO) + taken
    return promised


def sold_by_listing(orders: Sequence[OrderSeed]) -> dict[str, int]:
    """Pieces by SKU that WooCommerce has taken from its own stock (WC §3.7)."""
    sold: dict[str, int] = {}
    for order in orders:
        # Older orders are long since in Counterpoint; its count and the last push know them.
        if not order.takes_stock or order.verdict.reason.startswith("before"):
            continue
        for line in order.lines:
            sold[line.sku] = sold.get(line.sku, 0) + line.quantity
    return sold


def _drift(listing: Listing, pushed: int) -> int:
    step = listing.product_id % _DRIFT_CYCLE
    if pushed == 0:
        # Sold out since at the tills; or sold beyond zero on the web where that is allowed.
        emptied = {_EMPTIED: 6, _OVERSOLD: _OVERSOLD_BY if listing.backorders != "no" else 0}
        return emptied.get(step, 0)
    return {_MORE: 7, _LESS: -5 if pushed > 5 else 0}.get(step, 0)  # noqa: PLR2004
