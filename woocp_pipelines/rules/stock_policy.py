"""How much stock the shop may show, and what has to be written for it (CP §3.4, design §4).

Belongs here: the published quantity with its arithmetic, and the differences against the store.
Does not: reading either side, sending (flows/inventory.py), when to stop (stock_breaker.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import SellableItem, selling_quantity, sku_key

# Staged orders that will or may still be booked: what they take is not in Counterpoint yet.
UNBOOKED: Final = ("PENDING", "HELD", "CLAIMED", "REFUSED", "REREAD")
_INVENTORY: Final = "I"
_WEB_STATUSES: Final = frozenset({"A", "V"})


@dataclass(frozen=True, slots=True)
class StockFigures:
    """One item in Counterpoint at one moment; quantities in stocking units.

    `on_hand` and `committed` are sums over the chosen locations, None where the item has no row
    there. `unbooked` are lines of web orders that are not in Counterpoint yet.
    """

    item: SellableItem
    item_typ: str
    stat: str
    is_ecomm: bool
    on_hand: Decimal | None
    committed: Decimal | None
    unbooked: Decimal = ZERO

    @property
    def is_web_item(self) -> bool:
        """The scope of CP §3.4: IS_ECOMM_ITEM 'Y' and STAT 'A' or 'V'."""
        return self.is_ecomm and self.stat in _WEB_STATUSES


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """The choices of `[inventory]`. `buffer` is kept back of each item, in stocking units."""

    quantity: Literal["available", "on_hand"] = "available"
    buffer: int = 0
    unlisted: Literal["keep", "zero"] = "keep"


@dataclass(frozen=True, slots=True)
class Published:
    """A quantity in whole selling units, and the sum that gave it."""

    quantity: int
    arithmetic: str


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """The product's stock is not ours to write; a quantity that is not known is never zero."""

    reason: str


@dataclass(frozen=True, slots=True)
class StockChange:
    """One quantity to be written. `before` is None when the store shows no whole number."""

    product: StoreProduct
    before: int | None
    after: int
    arithmetic: str

    @property
    def raises(self) -> bool:
        """True unless the shop certainly shows less (or nothing) afterwards."""
        return self.after > 0 and (self.before is None or self.after > self.before)

    @property
    def zeroes(self) -> bool:
        """True when a product that could be bought can be bought no more."""
        return self.after == 0 and (self.before is None or self.before > 0)


@dataclass(slots=True)
class Comparison:
    """What the shop shows against what it may show.

    `held_back` are raises that wait because unbooked orders could not be read; `left_alone` says
    why, by product id; `equal` are products that need nothing.
    """

    changes: list[StockChange] = field(default_factory=list)
    held_back: list[StockChange] = field(default_factory=list)
    equal: list[StoreProduct] = field(default_factory=list)
    left_alone: dict[int, str] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Products whose quantity is known on both sides."""
        return len(self.changes) + len(self.held_back) + len(self.equal)


def published_quantity(
    figures: StockFigures | None, sell_unit: str, policy: StockPolicy
) -> Published | LeftAlone:
    """What the shop may show of an item in one of its selling units.

    Counterpoint's quantity less unbooked web orders and buffer, in selling units, floored, never
    below zero (CP §3.4, §1.5.1). Service and other non-inventory items, and items without a stock
    row, are left alone: their quantity is unknown, not zero (CP §6.4 bug 34).
    """
    if figures is None:
        return LeftAlone("the item is not in Counterpoint, or no web item")
    if figures.item_typ != _INVENTORY:
        return LeftAlone(f"ITEM_TYP {figures.item_typ!r} holds no stock")
    if not figures.is_web_item:
        return _unlisted(figures, policy)
    if figures.on_hand is None or figures.committed is None:
        return LeftAlone("no IM_INV row at the chosen locations")
    unit = figures.item.unit(sell_unit)
    if unit is None:
        return LeftAlone(f"the item has no unit {sell_unit} any more")
    promised = ZERO if policy.quantity == "on_hand" else figures.committed
    free = figures.on_hand - promised - figures.unbooked - policy.buffer
    units = selling_quantity(free, unit.numer, unit.denom)
    sums = _sum_text(figures, policy, free)
    if unit.numer != unit.denom:
        sums += f"; {free} x {unit.denom} / {unit.numer} = {units} {unit.name}"
    quantity = max(0, units)
    return Published(quantity, sums if quantity == free else f"{sums}; published {quantity}")


def explain(figures: StockFigures | None, sell_unit: str, policy: StockPolicy) -> str:
    """The arithmetic of one product's quantity, or why there is none, as one line for people."""
    answer = published_quantity(figures, sell_unit, policy)
    return answer.arithmetic if isinstance(answer, Published) else f"left alone: {answer.reason}"


def compare_stock(
    entries: Iterable[MapEntry],
    figures: Mapping[str, StockFigures],
    policy: StockPolicy,
    *,
    may_raise: bool = True,
) -> Comparison:
    """Find what has to be written so that the shop shows what it may.

    Args:
        entries: the product map; only active products with an item and a stock of their own count.
        figures: by `sku_key(ITEM_NO)`, all of one moment.
        policy: the settings.
        may_raise: False when the web orders could not be read just now: the shop may have sold
            what Counterpoint still shows, so quantities may only fall.
    """
    found = Comparison()
    for entry in entries:
        if not entry.active or entry.sold is None or not entry.product.manages_stock:
            continue
        product = entry.product
        answer = published_quantity(
            figures.get(sku_key(entry.sold.item_no)), entry.sold.sell_unit, policy
        )
        if isinstance(answer, LeftAlone):
            found.left_alone[product.product_id] = answer.reason
        elif answer.quantity == product.quantity:
            found.equal.append(product)
        else:
            change = StockChange(product, product.quantity, answer.quantity, answer.arithmetic)
            held = change.raises and not may_raise
            (found.held_back if held else found.changes).append(change)
    return found


def _unlisted(figures: StockFigures, policy: StockPolicy) -> Published | LeftAlone:
    why = "IS_ECOMM_ITEM is not 'Y'" if not figures.is_ecomm else f"STAT is {figures.stat!r}"
    if policy.unlisted == "zero":
        return Published(0, f"no web item ({why}); inventory.unlisted = zero")
    return LeftAlone(f"no web item ({why}); inventory.unlisted = keep")


def _sum_text(figures: StockFigures, policy: StockPolicy, free: Decimal) -> str:
    parts = [f"on hand {figures.on_hand}"]
    if policy.quantity == "available":
        parts.append(f"committed {figures.committed}")
    parts.append(f"unbooked web orders {figures.unbooked}")
    if policy.buffer:
        parts.append(f"buffer {policy.buffer}")
    return f"{' - '.join(parts)} = {free} {figures.item.stk_unit}"
