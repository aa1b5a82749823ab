"""Decimal amounts: reading them, and the only place where anything is rounded.

Belongs here: parsing and quantising of money, prices, quantities. Does not: what an amount means.
"""

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, InvalidOperation
from typing import Final, Literal

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)

RoundMethod = Literal["N", "U", "D"]
_MODES: Final = {"N": ROUND_HALF_UP, "U": ROUND_UP, "D": ROUND_DOWN}


class NotAnAmountError(ValueError):
    """A text that should have been a finite decimal number was not."""

    def __init__(self, found: object) -> None:
        super().__init__(f"expected a finite decimal number, found {found!r}")
        self.found = found


def read_decimal(value: object) -> Decimal:
    """Read a decimal from what JSON or a database gave: str, int or Decimal.

    Floats are refused: their binary noise would become money (CP §6.2 bug 12).

    Raises:
        NotAnAmountError: for anything else, for NaN and for infinities.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NotAnAmountError(value)
    try:
        amount = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise NotAnAmountError(value) from None
    if not amount.is_finite():
        raise NotAnAmountError(value)
    return amount


def round_to(value: Decimal, decimals: int, method: str = "N") -> Decimal:
    """Round to a number of decimals by Counterpoint's method (CP §5.4).

    'U' is away from zero, 'D' toward zero; everything else is standard: half away from zero.
    """
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=_MODES.get(method, ROUND_HALF_UP))


def cents(value: Decimal) -> Decimal:
    """Money of two decimals, half away from zero."""
    return round_to(value, 2)


def unit_price(value: Decimal) -> Decimal:
    """A unit price, cost or quantity of four decimals: Counterpoint's `money` and T_PRC."""
    return round_to(value, 4)


def split_cents(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Split an amount over weights so that the cents add up exactly.

    Each share is rounded; what is left over lands on the largest weight (CP §4.7: "put the cent
    on the largest"). All weights zero: everything lands on the first. No weights: an empty list.
    """
    if not weights:
        return []
    whole = sum(weights, ZERO)
    if whole == ZERO:
        return [total, *[cents(ZERO) for _ in weights[1:]]]
    shares = [cents(total * weight / whole) for weight in weights]
    largest = max(range(len(weights)), key=lambda index: abs(weights[index]))
    shares[largest] += total - sum(shares, ZERO)
    return shares
