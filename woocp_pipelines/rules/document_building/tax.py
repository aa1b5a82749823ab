"""Where the store's tax goes: to lines and charges, and to the authorities of the tax code.

Belongs here: shares and who may take them (CP §1.13, §4.4, §4.7.1). The amount itself is always
the store's and is never computed again. The columns: tax_rows.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.document_building.inputs import TaxCode
from woocp_pipelines.rules.document_building.tax_problems import (
    foreign_rate,
    no_authority,
    rates_differ,
)
from woocp_pipelines.rules.money import ZERO, split_cents
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.web_order import RateTax, WebOrder

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AuthorityTax:
    """What one authority takes, and the store's rates that are its own; None: all of them."""

    pair: Pair
    tax: Decimal
    rate_ids: frozenset[int] | None = None


def tax_shares(
    total: Decimal, lines: Sequence[Decimal], charges: Sequence[Decimal], discounts: Decimal
) -> tuple[list[Decimal], list[Decimal]]:
    """The order's tax, shared among lines and charges: the cents add up and none is negative.

    `discounts` is the tax of the negative fees, which the store has taken off the total: it lowers
    the lines' tax in proportion, and that of the charges where the lines have too little.
    """
    parts = [*lines, *charges]
    taken = -discounts - sum((min(part, ZERO) for part in parts), ZERO)
    weights = [max(part, ZERO) for part in parts]
    of_lines = sum(weights[: len(lines)], ZERO)
    if taken > ZERO and taken >= of_lines:
        weights = [*(ZERO for _ in lines), *weights[len(lines) :]]
    elif taken > ZERO:
        # Everything times the lines' tax, so that no weight needs a division.
        left = of_lines - taken
        weights = [
            weight * (left if index < len(lines) else of_lines)
            for index, weight in enumerate(weights)
        ]
    shares = split_cents(total, weights)
    return shares[: len(lines)], shares[len(lines) :]


def authority_taxes(order: WebOrder, code: TaxCode | None) -> tuple[AuthorityTax, ...]:
    """The tax of each authority, in the order of the tax code's; the odd cent on the largest.

    One authority takes everything. Several take what the store's rates say: by the names in
    [tax.rates], else by position, where rates and authorities are equally many.

    Raises:
        RefusedError: NO_TAX_AUTHORITY or TAX_RATES, anything else would be a guess.
    """
    pairs = code.authorities if code else ()
    if code is None or not pairs:
        if order.total_tax == ZERO:
            return ()
        raise RefusedError(no_authority(order, code))
    if len(pairs) == 1:
        return (AuthorityTax(pairs[0], order.total_tax),)
    owners = _owners(order, code)
    if isinstance(owners, Problem):
        if order.total_tax != ZERO:
            raise RefusedError(owners)
        # Nothing to place, so nobody need say which rate is whose.
        owners = []
    rates = [(rate, owner) for rate, owner in owners if rate.total > ZERO]
    sums = [sum((rate.total for rate, owner in rates if owner == pair), ZERO) for pair in pairs]
    return tuple(
        AuthorityTax(pair, tax, frozenset(rate.rate_id for rate, owner in owners if owner == pair))
        for pair, tax in zip(pairs, split_cents(order.total_tax, sums), strict=True)
    )


def tax_moved(order: WebOrder, taxes: Sequence[AuthorityTax]) -> bool:
    """True when the authorities' tax is not that of the store's rates: a cent was placed."""
    shown = sum((rate.total for rate in order.tax_rates), ZERO)
    return len(taxes) > 1 and order.total_tax != shown


def _owners(order: WebOrder, code: TaxCode) -> list[tuple[RateTax, Pair]] | Problem:
    """Which authority each of the order's rates is, or why nobody can tell."""
    named = [(rate, _named(rate, code)) for rate in order.tax_rates]
    owned = [(rate, pair) for rate, pair in named if pair is not None]
    for rate, pair in owned:
        if pair not in code.authorities:
            return foreign_rate(rate, pair, code)
    if owned and len(owned) == len(named):
        return owned
    if owned or len(named) != len(code.authorities):
        return rates_differ(order, code)
    return list(zip(_by_priority(order.tax_rates), code.authorities, strict=True))


def _named(rate: RateTax, code: TaxCode) -> Pair | None:
    return code.rates.get(rate.code.upper()) or code.rates.get(rate.label.upper())


def _by_priority(rates: Sequence[RateTax]) -> list[RateTax]:
    """The shop's own order: an order lists its rates as its first lines happen to use them."""
    priorities = {rate.priority for rate in rates}
    if None in priorities or len(priorities) != len(rates):
        return list(rates)
    return sorted(rates, key=lambda rate: rate.priority or 0)
