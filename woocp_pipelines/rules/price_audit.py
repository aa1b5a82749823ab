"""Why an order was charged another price than Counterpoint's, or not (CP §5.10, §1.17).

Belongs here: one line's prices in, its cause out. Does not: how the prices are found
(flows/price_audit.py). Nothing here says who is right: it says where to look.

Two prices of Counterpoint are compared: for now, and for the moment of the order. Both come from
today's rules, which is all that Counterpoint keeps: only dates and switches of groups are applied
as of then. What a booked document says (CALC_PRC) is a third witness, of the rules of its day.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from woocp_pipelines.rules.money import CENT, cents, unit_price

Cause = Literal[
    "equal",
    "rounding",
    "discount",
    "price_changed",
    "contract_not_applied",
    "rule_not_applied",
    "unexplained",
    "undecidable",
    "item_unknown",
    "no_customer",
]

# What a person has to look at; the others are explained, or cannot be judged.
OPEN_CAUSES: Final[frozenset[Cause]] = frozenset(
    {"contract_not_applied", "rule_not_applied", "unexplained"}
)
NOT_JUDGED: Final[frozenset[Cause]] = frozenset({"undecidable", "item_unknown", "no_customer"})
# Half a cent of a price of 1.00: what cents do to it or to any higher price.
ROUNDING_SHARE: Final = Decimal("0.005")
_CONTRACT: Final = "C"


@dataclass(frozen=True, slots=True)
class EnginePrice:
    """Counterpoint's price of a line: per selling unit, and of the line at two decimals.

    `rule` names group and rule, '' where the item's own price holds; `kind` is C, P, S or ''.
    """

    unit: Decimal
    extended: Decimal
    kind: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Charged:
    """What the shop charged for a line, without tax.

    `total` is what the booking takes over as EXT_PRC, after coupons and negative fees; `before` is
    the line before them. `booked` is CALC_PRC of its document, where Counterpoint had a price
    then; None otherwise.
    """

    quantity: Decimal
    total: Decimal
    before: Decimal
    booked: Decimal | None = None

    @property
    def unit(self) -> Decimal:
        """The charged price of one selling unit, at four decimals, as PRC has it."""
        return unit_price(self.total / self.quantity)


@dataclass(frozen=True, slots=True)
class Offers:
    """What Counterpoint would charge, by what is looked at; None where that cannot be decided.

    `without_contracts` and `own` are as of the order: promotions and tiers only, and the item's
    own price.
    """

    then: EnginePrice
    now: EnginePrice | None
    without_contracts: EnginePrice | None
    own: EnginePrice | None


def cause_of(charged: Charged, offers: Offers) -> Cause:
    """Why the charged price is what it is; the first cause that fits.

    Args:
        charged: by the shop.
        offers: of Counterpoint, for the same quantity and unit.
    """
    return _agreement(charged, offers.then) or _deviation(charged, offers)


def _agreement(charged: Charged, then: EnginePrice) -> Cause | None:
    if charged.total == then.extended:
        return "equal"
    if _fits(charged.total, charged.quantity, then):
        return "rounding"
    discounted = charged.before != charged.total
    return "discount" if discounted and _fits(charged.before, charged.quantity, then) else None


def _deviation(charged: Charged, offers: Offers) -> Cause:
    # Counterpoint's price of that day is the best witness; today's comes last: a contract that
    # ended since makes the list price today's, and does not excuse that it was charged before.
    if _was_booked_so(charged):
        return "price_changed"
    kind = offers.then.kind
    if kind == _CONTRACT and _is_any(charged, offers.without_contracts, offers.own):
        return "contract_not_applied"
    if kind and _is_any(charged, offers.own):
        return "rule_not_applied"
    return "price_changed" if _is_any(charged, offers.now) else "unexplained"


def _is_any(charged: Charged, *offers: EnginePrice | None) -> bool:
    """Whether the shop took one of these prices, before or after its discounts."""
    amounts = (charged.total, charged.before)
    return any(
        offer is not None and any(_fits(amount, charged.quantity, offer) for amount in amounts)
        for offer in offers
    )


def _was_booked_so(charged: Charged) -> bool:
    booked = charged.booked
    if booked is None:
        return False
    offer = EnginePrice(booked, cents(booked * charged.quantity))
    return _is_any(charged, offer)


def _fits(amount: Decimal, quantity: Decimal, offer: EnginePrice) -> bool:
    """The same price but for rounding.

    A shop of two decimals charges a price of four by its cents, times the quantity; and its own
    sum of a line may be a cent off (CP §3.3). Half a cent on a price below a unit of money adds
    up: beyond `ROUNDING_SHARE` of the line it is a price of its own.
    """
    off = abs(amount - offer.extended)
    if off <= CENT:
        return True
    by_cents = cents(cents(offer.unit) * quantity)
    return abs(amount - by_cents) <= CENT and off <= CENT + abs(offer.extended) * ROUNDING_SHARE
