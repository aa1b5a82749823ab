"""Which price Counterpoint charges: contract, promotion, special, then the item's own (CP §5.2).

Belongs here: the walk over groups and rules, and its answer. The first true rule wins, also at
0 %. A rule that cannot be decided ends the walk with an error, since the next one would be wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from woocp_pipelines.counterpoint.prices.book import GROUP_KINDS, IndexedGroup, PriceBook
from woocp_pipelines.counterpoint.prices.calculation import (
    DISCOUNT_PERCENT,
    REGULAR_BASIS,
    basis_price,
    extended_price,
    rounded_unit_price,
    rule_price,
    unit_index,
)
from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.facts import (
    EVERY_LOCATION,
    STOCKING_UNIT,
    PriceGroup,
    PriceRule,
)
from woocp_pipelines.counterpoint.prices.verdicts import (
    Sale,
    Verdict,
    all_hold,
    group_verdict,
    matching_break,
    rule_verdict,
)
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.money import ZERO

QUANTITY_DECIMALS: Final = 4
# T_QTY is decimal(15,4).
QUANTITY_LIMIT: Final = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class Consideration:
    """One step of the walk: a group that does not take part (`rule` None), or a rule.

    `verdict.holds` True: the rule wins; False: it lost for `verdict.reason`; None: undecidable.
    """

    group: PriceGroup
    rule: PriceRule | None
    verdict: Verdict


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


def price_item(
    book: PriceBook,
    *,
    customer: str | None,
    item_no: str,
    quantity: Decimal,
    at: datetime,
    unit: str = STOCKING_UNIT,
    location: str = EVERY_LOCATION,
    open_contracts: bool = False,
) -> PriceAnswer:
    """The price of an item for a customer (CP §5.2); customer None is somebody without account.

    Args:
        book: the facts to price from.
        customer: CUST_NO.
        item_no: ITEM_NO.
        quantity: in the selling unit; above zero, at most four decimals.
        at: the moment of sale, with a time zone.
        unit: '0' for the stocking unit, '1' to '5' for an alternate unit.
        location: the price location; prices fall back to '*'.
        open_contracts: use contract groups that name no customer for everybody.

    Raises:
        UndecidableError: a rule that may apply cannot be evaluated, or there is no basis price.
        UnknownItemError, UnknownCustomerError, UnknownUnitError: the book does not hold it.
        ValueError: the quantity is no quantity, or `at` has no time zone.
    """
    sale = ask(
        book,
        customer=customer,
        item_no=item_no,
        quantity=quantity,
        at=at,
        unit=unit,
        location=location,
        open_contracts=open_contracts,
    )
    winner = _winner(considered_rules(book, sale))
    return _level_answer(book, sale) if winner is None else _rule_answer(book, sale, winner)


def contract_price(
    book: PriceBook,
    *,
    group_code: str,
    item_no: str,
    quantity: Decimal,
    at: datetime,
    unit: str = STOCKING_UNIT,
    location: str = EVERY_LOCATION,
    customer: str | None = None,
) -> PriceAnswer | None:
    """The price under one contract group that the caller names; None when it gives none.

    The group's own customer conditions are not asked, ENABLED and dates are (CP §5.7). A rule
    with customer conditions of its own is decided for `customer`, or undecidable without one.
    Arguments and errors as in `price_item`.
    """
    sale = ask(
        book,
        customer=customer,
        item_no=item_no,
        quantity=quantity,
        at=at,
        unit=unit,
        location=location,
        by_contract=True,
    )
    group = book.contract(group_code)
    if group is None:
        return None
    winner = _winner(_considered_in(group, sale))
    return None if winner is None else _rule_answer(book, sale, winner)


def ask(
    book: PriceBook,
    *,
    customer: str | None,
    item_no: str,
    quantity: Decimal,
    at: datetime,
    unit: str = STOCKING_UNIT,
    location: str = EVERY_LOCATION,
    open_contracts: bool = False,
    by_contract: bool = False,
) -> Sale:
    """The sale that `considered_rules` walks for; arguments and errors as in `price_item`."""
    if at.tzinfo is None:
        raise ValueError(f"expected a time with a zone, found {at!r}")
    check_quantity(quantity)
    item = book.item(item_no)
    if item.has_cell_prices:
        raise UndecidableError(f"item {item.number} has prices per grid cell, which are not read")
    return Sale(
        item=item,
        customer=None if customer is None else book.customer(customer),
        quantity=quantity,
        unit=unit_index(item, unit),
        location=fold(location),
        now=store_local(at, book.zone),
        open_contracts=open_contracts,
        by_contract=by_contract,
    )


def check_quantity(quantity: Decimal) -> None:
    """Refuse what Counterpoint's T_QTY cannot hold, and quantities nobody can buy.

    Raises:
        ValueError: not finite, not above zero, too large, or more than four decimals.
    """
    if not quantity.is_finite() or not ZERO < quantity < QUANTITY_LIMIT:
        # Six digits: the text goes back to callers, who may have sent a megabyte of them.
        raise ValueError(f"expected a number above 0 and below 100000000000, found {quantity:.6g}")
    exponent = quantity.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -QUANTITY_DECIMALS:
        raise ValueError(f"expected at most {QUANTITY_DECIMALS} decimals, found {quantity:.6g}")


def considered_rules(book: PriceBook, sale: Sale) -> Iterator[Consideration]:
    """Every group and rule in the order Counterpoint asks them, up to the end of all groups.

    Groups and rules that name another customer or item in a column are left out. The caller stops
    at the first verdict that is not False.
    """
    for kind in GROUP_KINDS:
        for group in book.groups(kind, sale.customer):
            yield from _considered_in(group, sale)


def _considered_in(group: IndexedGroup, sale: Sale) -> Iterator[Consideration]:
    takes_part = group_verdict(group, sale)
    if takes_part.holds is False:
        yield Consideration(group.group, None, takes_part)
        return
    for each in group.rules.named(fold(sale.item.number)):
        verdict = all_hold((takes_part, rule_verdict(each, group, sale)))
        yield Consideration(group.group, each.rule, verdict)


def _winner(considered: Iterator[Consideration]) -> Consideration | None:
    first = next((each for each in considered if each.verdict.holds is not False), None)
    if first is not None and first.verdict.holds is None:
        sequence = first.rule.sequence if first.rule else "?"
        raise UndecidableError(
            f"price group {first.group.kind} {first.group.code!r} rule {sequence} cannot be "
            f"decided: {first.verdict.reason}"
        )
    return first


def _rule_answer(book: PriceBook, sale: Sale, winner: Consideration) -> PriceAnswer:
    rule = winner.rule
    price_break = matching_break(rule, sale.quantity) if rule is not None else None
    if rule is None or price_break is None:
        raise AssertionError("a rule wins only with a break in reach (verdicts.rule_verdict)")
    basis, price = rule_price(sale.item, price_break, sale.location, sale.unit)
    return replace(
        _answer(book, sale, price, basis),
        method=price_break.method,
        amount=price_break.amount,
        group_type=winner.group.kind,
        group_code=winner.group.code,
        rule_seq=rule.sequence,
        rule_descr=rule.description,
        break_min_qty=price_break.min_quantity,
        break_descr=price_break.description,
    )


def _level_answer(book: PriceBook, sale: Sale) -> PriceAnswer:
    # AR_CUST has no price level of its own in any column we know, so it is level 1 for everybody.
    price = basis_price(sale.item, "1", sale.location, sale.unit)
    if price is None:
        raise UndecidableError(
            f"item {sale.item.number} has no PRC_1 at location {sale.location!r} or '*'; "
            "fill IM_PRC"
        )
    return _answer(book, sale, price, price)


def _answer(book: PriceBook, sale: Sale, price: Decimal, basis: Decimal | None) -> PriceAnswer:
    item, method = sale.item, book.facts.round_method
    regular = basis_price(item, REGULAR_BASIS, sale.location, sale.unit)
    rounded = rounded_unit_price(price, item, method)
    return PriceAnswer(
        item_no=item.number,
        unit=str(sale.unit),
        quantity=sale.quantity,
        location=sale.location,
        decimals=item.price_decimals,
        unit_price=rounded,
        extended=extended_price(rounded, sale.quantity, method),
        basis=basis,
        regular=regular,
    )
