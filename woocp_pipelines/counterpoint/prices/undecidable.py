"""Rules of a book that nobody can decide here, and rules that can never win.

Belongs here: looking at rules without a sale in mind, for people: the asset's check and the
doctor. Does not: the verdict about one sale (verdicts.py, calculation.py); both must agree on what
is in doubt, and a test holds them together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from woocp_pipelines.counterpoint.prices.book import PriceBook, has_text
from woocp_pipelines.counterpoint.prices.calculation import (
    DISCOUNT_AMOUNT,
    DISCOUNT_PERCENT,
    FIXED_PRICE,
)
from woocp_pipelines.counterpoint.prices.codes import KNOWN_BASES, RuleCodes
from woocp_pipelines.counterpoint.prices.facts import PriceBreak, PriceGroup, PriceRule
from woocp_pipelines.rules.clock import store_local

_METHODS: Final = frozenset({DISCOUNT_PERCENT, DISCOUNT_AMOUNT, FIXED_PRICE})
_NO_BASIS: Final = "!"
# The smallest quantity that can be sold: T_QTY has four decimals.
_LEAST: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One rule and what is wrong with it; `sequence` None means every rule of the group."""

    kind: str
    group: str
    sequence: int | None
    description: str
    reason: str


def undecidable_rules(book: PriceBook, *, at: datetime) -> tuple[RuleFinding, ...]:
    """Every reason why a rule cannot be decided, whatever is sold to whom (CP §5.3, §5.6).

    Whoever such a rule may concern gets an error, never the next rule's price. Groups that are
    switched off or over are left out: they take part in nothing.

    Args:
        book: the rules, with the codes that the settings give a meaning.
        at: now, with a time zone.
    """
    doubts = {each.text: each.reason for each in book.unsupported_filters}
    found: list[RuleFinding] = []
    for group in groups_in_use(book, at):
        found += (_of_group(group, reason) for reason in _group_doubts(group, doubts))
        for rule in group.rules:
            reasons = [*_rule_doubts(rule, doubts), *_break_doubts(rule, book.codes)]
            found += (_of_rule(group, rule, reason) for reason in reasons)
    return tuple(found)


def rules_that_never_win(book: PriceBook, *, at: datetime) -> tuple[RuleFinding, ...]:
    """Rules that no sale can reach: without a break, or behind one that always wins before them.

    Arguments as of `undecidable_rules`.
    """
    return tuple(found for group in groups_in_use(book, at) for found in _never_winning(group))


def groups_in_use(book: PriceBook, at: datetime) -> Iterator[PriceGroup]:
    """Groups that are switched on and not over at `at`; those whose dates cannot be read, too."""
    now = store_local(at, book.zone)
    return (each for each in book.facts.groups if state_of(each, now) not in ("off", "over"))


def state_of(group: PriceGroup, now: datetime) -> str:
    """`off`, `unreadable` (its dates), `not_yet`, `over` or `valid`; `now` is store-local."""
    validity = group.validity
    if not group.enabled:
        return "off"
    if validity.problem is not None:
        return "unreadable"
    if validity.begins is not None and now < validity.begins:
        return "not_yet"
    return "over" if validity.ends is not None and now >= validity.ends else "valid"


def _group_doubts(group: PriceGroup, doubts: Mapping[str, str]) -> Iterator[str]:
    if group.validity.problem is not None:
        yield group.validity.problem
    if group.mix_match_code:
        yield f"MIX_MATCH_COD {group.mix_match_code!r} adds up other lines"
    yield from _filter_doubts({"CUST_FILT of the group": group.customer_filter}, doubts)


def _rule_doubts(rule: PriceRule, doubts: Mapping[str, str]) -> Iterator[str]:
    if rule.is_custom:
        yield "IS_CUSTOM: a stored procedure makes the price"
    if rule.is_bogo_twofer:
        yield "USE_BOGO_TWOFER: the price depends on other lines"
    filters = {
        "CUST_FILT": rule.customer_filter,
        "ITEM_FILT": rule.item_filter,
        "SAL_FILT": rule.sale_filter,
    }
    yield from _filter_doubts(filters, doubts)


def _filter_doubts(filters: Mapping[str, str | None], doubts: Mapping[str, str]) -> Iterator[str]:
    for column, text in filters.items():
        if text is not None and text in doubts:
            yield f"{column} {text}: {doubts[text]}"


def _break_doubts(rule: PriceRule, codes: RuleCodes) -> list[str]:
    # Each once: the breaks of a rule mostly share their method and basis.
    found = (_break_doubt(each, codes) for each in rule.breaks)
    return list(dict.fromkeys(reason for reason in found if reason is not None))


def _break_doubt(price_break: PriceBreak, codes: RuleCodes) -> str | None:
    method, basis = price_break.method, price_break.basis
    if method not in _METHODS and method not in codes.methods:
        return f"PRC_METH {method!r} has no known meaning"
    bases = KNOWN_BASES if method == FIXED_PRICE else KNOWN_BASES - {_NO_BASIS}
    if basis not in bases:
        return f"PRC_BASIS {basis!r} has no known meaning for method {method!r}"
    return f"PRC_METH {method!r} without AMT_OR_PCT" if price_break.amount is None else None


def _never_winning(group: PriceGroup) -> Iterator[RuleFinding]:
    winner: int | None = None
    for rule in group.rules:
        if not rule.breaks:
            yield _of_rule(group, rule, "it has no quantity break")
        elif winner is not None:
            yield _of_rule(group, rule, f"rule {winner} before it holds for everything")
        elif _always_holds(rule):
            winner = rule.sequence


def _always_holds(rule: PriceRule) -> bool:
    """No condition at all; a rule in doubt counts, since the search ends there, too."""
    filters = (rule.customer_filter, rule.item_filter, rule.sale_filter)
    if rule.item_no is not None or rule.customer_no is not None or any(map(has_text, filters)):
        return False
    return max(rule.min_quantity, rule.breaks[0].min_quantity) <= _LEAST


def _of_group(group: PriceGroup, reason: str) -> RuleFinding:
    return RuleFinding(group.kind, group.code, None, "", reason)


def _of_rule(group: PriceGroup, rule: PriceRule, reason: str) -> RuleFinding:
    return RuleFinding(group.kind, group.code, rule.sequence, rule.description, reason)
