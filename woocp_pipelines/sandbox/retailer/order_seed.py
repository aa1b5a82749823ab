"""A web order of the sandbox as it is declared: who buys what, and what must become of it.

Belongs here: the declaration and its small words (`line`, `booked`, `refused`, …). Does not: the
amounts and the JSON, which follow from it (order_json.py).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from woocp_pipelines.sandbox.retailer.accounts import Account
from woocp_pipelines.sandbox.retailer.people import Person

Outcome = Literal["booked", "held", "refused", "ignored"]


@dataclass(frozen=True, slots=True)
class Line:
    """A product line; `deleted` when the product is gone from the shop by now."""

    sku: str
    quantity: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Ship:
    """A shipping line."""

    title: str
    method: str
    instance: str
    cost: str


GROUND: Final = Ship("Ground", "flat_rate", "3", "11.80")
FREIGHT: Final = Ship("Freight", "flat_rate", "4", "64.00")
PICKUP: Final = Ship("Pick-up at the dock", "local_pickup", "2", "0.00")
FREE: Final = Ship("Free shipping", "free_shipping", "5", "0.00")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon over all lines: a percentage, or an amount of money."""

    code: str
    percent: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back after payment: for some pieces of the first line, or just an amount."""

    refund_id: int
    amount: str = ""
    pieces: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What must become of an order.

    `customer` is the number it must be booked on; None for a booked order: on a new customer.
    """

    outcome: Outcome
    code: str | None = None
    customer: str | None = None
    reason: str = ""
    revision: bool = False


@dataclass(frozen=True, slots=True)
class OrderSeed:
    """One web order. `off` makes the total wrong on purpose; times are UTC."""

    order_id: int
    created: str
    buyer: Account | Person
    lines: tuple[Line, ...]
    verdict: Verdict
    status: str = "processing"
    shipping: tuple[Ship, ...] = (GROUND,)
    coupon: Coupon | None = None
    fee: tuple[str, str] | None = None
    method: tuple[str, str] = ("stripe", "Credit card")
    paid: bool = True
    note: str = ""
    exempt: bool = False
    refunds: tuple[Refund, ...] = ()
    currency: str = "USD"
    off: Decimal = Decimal(0)
    meta: tuple[tuple[str, str], ...] = ()
    ship_to: Person | None = None

    @property
    def person(self) -> Person:
        """Who is billed."""
        return self.buyer.person if isinstance(self.buyer, Account) else self.buyer

    @property
    def takes_stock(self) -> bool:
        """Whether WooCommerce has lowered its own stock for this order (WC §3.7)."""
        return self.status in {"processing", "completed", "on-hold", "refunded"}


CHEQUE: Final = ("cheque", "Cheque")
WIRE: Final = ("bacs", "Bank transfer")
LATER: Final = ("afterpay", "Pay in four")
ON_DELIVERY: Final = ("cod", "Cash on delivery")
# What the shop's plugins added to its ways to pay; one was switched off after a first order.
PLUGIN_GATEWAYS: Final = {
    "stripe": {"title": "Credit card", "enabled": True},
    LATER[0]: {"title": LATER[1], "enabled": False},
}


def line(sku: str, quantity: int) -> Line:
    """`quantity` pieces of a product that the shop still has."""
    return Line(sku, quantity)


def basket(*goods: tuple[str, int]) -> tuple[Line, ...]:
    """Several lines: SKU and pieces of each."""
    return tuple(Line(sku, quantity) for sku, quantity in goods)


def booked(customer: str | None, *, revision: bool = False) -> Verdict:
    """Becomes a document of this customer; None: of one created for it."""
    return Verdict("booked", customer=customer, revision=revision)


def refused(code: str) -> Verdict:
    """Becomes a dead letter of this code and no document."""
    return Verdict("refused", code=code)


def held(reason: str) -> Verdict:
    """Is kept, lowers the published stock, and is not booked."""
    return Verdict("held", reason=reason)


def ignored(reason: str) -> Verdict:
    """Never gets as far as a staging row."""
    return Verdict("ignored", reason=reason)
