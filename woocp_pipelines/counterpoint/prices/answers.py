"""What the engine answers, and how a winning rule becomes an answer (CP §5.2.7, §5.2.8).

Belongs here: the record of a price and putting it together. Does not: which rule wins (engine.py),
the arithmetic itself (calculation.py). An answer never changes, so that a memo may hand it out.
"""

from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.calculation import (
    DISCOUNT_PERCENT,
    LIST_BASIS,
    REGULAR_BASIS,
    basis_price,
    extended_price,
    rounded_unit_price,
    rule_price,
)
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.facts import PriceBreak, PriceGroup, PriceRule
from woocp_pipelines.counterpoint.prices.verdicts import Sale


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """A price and where it comes from.

    `unit_price` has PRC_DECS `decimals`, `extended` two, `basis` and `regular` four. `basis` is
    what a discount starts from (None for a fixed price), `regular` the comparison price REG_PRC.
    Without a rule (the item's own price) everything from `method` on is None.
    """

    item_no: str
    unit: str
    quantity: Decimal
    location: str
    decimals: int
    unit_price: Decimal
    extended: Decimal
    basis: Decimal | None
    regular: Decimal | None
    method: str | None = None
    amount: Decimal | None = None
    group_type: str | None = None
    group_code: str | None = None
    rule_seq: int | None = None
    rule_descr: str | None = None
    break_min_qty: Decimal | None = None
    break_descr: str | None = None

    @property
    def discount_pct(self) -> Decimal | None:
        """The rule's percentage; None unless its method is D (CP §5.8)."""
        return self.amount if self.method == DISCOUNT_PERCENT else None


def rule_answer(
    book: PriceBook, sale: Sale, group: PriceGroup, rule: PriceRule, price_break: PriceBreak
) -> PriceAnswer:
    """The price that a winning rule gives by its break.

    Raises:
        UndecidableError: method, basis or amount has no known meaning here.
    """
    item, round_method = sale.item, book.facts.round_method
    basis, price = rule_price(item, price_break, sale.location, sale.unit, book.codes)
    regular = basis
    if price_break.basis != REGULAR_BASIS or basis is None:
        regular = basis_price(item, REGULAR_BASIS, sale.location, sale.unit)
    rounded = rounded_unit_price(price, item, round_method)
    return PriceAnswer(
        item_no=item.number,
        unit=str(sale.unit),
        quantity=sale.quantity,
        location=sale.location,
        decimals=item.price_decimals,
        unit_price=rounded,
        extended=extended_price(rounded, sale.quantity, round_method),
        basis=basis,
        regular=regular,
        method=price_break.method,
        amount=price_break.amount,
        group_type=group.kind,
        group_code=group.code,
        rule_seq=rule.sequence,
        rule_descr=rule.description,
        break_min_qty=price_break.min_quantity,
        break_descr=price_break.description,
    )


def level_answer(book: PriceBook, sale: Sale) -> PriceAnswer:
    """The item's own price, which holds where no rule does.

    Raises:
        UndecidableError: the item has no price 1.
    """
    item, round_method = sale.item, book.facts.round_method
    # AR_CUST has no price level of its own in any column we know, so it is level 1 for everybody.
    price = basis_price(item, LIST_BASIS, sale.location, sale.unit)
    if price is None:
        raise UndecidableError(
            f"item {item.number} has no PRC_1 at location {sale.location!r} or '*'; fill IM_PRC"
        )
    rounded = rounded_unit_price(price, item, round_method)
    return PriceAnswer(
        item_no=item.number,
        unit=str(sale.unit),
        quantity=sale.quantity,
        location=sale.location,
        decimals=item.price_decimals,
        unit_price=rounded,
        extended=extended_price(rounded, sale.quantity, round_method),
        basis=price,
        regular=basis_price(item, REGULAR_BASIS, sale.location, sale.unit),
    )
