"""Whether a group and a rule apply to one sale (CP §5.2.3, §5.2.4).

Belongs here: single conditions, each true, false or in doubt, and how they combine. Does not: the
order in which rules are asked (engine.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from woocp_pipelines.counterpoint.prices.book import CONTRACT, AnyFilter, IndexedGroup, IndexedRule
from woocp_pipelines.counterpoint.prices.calculation import in_stocking_units
from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.conditions import Rows
from woocp_pipelines.counterpoint.prices.errors import UnsupportedFilterError
from woocp_pipelines.counterpoint.prices.facts import (
    Customer,
    Item,
    PriceBreak,
    PriceGroup,
    PriceRule,
)


class Verdict(NamedTuple):
    """One condition: `holds` is None when it cannot be decided; `reason` says why it fails."""

    holds: bool | None
    reason: str = ""


HOLDS: Final = Verdict(holds=True)
_NOT_ENABLED: Final = Verdict(holds=False, reason="the group is not enabled")
_NOT_YET: Final = Verdict(holds=False, reason="the group is not valid yet")
_NOT_ANY_MORE: Final = Verdict(holds=False, reason="the group is not valid any more")
_GROUP_FOR_ANOTHER: Final = Verdict(holds=False, reason="the group is for another customer")
_OUTSIDE_GROUP: Final = Verdict(holds=False, reason="the customer is not in the group's filter")
_ANOTHER_ITEM: Final = Verdict(holds=False, reason="the rule is for another item")
_RULE_FOR_ANOTHER: Final = Verdict(holds=False, reason="the rule is for another customer")
_NOT_OFFERED: Final = Verdict(
    holds=False, reason="a contract for no customer in particular is not used"
)
_NO_BREAK: Final = Verdict(holds=False, reason="the quantity reaches no break of the rule")
_TWO_BREAKS: Final = Verdict(
    holds=None, reason="the break differs between selling and stocking units"
)
_NOT_NAMED: Final = Verdict(holds=None, reason="the rule asks for the customer, who was not named")
_NOBODY: Final = Verdict(holds=False, reason="it asks for a customer, and there is none")
_CUSTOM: Final = Verdict(holds=None, reason="the rule calls a stored procedure (IS_CUSTOM)")
_BOGO: Final = Verdict(holds=None, reason="the rule depends on other lines (USE_BOGO_TWOFER)")
_MIX_MATCH: Final = Verdict(holds=None, reason="the group adds up other lines (MIX_MATCH_COD)")
_OUTSIDE: Final = {
    "item": Verdict(holds=False, reason="the item is not in the rule's filter"),
    "customer": Verdict(holds=False, reason="the customer is not in the rule's filter"),
    "sale": Verdict(holds=False, reason="the sale is not in the rule's filter"),
}


@dataclass(frozen=True, slots=True)
class Sale:
    """What is asked: an item in a quantity, for whom, where and when.

    `customer` None is a sale to nobody we know; with `by_contract` it is a customer who is not
    named because the caller chose the contract. `now` is naive store-local time, `rows` what
    filters are asked about.
    """

    item: Item
    customer: Customer | None
    quantity: Decimal
    unit: int
    location: str
    now: datetime
    rows: Rows
    open_contracts: bool
    by_contract: bool = False


def all_hold(verdicts: Iterable[Verdict]) -> Verdict:
    """The first false verdict decides; without one, the first doubt; else all hold.

    So a doubtful rule that cannot apply to this item anyway does no harm.
    """
    doubt = HOLDS
    for verdict in verdicts:
        if verdict.holds is False:
            return verdict
        if verdict.holds is None and doubt.holds:
            doubt = verdict
    return doubt


def group_verdict(indexed: IndexedGroup, sale: Sale) -> Verdict:
    """Whether a group takes part in this sale."""
    group = indexed.group
    if not group.enabled:
        return _NOT_ENABLED
    dates = _in_dates(group, sale.now)
    # Who names the contract has chosen the group; its own customer conditions are then not asked.
    if sale.by_contract or dates.holds is False:
        return dates
    verdicts = [dates]
    if group.customer_no is not None:
        verdicts.append(_named_customer(group.customer_no, sale, _GROUP_FOR_ANOTHER))
    if indexed.customer_filter is not None:
        verdicts.append(_filter(indexed.customer_filter, sale, _OUTSIDE_GROUP))
    return all_hold(verdicts)


def rule_verdict(indexed: IndexedRule, group: IndexedGroup, sale: Sale) -> Verdict:
    """Whether a rule's conditions on customer, item, sale and quantity hold; not the group's."""
    rule = indexed.rule
    if rule.item_no is not None and fold(rule.item_no) != fold(sale.item.number):
        return _ANOTHER_ITEM
    verdicts = [_filter(each, sale, _OUTSIDE[what]) for what, each in indexed.filters]
    if rule.customer_no is not None:
        verdicts.append(_named_customer(rule.customer_no, sale, _RULE_FOR_ANOTHER))
    if not _is_offered(indexed, group, sale):
        verdicts.append(_NOT_OFFERED)
    verdicts.append(_special(rule, group.group) or _quantity(rule, sale))
    return all_hold(verdicts)


def matching_break(rule: PriceRule, quantity: Decimal) -> PriceBreak | None:
    """The break with the largest MIN_QTY not above the quantity, None when all are above it."""
    for each in reversed(rule.breaks):
        if each.min_quantity <= quantity:
            return each
    return None


def _is_offered(indexed: IndexedRule, group: IndexedGroup, sale: Sale) -> bool:
    if group.group.kind != CONTRACT or sale.by_contract or sale.open_contracts:
        return True
    return group.names_customers or indexed.names_customers


def _special(rule: PriceRule, group: PriceGroup) -> Verdict | None:
    """Rules whose quantity or price comes from elsewhere: other lines or a stored procedure."""
    if rule.is_custom:
        return _CUSTOM
    if rule.is_bogo_twofer:
        return _BOGO
    return _MIX_MATCH if group.mix_match_code else None


def _quantity(rule: PriceRule, sale: Sale) -> Verdict:
    """A rule's MIN_QTY and breaks.

    Whether they count selling or stocking units is written nowhere, so both must agree.
    """
    selling = _break_in_reach(rule, sale.quantity)
    if sale.unit != 0:
        stocking = in_stocking_units(sale.item, sale.unit, sale.quantity)
        if selling is not _break_in_reach(rule, stocking):
            return _TWO_BREAKS
    return _NO_BREAK if selling is None else HOLDS


def _break_in_reach(rule: PriceRule, quantity: Decimal) -> PriceBreak | None:
    return matching_break(rule, quantity) if quantity >= rule.min_quantity else None


def _in_dates(group: PriceGroup, now: datetime) -> Verdict:
    validity = group.validity
    if validity.problem is not None:
        return Verdict(holds=None, reason=validity.problem)
    if validity.begins is not None and now < validity.begins:
        return _NOT_YET
    if validity.ends is not None and now >= validity.ends:
        return _NOT_ANY_MORE
    return HOLDS


def _named_customer(cust_no: str, sale: Sale, another: Verdict) -> Verdict:
    if sale.customer is None:
        return _NOT_NAMED if sale.by_contract else another
    return HOLDS if fold(cust_no) == fold(sale.customer.number) else another


def _filter(parsed: AnyFilter, sale: Sale, outside: Verdict) -> Verdict:
    if sale.customer is None and parsed.needs_customer:
        # Also one that would hold where every column of the customer is NULL: it chooses among
        # customers, and who is not named may have any value there.
        return _NOT_NAMED if sale.by_contract else _NOBODY
    try:
        return HOLDS if parsed.holds(sale.rows) else outside
    except UnsupportedFilterError as error:
        return Verdict(holds=None, reason=str(error))
