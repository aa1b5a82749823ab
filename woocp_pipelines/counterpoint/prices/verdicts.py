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
    FilterValues,
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


@dataclass(frozen=True, slots=True)
class Sale:
    """What is asked: an item in a quantity, for whom, where and when.

    `customer` None is a sale to nobody we know; with `by_contract` it is a customer who is not
    named because the caller chose the contract. `now` is naive store-local time.
    """

    item: Item
    customer: Customer | None
    quantity: Decimal
    unit: int
    location: str
    now: datetime
    open_contracts: bool
    by_contract: bool = False

    def rows(self) -> Rows:
        """What filters are asked about."""
        return Rows(self.item.values, self.customer.values if self.customer else FilterValues())


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
        return Verdict(holds=False, reason="the group is not enabled")
    dates = _in_dates(group, sale.now)
    # Who names the contract has chosen the group; its own customer conditions are then not asked.
    if sale.by_contract or dates.holds is False:
        return dates
    return all_hold(
        (
            dates,
            _named_customer(group.customer_no, sale, "the group is for another customer"),
            _filter(indexed.customer_filter, sale, "the customer is not in the group's filter"),
        )
    )


def rule_verdict(indexed: IndexedRule, group: IndexedGroup, sale: Sale) -> Verdict:
    """Whether a rule's conditions on customer, item, sale and quantity hold; not the group's."""
    rule = indexed.rule
    who_and_what = all_hold(_who_and_what(indexed, group, sale))
    special = _special(rule, group.group)
    if who_and_what.holds is False or special is not None:
        return who_and_what if who_and_what.holds is False else special or who_and_what
    return all_hold((who_and_what, _quantity(rule, sale)))


def matching_break(rule: PriceRule, quantity: Decimal) -> PriceBreak | None:
    """The break with the largest MIN_QTY not above the quantity, None when all are above it."""
    return next((each for each in reversed(rule.breaks) if each.min_quantity <= quantity), None)


def _who_and_what(indexed: IndexedRule, group: IndexedGroup, sale: Sale) -> Iterable[Verdict]:
    rule = indexed.rule
    if rule.item_no is not None and fold(rule.item_no) != fold(sale.item.number):
        yield Verdict(holds=False, reason="the rule is for another item")
    yield _filter(indexed.item_filter, sale, "the item is not in the rule's filter")
    yield _named_customer(rule.customer_no, sale, "the rule is for another customer")
    yield _filter(indexed.customer_filter, sale, "the customer is not in the rule's filter")
    if not _is_offered(indexed, group, sale):
        yield Verdict(holds=False, reason="a contract for no customer in particular is not used")
    yield _filter(indexed.sale_filter, sale, "the sale is not in the rule's filter")


def _is_offered(indexed: IndexedRule, group: IndexedGroup, sale: Sale) -> bool:
    if group.group.kind != CONTRACT or sale.by_contract or sale.open_contracts:
        return True
    return group.names_customers or indexed.names_customers


def _special(rule: PriceRule, group: PriceGroup) -> Verdict | None:
    """Rules whose quantity or price comes from elsewhere: other lines or a stored procedure."""
    if rule.is_custom:
        return Verdict(holds=None, reason="the rule calls a stored procedure (IS_CUSTOM)")
    if rule.is_bogo_twofer:
        return Verdict(holds=None, reason="the rule depends on other lines (USE_BOGO_TWOFER)")
    if group.mix_match_code:
        return Verdict(holds=None, reason="the group adds up other lines (MIX_MATCH_COD)")
    return None


def _quantity(rule: PriceRule, sale: Sale) -> Verdict:
    """A rule's MIN_QTY and breaks.

    Whether they count selling or stocking units is written nowhere, so both must agree.
    """
    counted = (sale.quantity, in_stocking_units(sale.item, sale.unit, sale.quantity))
    selling, stocking = (_break_in_reach(rule, quantity) for quantity in counted)
    if selling is not stocking:
        return Verdict(holds=None, reason="the break differs between selling and stocking units")
    if selling is None:
        return Verdict(holds=False, reason="the quantity reaches no break of the rule")
    return HOLDS


def _break_in_reach(rule: PriceRule, quantity: Decimal) -> PriceBreak | None:
    return matching_break(rule, quantity) if quantity >= rule.min_quantity else None


def _in_dates(group: PriceGroup, now: datetime) -> Verdict:
    validity = group.validity
    if validity.problem is not None:
        return Verdict(holds=None, reason=validity.problem)
    if validity.begins is not None and now < validity.begins:
        return Verdict(holds=False, reason="the group is not valid yet")
    if validity.ends is not None and now >= validity.ends:
        return Verdict(holds=False, reason="the group is not valid any more")
    return HOLDS


def _named_customer(cust_no: str | None, sale: Sale, reason: str) -> Verdict:
    if cust_no is None:
        return HOLDS
    if sale.customer is None:
        return _nobody(sale, reason)
    return Verdict(holds=fold(cust_no) == fold(sale.customer.number), reason=reason)


def _filter(parsed: AnyFilter | None, sale: Sale, reason: str) -> Verdict:
    if parsed is None:
        return HOLDS
    if parsed.needs_customer and sale.customer is None:
        return _nobody(sale, reason)
    try:
        return Verdict(holds=parsed.holds(sale.rows()), reason=reason)
    except UnsupportedFilterError as error:
        return Verdict(holds=None, reason=str(error))


def _nobody(sale: Sale, reason: str) -> Verdict:
    if sale.by_contract:
        return Verdict(holds=None, reason="the rule asks for the customer, who was not named")
    return Verdict(holds=False, reason=reason)
