"""What a winning rule yields: basis, method, rounding (CP §5.3, §5.4, §4.6).

Belongs here: arithmetic on Decimal. Does not: which rule wins (engine.py).
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from typing import Final

from woocp_pipelines.counterpoint.prices.codes import (
    COUNTERPOINT_CODES,
    KNOWN_BASES,
    RuleCodes,
)
from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.errors import UndecidableError, UnknownUnitError
from woocp_pipelines.counterpoint.prices.facts import (
    EVERY_LOCATION,
    STOCKING_UNIT,
    Item,
    LocationPrices,
    PriceBreak,
    UnitFactor,
)
from woocp_pipelines.rules.money import ZERO, round_to, unit_price

REGULAR_BASIS: Final = "R"
NO_BASIS: Final = "!"
LIST_BASIS: Final = "1"
FIXED_PRICE: Final = "F"
DISCOUNT_PERCENT: Final = "D"
DISCOUNT_AMOUNT: Final = "A"
_LEVELS: Final = ("1", "2", "3", "4", "5", "6")
_UNITS: Final = (STOCKING_UNIT, "1", "2", "3", "4", "5")
# A price times a quantity may have 30 digits; the default context would round at 28.
_DIGITS: Final = 60
# Used by its methods only, never installed: every thread keeps its own context.
_EXACT: Final = Context(prec=_DIGITS)
_ONE: Final = Decimal(1)


def unit_index(item: Item, unit: str) -> int:
    """0 for the stocking unit, 1 to 5 for an alternate unit of this item.

    Raises:
        UnknownUnitError: the item has no such unit.
    """
    if unit not in _UNITS or (unit != STOCKING_UNIT and item.units[int(unit) - 1] is None):
        raise UnknownUnitError(item.number, unit)
    return int(unit)


def in_stocking_units(item: Item, unit: int, amount: Decimal) -> Decimal:
    """`amount` times the stocking units in one unit: a quantity, or a price of the unit."""
    if unit == 0:
        return amount
    factor = _factor(item, unit)
    return _EXACT.divide(_EXACT.multiply(amount, factor.numerator), factor.denominator)


def basis_price(item: Item, basis: str, location: str, unit: int) -> Decimal | None:
    """The price a rule starts from, at four decimals; None when Counterpoint holds none.

    'R' falls back to price 1, a blank price level as well, a location to '*' (CP §5.3); a blank
    alternate unit price is the stocking unit's times the unit's factor (CP §4.6).

    Raises:
        UndecidableError: an unknown basis, or a price level of its own in an alternate unit.
    """
    rows = _rows(item, location)
    if basis == REGULAR_BASIS:
        found = _by_unit(item, [row.regular for row in rows], unit)
    elif basis == "1":
        return _by_unit(item, [row.price_1 for row in rows], unit)
    elif basis in _LEVELS:
        found = _level(item, rows, int(basis), unit)
    else:
        raise UndecidableError(f"price basis {basis!r} has no known meaning (item {item.number})")
    return found if found is not None else basis_price(item, "1", location, unit)


def rule_price(
    item: Item,
    price_break: PriceBreak,
    location: str,
    unit: int,
    codes: RuleCodes = COUNTERPOINT_CODES,
) -> tuple[Decimal | None, Decimal]:
    """Basis (None for a fixed price) and price of a winning break, both at four decimals.

    Raises:
        UndecidableError: method, basis or amount has no known meaning, or the price is negative.
    """
    basis, exact = exact_price(item, price_break, location, unit, codes)
    return basis, unit_price(exact)


def exact_price(
    item: Item, price_break: PriceBreak, location: str, unit: int, codes: RuleCodes
) -> tuple[Decimal | None, Decimal]:
    """As `rule_price`, the price before any rounding.

    Raises:
        UndecidableError: as there.
    """
    method = price_break.method
    if unit != 0 and method in (FIXED_PRICE, DISCOUNT_AMOUNT):
        raise UndecidableError(
            f"amounts of price rules are known for the stocking unit only (item {item.number}, "
            f"alternate unit {unit})"
        )
    if method == FIXED_PRICE:
        _check_fixed_basis(item, price_break)
        basis, price = None, _amount(item, price_break)
    else:
        compute = _METHODS.get(codes.methods.get(method, method))
        if compute is None:
            raise UndecidableError(
                f"price method {method!r} cannot be computed here (item {item.number})"
            )
        basis = _basis(item, price_break, location, unit)
        price = compute(basis, _amount(item, price_break), item)
    if price < ZERO:
        raise UndecidableError(f"the rule's price {price} of item {item.number} is below zero")
    return basis, price


def rounded_unit_price(price: Decimal, item: Item, method: str) -> Decimal:
    """The unit price at the item's PRC_DECS, by the site's method."""
    return round_to(unit_price(price), item.price_decimals, method)


def extended_price(price: Decimal, quantity: Decimal, method: str) -> Decimal:
    """Rounded unit price times quantity at two decimals, by the same method (CP §5.4).

    Counterpoint holds the product at four decimals before it rounds.
    """
    return round_to(unit_price(_EXACT.multiply(price, quantity)), 2, method)


def _basis(item: Item, price_break: PriceBreak, location: str, unit: int) -> Decimal:
    basis = basis_price(item, price_break.basis, location, unit)
    if basis is None:
        raise UndecidableError(
            f"item {item.number} has no price for basis {price_break.basis!r} at location "
            f"{location!r} or '*'; fill IM_PRC"
        )
    return basis


def _less_percent(basis: Decimal, percent: Decimal, _: Item) -> Decimal:
    return _EXACT.multiply(basis, _EXACT.subtract(_ONE, percent.scaleb(-2, _EXACT)))


def _less_amount(basis: Decimal, amount: Decimal, _: Item) -> Decimal:
    return _EXACT.subtract(basis, amount)


def _markup(basis: Decimal, percent: Decimal, _: Item) -> Decimal:
    return _EXACT.multiply(basis, _EXACT.add(_ONE, percent.scaleb(-2, _EXACT)))


def _margin(basis: Decimal, percent: Decimal, item: Item) -> Decimal:
    left = _EXACT.subtract(_ONE, percent.scaleb(-2, _EXACT))
    if left <= ZERO:
        raise UndecidableError(
            f"a target margin of {percent} % has no price (item {item.number}); it must be below "
            "100"
        )
    return _EXACT.divide(basis, left)


_METHODS: Final[Mapping[str, Callable[[Decimal, Decimal, Item], Decimal]]] = {
    DISCOUNT_PERCENT: _less_percent,
    DISCOUNT_AMOUNT: _less_amount,
    "markup": _markup,
    "margin": _margin,
}


def _amount(item: Item, price_break: PriceBreak) -> Decimal:
    if price_break.amount is None:
        raise UndecidableError(
            f"a price break of method {price_break.method!r} has no AMT_OR_PCT (item {item.number})"
        )
    return price_break.amount


def _check_fixed_basis(item: Item, price_break: PriceBreak) -> None:
    if price_break.basis not in KNOWN_BASES:
        raise UndecidableError(
            f"price basis {price_break.basis!r} has no known meaning (item {item.number})"
        )


def _rows(item: Item, location: str) -> list[LocationPrices]:
    """The prices of the location before those of every location."""
    everywhere = item.prices.get(EVERY_LOCATION)
    found = [] if everywhere is None else [everywhere]
    own = None if location == EVERY_LOCATION else item.prices.get(fold(location))
    return found if own is None else [own, *found]


def _level(item: Item, rows: list[LocationPrices], level: int, unit: int) -> Decimal | None:
    price = _first(row.levels[level - 2] for row in rows)
    # The alternate unit prices of levels 2 to 6 are in no column we know: a factor would guess.
    if price is not None and unit != 0:
        raise UndecidableError(
            f"price level {level} of item {item.number} is not known in alternate unit {unit}"
        )
    return price


def _by_unit(item: Item, rows: list[tuple[Decimal | None, ...]], unit: int) -> Decimal | None:
    own = _first(row[unit] for row in rows)
    if own is not None or unit == 0:
        return own
    stocking = _first(row[0] for row in rows)
    return None if stocking is None else unit_price(in_stocking_units(item, unit, stocking))


def _first(prices: Iterable[Decimal | None]) -> Decimal | None:
    for price in prices:
        if price is not None:
            return price
    return None


def _factor(item: Item, unit: int) -> UnitFactor:
    factor = item.units[unit - 1]
    if factor is None:
        raise UnknownUnitError(item.number, str(unit))
    return factor
