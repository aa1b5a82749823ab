"""Which price Counterpoint charges: contract, promotion, special, then the item's own (CP §5.2).

Belongs here: the walk over groups and rules, and its answer. The first true rule wins, also at
0 %. A rule that cannot be decided ends the walk with an error, since the next one would be wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from typing import Final

from woocp_pipelines.counterpoint.prices.answers import PriceAnswer, level_answer, rule_answer
from woocp_pipelines.counterpoint.prices.book import (
    GROUP_KINDS,
    IndexedGroup,
    IndexedRule,
    PriceBook,
)
from woocp_pipelines.counterpoint.prices.calculation import unit_index
from woocp_pipelines.counterpoint.prices.conditions import Rows
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.facts import (
    EVERY_LOCATION,
    STOCKING_UNIT,
    FilterValues,
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

__all__ = [
    "Consideration",
    "PriceAnswer",
    "answer_to",
    "ask",
    "check_quantity",
    "consider",
    "contract_price",
    "every_group",
    "in_doubt_of_order",
    "likely_groups",
    "likely_rules",
    "price_item",
]
QUANTITY_DECIMALS: Final = 4
# T_QTY is decimal(15,4).
QUANTITY_LIMIT: Final = Decimal(10**11)
_MOST_SHOWN: Final = 40
_QUANTITY_STEP: Final = Decimal(1).scaleb(-QUANTITY_DECIMALS)
# Without columns: no filter that names one is asked about nobody (verdicts.py).
_NOBODY: Final = FilterValues()


@dataclass(frozen=True, slots=True)
class Consideration:
    """One step of the walk: a group that does not take part (`rule` None), or a rule.

    `verdict.holds` True: the rule wins; False: it lost for `verdict.reason`; None: undecidable.
    """

    group: PriceGroup
    rule: PriceRule | None
    verdict: Verdict


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
    return answer_to(book, sale, _deciding(likely_groups(book, sale), sale))


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
    decision = _deciding((group,), sale)
    return None if decision is None else answer_to(book, sale, decision)


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
    """The sale that groups and rules are asked about; arguments and errors as in `price_item`."""
    if at.tzinfo is None:
        raise ValueError(f"expected a time with a zone, found {at!r}")
    check_quantity(quantity)
    item = book.item(item_no)
    if item.has_cell_prices:
        raise UndecidableError(f"item {item.number} has prices per grid cell, which are not read")
    buyer = None if customer is None else book.customer(customer)
    return Sale(
        item=item,
        customer=buyer,
        quantity=quantity,
        unit=unit_index(item, unit),
        location=location,
        now=store_local(at, book.zone),
        rows=Rows(item.values, _NOBODY if buyer is None else buyer.values),
        open_contracts=open_contracts,
        by_contract=by_contract,
    )


def check_quantity(quantity: Decimal) -> None:
    """Refuse what Counterpoint's T_QTY cannot hold, and quantities nobody can buy.

    Raises:
        ValueError: not finite, not above zero, too large, or more than four decimals.
    """
    if not quantity.is_finite() or not ZERO < quantity < QUANTITY_LIMIT:
        problem = f"a number above 0 and below {QUANTITY_LIMIT}"
    elif quantity.quantize(_QUANTITY_STEP) != quantity:
        problem = f"at most {QUANTITY_DECIMALS} decimals"
    else:
        return
    shown = str(quantity)
    # The text goes back to callers, who may have sent a megabyte of digits.
    shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
    raise ValueError(f"expected {problem}, found {shown}")


def every_group(book: PriceBook) -> Iterator[IndexedGroup]:
    """All groups in the order in which Counterpoint asks them (CP §5.2.1, §5.2.2)."""
    for kind in GROUP_KINDS:
        yield from book.groups(kind)


def likely_groups(book: PriceBook, sale: Sale) -> Iterator[IndexedGroup]:
    """The same without groups that are certainly not for this customer."""
    for kind in GROUP_KINDS:
        yield from book.likely_groups(
            kind, sale.item, sale.customer, open_contracts=sale.open_contracts
        )


def consider(
    group: IndexedGroup, sale: Sale, rules: Iterable[IndexedRule]
) -> Iterator[Consideration]:
    """Ask a group, and its rules when it may take part.

    The caller stops at the first verdict that is not False: it decides.
    """
    takes_part = group_verdict(group, sale)
    if takes_part.holds is False:
        yield Consideration(group.group, None, takes_part)
        return
    for each in rules:
        verdict = rule_verdict(each, group, sale)
        if takes_part.holds is None:
            verdict = all_hold((takes_part, verdict))
        yield Consideration(group.group, each.rule, verdict)


def answer_to(book: PriceBook, sale: Sale, decision: Consideration | None) -> PriceAnswer:
    """The price by the deciding rule, or the item's own price where none decides.

    Raises:
        UndecidableError: the deciding rule's conditions or its arithmetic are not known here.
    """
    if decision is None:
        return level_answer(book, sale)
    group, rule, verdict = decision.group, decision.rule, decision.verdict
    price_break = None if rule is None else matching_break(rule, sale.quantity)
    where = f"price group {group.kind} {group.code!r} rule {rule.sequence if rule else '?'}"
    if verdict.holds is None:
        raise UndecidableError(f"{where} cannot be decided: {verdict.reason}")
    if rule is None or price_break is None:
        raise AssertionError("a rule wins only with a break in reach (verdicts.rule_verdict)")
    return rule_answer(book, sale, group, rule, price_break)


def in_doubt_of_order(
    found: Consideration, group: IndexedGroup, following: Iterable[IndexedGroup], sale: Sale
) -> Consideration:
    """A decision, undecided where a group that may be asked before this one would decide too.

    `following` are the groups behind this one, in order; they are asked only where the order of
    groups with the same GRP_SEQ_NO is the database's secret.
    """
    if not group.order_in_doubt:
        return found
    for other in takewhile(group.is_level_with, following):
        if group.may_come_after(other) and _first_not_false(other, sale) is not None:
            reason = f"group {other.group.code!r} has the same GRP_SEQ_NO and may be asked first"
            return replace(found, verdict=Verdict(holds=None, reason=reason))
    return found


def _deciding(groups: Iterable[IndexedGroup], sale: Sale) -> Consideration | None:
    in_order = iter(groups)
    for group in in_order:
        found = _first_not_false(group, sale)
        if found is not None:
            return in_doubt_of_order(found, group, in_order, sale)
    return None


def _first_not_false(group: IndexedGroup, sale: Sale) -> Consideration | None:
    for each in consider(group, sale, likely_rules(group, sale)):
        if each.verdict.holds is not False:
            return each
    return None


def likely_rules(group: IndexedGroup, sale: Sale) -> Sequence[IndexedRule]:
    """The rules of a group without those that are certainly not for this sale."""
    # Who is not named may be anybody: then rules about customers are undecidable, not false.
    return group.rules.likely(sale.item, sale.customer, whoever=sale.by_contract)
