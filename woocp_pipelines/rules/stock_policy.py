"""How much stock the shop may show, and what has to be written for it (CP §3.4, design §4).

Belongs here: the published quantity with its arithmetic, and the differences against the store.
Does not: reading either side, sending (flows/inventory.py), when to stop (stock_breaker.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from woocp_pipelines.rules.money import ZERO, plain
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import SellableItem, SellingUnit, SoldAs, selling_quantity, sku_key

# Staged orders that will or may still be booked: what they take is not in Counterpoint yet.
UNBOOKED: Final = ("PENDING", "HELD", "CLAIMED", "REFUSED", "REREAD")
# Orders of such an item are refused by the same name.
NO_STOCK_ROW: Final = "NO_INVENTORY_ROW"
_INVENTORY: Final = "I"
_GRIDDED: Final = "G"
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
    trk_meth: str = "N"

    @property
    def available(self) -> Decimal | None:
        """QTY_AVAIL over the chosen locations: on hand less committed (CP §1.5)."""
        if self.on_hand is None or self.committed is None:
            return None
        return self.on_hand - self.committed

    @property
    def is_promised_away(self) -> bool:
        """There are goods, and all of them are promised: `on_hand` would sell them again (Q4)."""
        if self.on_hand is None or self.available is None:
            return False
        return self.is_web_item and self.on_hand > 0 and self.available <= 0

    @property
    def is_web_item(self) -> bool:
        """The scope of CP §3.4: IS_ECOMM_ITEM 'Y' and STAT 'A' or 'V'."""
        return self.is_ecomm and self.stat in _WEB_STATUSES


@dataclass(frozen=True, slots=True)
class StockPolicy:
    """The choices of `[inventory]`.

    `buffer` is kept back of each item, in stocking units; `buffers` beat it: `sku_key(ITEM_NO)` to
    quantity. `locations` are those that the figures are of; here they are only named.
    """

    quantity: Literal["available", "on_hand"] = "available"
    buffer: Decimal = ZERO
    unlisted: Literal["keep", "zero"] = "keep"
    buffers: Mapping[str, Decimal] = field(default_factory=dict)
    locations: tuple[str, ...] = ()

    def buffer_of(self, item_no: str) -> Decimal:
        """What is kept back of an item, in stocking units."""
        return self.buffers.get(sku_key(item_no), self.buffer)


@dataclass(frozen=True, slots=True)
class Published:
    """A quantity in whole selling units, and the sum that gave it."""

    quantity: int
    arithmetic: str


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """The product's stock is not ours to write; a quantity that is not known is never zero.

    `problem` where people must do something, since the shop goes on selling what it shows.
    """

    reason: str
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class LeftProduct:
    """A product of the map that keeps the quantity it has, and why."""

    product: StoreProduct
    sold: SoldAs
    reason: str
    problem: Problem | None = None


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
    left_alone: dict[int, LeftProduct] = field(default_factory=dict)

    @property
    def compared(self) -> int:
        """Products whose quantity is known on both sides."""
        return len(self.changes) + len(self.held_back) + len(self.equal)

    @property
    def unknown(self) -> list[tuple[StoreProduct, Problem]]:
        """Products that are left alone though somebody must do something about them."""
        return [(each.product, each.problem) for each in self.left_alone.values() if each.problem]


def published_quantity(
    figures: StockFigures | None, sell_unit: str, policy: StockPolicy
) -> Published | LeftAlone:
    """What the shop may show of an item in one of its selling units.

    Counterpoint's quantity less unbooked web orders and buffer, in selling units, floored, never
    below zero (CP §3.4, §1.5.1). Service and other non-inventory items, and items without a stock
    row, are left alone: their quantity is unknown, not zero (CP §6.4 bug 34). So are gridded ones,
    whose IM_INV row is the sum of all sizes and colours (CP §1.5): nobody can buy a sum.
    """
    if figures is None:
        return _unlisted("the item is not in Counterpoint any more", policy)
    if figures.item_typ != _INVENTORY:
        return LeftAlone(f"ITEM_TYP {figures.item_typ!r} holds no stock")
    if not figures.is_web_item:
        return _unlisted(_why_unlisted(figures), policy)
    return _counted(figures, sell_unit, policy)


def free_quantity(figures: StockFigures, policy: StockPolicy) -> Decimal | None:
    """What is left to sell, in stocking units; below zero where too much was promised.

    None: the item has no stock row at the chosen locations.
    """
    base = figures.on_hand if policy.quantity == "on_hand" else figures.available
    if base is None:
        return None
    return base - figures.unbooked - policy.buffer_of(figures.item.item_no)


def counts_stock(item_typ: str, trk_meth: str) -> bool:
    """Whether Counterpoint keeps one quantity for an item that a product could show."""
    return item_typ == _INVENTORY and trk_meth != _GRIDDED


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
            left = LeftProduct(product, entry.sold, answer.reason, answer.problem)
            found.left_alone[product.product_id] = left
        elif answer.quantity == product.quantity:
            found.equal.append(product)
        else:
            change = StockChange(product, product.quantity, answer.quantity, answer.arithmetic)
            held = change.raises and not may_raise
            (found.held_back if held else found.changes).append(change)
    return found


def _counted(figures: StockFigures, sell_unit: str, policy: StockPolicy) -> Published | LeftAlone:
    """The quantity of a web item that holds stock."""
    if figures.trk_meth == _GRIDDED:
        return LeftAlone("TRK_METH 'G': IM_INV holds the sum of all sizes and colours")
    unit = figures.item.unit(sell_unit)
    if unit is None:
        return LeftAlone(f"the item has no unit {sell_unit} any more")
    free = free_quantity(figures, policy)
    if free is None:
        problem = _no_stock_row(figures.item.item_no, policy)
        return LeftAlone(problem.found, problem)
    return _in_units(figures, policy, unit, free)


def _in_units(
    figures: StockFigures, policy: StockPolicy, unit: SellingUnit, free: Decimal
) -> Published:
    units = selling_quantity(free, unit.numer, unit.denom)
    sums = _sum_text(figures, policy, free)
    if unit.numer != unit.denom:
        factor = f"{plain(free)} x {plain(unit.denom)} / {plain(unit.numer)}"
        sums += f"; {factor} = {units} {unit.name}"
    quantity = max(0, units)
    return Published(quantity, sums if quantity == free else f"{sums}; published {quantity}")


def _no_stock_row(item_no: str, policy: StockPolicy) -> Problem:
    return Problem(
        code=NO_STOCK_ROW,
        field="sku",
        found=f"item {item_no} has no stock row at {', '.join(policy.locations)}",
        expected="a row in IM_INV at one of inventory.locations",
        next_step="add the item to a location in Counterpoint, or correct inventory.locations "
        f"(`woocp stock {item_no}` shows where it is); until then the shop goes on selling what "
        "it shows. The next run writes the quantity by itself",
        retryable=True,
    )


def _why_unlisted(figures: StockFigures) -> str:
    if not figures.is_ecomm:
        return "no web item (IS_ECOMM_ITEM is not 'Y')"
    return f"no web item (STAT is {figures.stat!r})"


def _unlisted(why: str, policy: StockPolicy) -> Published | LeftAlone:
    if policy.unlisted == "zero":
        return Published(0, f"{why}; inventory.unlisted = zero")
    return LeftAlone(f"{why}; inventory.unlisted = keep")


def _sum_text(figures: StockFigures, policy: StockPolicy, free: Decimal) -> str:
    parts = [f"on hand {_text(figures.on_hand)}"]
    if policy.quantity == "available":
        parts.append(f"committed {_text(figures.committed)}")
    parts.append(f"unbooked web orders {plain(figures.unbooked)}")
    buffer = policy.buffer_of(figures.item.item_no)
    if buffer:
        parts.append(f"buffer {plain(buffer)}")
    return f"{' - '.join(parts)} = {plain(free)} {figures.item.stk_unit}"


def _text(quantity: Decimal | None) -> str:
    return "unknown" if quantity is None else plain(quantity)
