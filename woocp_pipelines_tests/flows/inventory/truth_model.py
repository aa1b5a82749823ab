"""What the shop may show, worked out without any code of the product.

Belongs here: Counterpoint's quantities as the tests moved them, what of the web orders is in
Counterpoint, and the promise that follows. Does not: doing anything (truth_shop.py).
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# An order in one of these holds goods until it is in Counterpoint (CP §3.4, WC §3.7).
TAKING = frozenset({"processing", "completed", "on-hold"})
PAID = frozenset({"processing", "completed"})
ZERO = Decimal(0)


@dataclass
class Item:
    """One item of Counterpoint; `till` is sold at the tills and not posted."""

    on_hand: Decimal
    committed: Decimal = ZERO
    till: Decimal = ZERO
    buffer: Decimal = ZERO


@dataclass(frozen=True)
class WebOrder:
    """One order as the store has it: `lines` are stocking quantities by item."""

    status: str
    lines: tuple[tuple[str, Decimal], ...]
    refunds: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """Paid, held or neither."""
        return "paid" if self.status in PAID else self.status if self.status in TAKING else ""

    def same(self, other: "WebOrder | None") -> bool:
        """Whether a reading of it would say nothing new."""
        mine = (self.group, self.lines, self.refunds)
        return other is not None and mine == (other.group, other.lines, other.refunds)


@dataclass
class Model:
    """Both systems in few words. `sold_as` is SKU → (item, stocking units in one)."""

    sold_as: dict[str, tuple[str, Decimal]]
    items: dict[str, Item]
    staged: dict[int, WebOrder] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    booked: dict[int, WebOrder] = field(default_factory=dict)

    def read_order(self, raw: dict[str, Any], sku_of: dict[int, str]) -> WebOrder:
        """The store's record; `sku_of` is by product or variation id."""
        lines: Counter[str] = Counter()
        for line in raw["line_items"]:
            sku = sku_of[line["variation_id"] or line["product_id"]]
            item, factor = self.sold_as[sku]
            lines[item] += line["quantity"] * factor
        refunds = tuple(str(refund["id"]) for refund in raw["refunds"])
        return WebOrder(raw["status"], tuple(sorted(lines.items())), refunds)

    def pulled(self, orders: dict[int, WebOrder]) -> None:
        """A pull that succeeded knows the orders as they were then."""
        for order_id, order in orders.items():
            if order_id not in self.booked and not order.same(self.staged.get(order_id)):
                self.refused.discard(order_id)
        self.staged.update(orders)

    def to_book(self, order_ids: set[int]) -> set[int]:
        """Those of the orders that a booking must write; an unknown item refuses its order."""
        bookable = {
            order_id
            for order_id in order_ids - self.booked.keys()
            if self.staged[order_id].group == "paid"
        }
        unknown = {each for each in bookable if not self._is_known(self.staged[each])}
        self.refused |= unknown
        return bookable - unknown

    def book(self, order_ids: set[int]) -> None:
        """They are in Counterpoint as they were staged."""
        for order_id in order_ids:
            self.refused.discard(order_id)
            self.booked[order_id] = self.staged[order_id]
            for item, quantity in self.staged[order_id].lines:
                self.items[item].committed += quantity

    def promises(self, orders: dict[int, WebOrder]) -> dict[str, int]:
        """What may be shown of each SKU whose item Counterpoint has."""
        waiting: Counter[str] = Counter()
        for order_id, order in orders.items():
            if order.status in TAKING:
                waiting.update(self._not_in_counterpoint(order_id, order))
        free = {
            name: item.on_hand - item.committed - item.buffer - waiting[name]
            for name, item in self.items.items()
        }
        return {
            sku: max(0, int(free[item] // factor))
            for sku, (item, factor) in self.sold_as.items()
            if item in free
        }

    def _not_in_counterpoint(self, order_id: int, order: WebOrder) -> dict[str, Decimal]:
        """All of an unbooked order; of a booked one what an edit added, which people enter."""
        booked = dict(self.booked[order_id].lines) if order_id in self.booked else {}
        return {
            item: max(ZERO, quantity - booked.get(item, ZERO)) for item, quantity in order.lines
        }

    def _is_known(self, order: WebOrder) -> bool:
        return all(item in self.items for item, _ in order.lines)
