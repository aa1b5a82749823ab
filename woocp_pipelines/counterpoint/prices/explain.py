"""Why a price is what it is: every group and rule in the order Counterpoint asks them (CP §5.2).

Belongs here: the walk told step by step, and the arithmetic of its end. It evaluates every group
and rule up to the deciding one, and says of those that `price_item` leaves out why. Does not:
words of an interface (`woocp price --explain`, `/api/v1/prices/explain`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from woocp_pipelines.counterpoint.prices.answers import PriceAnswer
from woocp_pipelines.counterpoint.prices.book import IndexedGroup, PriceBook
from woocp_pipelines.counterpoint.prices.calculation import LIST_BASIS, basis_price, exact_price
from woocp_pipelines.counterpoint.prices.engine import (
    Consideration,
    answer_to,
    ask,
    consider,
    every_group,
    in_doubt_of_order,
    likely_rules,
)
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.facts import EVERY_LOCATION, STOCKING_UNIT
from woocp_pipelines.counterpoint.prices.verdicts import Sale, Verdict, matching_break
from woocp_pipelines.rules.money import round_to, unit_price

Outcome = Literal["won", "lost", "undecidable", "not reached"]
MOST_STEPS: Final = 500
_SHOWN_DECIMALS: Final = 10
_OUTCOMES: Final[dict[bool | None, Outcome]] = {True: "won", False: "lost", None: "undecidable"}
_NOT_REACHED: Final = "an earlier rule decides"
_ITEM_OUTSIDE: Final = Verdict(holds=False, reason="the item is not in the rule's filter")


@dataclass(frozen=True, slots=True)
class Step:
    """A group that takes no part (`rule_seq` None) or a rule, and what became of it."""

    group_type: str
    group_code: str
    rule_seq: int | None
    rule_descr: str | None
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """From the basis to the answer (CP §5.3, §5.4).

    `unrounded` is exact up to ten decimals, `held` what Counterpoint keeps (four), `unit_price`
    rounded to `decimals` by `round_method` (N half away from zero, U up, D down), `extended` the
    rounded unit price times the quantity, rounded to two. Without a rule `method` is None and
    `basis_code` is '1'.
    """

    method: str | None
    basis_code: str
    basis: Decimal | None
    amount: Decimal | None
    unrounded: Decimal
    held: Decimal
    decimals: int
    round_method: str
    unit_price: Decimal
    quantity: Decimal
    extended: Decimal


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a price came about; `problem` says why there is none when `answer` is None.

    `steps` are in the order in which they were asked; `left_out` tells how many are not shown.
    `group_code` is the contract that was asked by code, with `customer` None unless named too.
    """

    customer: str | None
    group_code: str | None
    item_no: str
    unit: str
    quantity: Decimal
    location: str
    at: datetime
    book_read_at: datetime
    steps: tuple[Step, ...]
    left_out: int
    answer: PriceAnswer | None
    arithmetic: Arithmetic | None
    problem: str | None


def explain(
    book: PriceBook,
    *,
    customer: str | None,
    item_no: str,
    quantity: Decimal,
    at: datetime,
    unit: str = STOCKING_UNIT,
    location: str = EVERY_LOCATION,
    open_contracts: bool = False,
    group_code: str | None = None,
    most_steps: int = MOST_STEPS,
) -> Explanation:
    """Tell how `price_item` comes to its answer, or `contract_price` when `group_code` is given.

    Args as there. `most_steps` bounds the steps: groups that take no part are left out first, then
    rules that were not reached; the deciding step is always there.

    Raises:
        UnknownItemError, UnknownCustomerError, UnknownUnitError: the book does not hold it.
        UndecidableError: the item has prices per grid cell, so no rule is asked at all.
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
        by_contract=group_code is not None,
    )
    groups = _groups(book, group_code)
    decision, considered = _walk(groups, sale)
    answer, problem = _answer(book, sale, decision, group_code)
    steps = _steps(groups, considered, decision, problem)
    shown = _most_telling(steps, most_steps)
    return Explanation(
        customer=None if sale.customer is None else sale.customer.number,
        group_code=group_code,
        item_no=sale.item.number,
        unit=unit,
        quantity=quantity,
        location=sale.location,
        at=at,
        book_read_at=book.read_at,
        steps=tuple(shown),
        left_out=len(steps) - len(shown),
        answer=answer,
        arithmetic=None if answer is None else _arithmetic(book, sale, answer, decision),
        problem=problem,
    )


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON holds it: money and quantities as strings, times as ISO 8601."""
    document: dict[str, Any] = _plain(explanation)
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Step | Arithmetic | Explanation | PriceAnswer):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value


def _groups(book: PriceBook, group_code: str | None) -> list[IndexedGroup]:
    if group_code is None:
        return list(every_group(book))
    found = book.contract(group_code)
    return [] if found is None else [found]


def _walk(
    groups: Iterable[IndexedGroup], sale: Sale
) -> tuple[Consideration | None, list[Consideration]]:
    considered: list[Consideration] = []
    in_order = iter(groups)
    for group in in_order:
        likely = {each.rule.sequence for each in likely_rules(group, sale)}
        for asked in consider(group, sale, group.rules.all()):
            each = asked
            if asked.rule is not None and asked.rule.sequence not in likely:
                each = _as_lost(asked)
            if each.verdict.holds is not False:
                each = in_doubt_of_order(each, group, in_order, sale)
                return each, [*considered, each]
            considered.append(each)
    return None, considered


def _as_lost(left_out: Consideration) -> Consideration:
    """A rule that no price asks for: whoever the customer is, its filter leaves out the item."""
    if left_out.verdict.holds is False:
        return left_out
    return replace(left_out, verdict=_ITEM_OUTSIDE)


def _answer(
    book: PriceBook, sale: Sale, decision: Consideration | None, group_code: str | None
) -> tuple[PriceAnswer | None, str | None]:
    if decision is None and group_code is not None:
        return None, "the contract gives no price for this item in this quantity"
    try:
        return answer_to(book, sale, decision), None
    except UndecidableError as error:
        return None, str(error)


def _steps(
    groups: Iterable[IndexedGroup],
    considered: list[Consideration],
    decision: Consideration | None,
    problem: str | None,
) -> list[Step]:
    steps = [_step(each, _OUTCOMES[each.verdict.holds], each.verdict.reason) for each in considered]
    if decision is None:
        return steps
    if problem is not None and decision.verdict.holds:
        # Its conditions hold, but its method or basis cannot be computed.
        steps[-1] = _step(decision, "undecidable", problem)
    return [*steps, *_not_reached(groups, decision)]


def _step(each: Consideration, outcome: Outcome, reason: str) -> Step:
    rule = each.rule
    return Step(
        each.group.kind,
        each.group.code,
        None if rule is None else rule.sequence,
        None if rule is None else rule.description,
        outcome,
        reason,
    )


def _not_reached(groups: Iterable[IndexedGroup], decision: Consideration) -> Iterator[Step]:
    """The rest of the deciding group rule by rule, then the groups behind it as a whole."""
    following = iter(groups)
    for indexed in following:
        if indexed.group is decision.group:
            break
    for rule in decision.group.rules:
        if decision.rule is not None and rule.sequence > decision.rule.sequence:
            yield Step(
                decision.group.kind,
                decision.group.code,
                rule.sequence,
                rule.description,
                "not reached",
                _NOT_REACHED,
            )
    for later in following:
        yield Step(later.group.kind, later.group.code, None, None, "not reached", _NOT_REACHED)


def _most_telling(steps: list[Step], most: int) -> list[Step]:
    if len(steps) <= most:
        return steps
    telling = sorted(range(len(steps)), key=lambda place: _interest(steps[place]))
    return [steps[place] for place in sorted(telling[:most])]


def _interest(step: Step) -> int:
    if step.outcome in ("won", "undecidable"):
        return 0
    if step.rule_seq is None:
        return 3
    return 1 if step.outcome == "lost" else 2


def _arithmetic(
    book: PriceBook, sale: Sale, answer: PriceAnswer, decision: Consideration | None
) -> Arithmetic:
    rule = decision.rule if decision is not None else None
    price_break = None if rule is None else matching_break(rule, sale.quantity)
    if price_break is None:
        basis_code, exact = LIST_BASIS, basis_price(sale.item, LIST_BASIS, sale.location, sale.unit)
    else:
        basis_code = price_break.basis
        _, exact = exact_price(sale.item, price_break, sale.location, sale.unit, book.codes)
    if exact is None:
        raise AssertionError("an answer has a price that it was rounded from")
    return Arithmetic(
        method=answer.method,
        basis_code=basis_code,
        basis=answer.basis,
        amount=answer.amount,
        unrounded=round_to(exact, _SHOWN_DECIMALS),
        held=unit_price(exact),
        decimals=answer.decimals,
        round_method=book.facts.round_method,
        unit_price=answer.unit_price,
        quantity=answer.quantity,
        extended=answer.extended,
    )
