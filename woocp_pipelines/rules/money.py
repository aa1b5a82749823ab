"""Decimal amounts: reading them, and the only place where anything is rounded.

Belongs here: parsing and quantising of money, prices, quantities. Does not: what an amount means.
"""

import math
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Final, Literal

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)

RoundMethod = Literal["N", "U", "D"]
# Decimal() would also take "1_000" and the digits of every script.
_NUMBER: Final = re.compile(r"[-+.0-9eE]+")
_STEPS: Final = tuple(Decimal(1).scaleb(-decimals) for decimals in range(11))
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
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
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
    Zero has no sign: nobody's price is -0.00.
    """
    known = 0 <= decimals < len(_STEPS)
    step = _STEPS[decimals] if known else Decimal(1).scaleb(-decimals)
    rounded = value.quantize(step, rounding=_MODES.get(method, ROUND_HALF_UP))
    return rounded if rounded else rounded.copy_abs()


def plain(value: Decimal) -> str:
    """A number as people write it: 3017 for Counterpoint's 3017.0000; never an exponent."""
    return f"{value.normalize() + ZERO:f}"


def money_text(value: Decimal) -> str:
    """Money as people read it: 652.50 and 0.00; further decimals only where there are any."""
    return f"{cents(value)}" if value == cents(value) else plain(value)


def cents(value: Decimal) -> Decimal:
    """Money of two decimals, half away from zero."""
    return round_to(value, 2)


def unit_price(value: Decimal) -> Decimal:
    """A unit price, cost or quantity of four decimals: Counterpoint's `money` and T_PRC."""
    return round_to(value, 4)


def split_cents(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Split an amount over weights: the cents add up exactly, no share is a cent off its own.

    The shares are cut to cents, and the cents left over go to those that lost most by it, the
    largest weight first among equals (CP §4.7: "put the cent on the largest"). Weights that add up
    to zero: everything lands on the first. No weights: an empty list.

    Args:
        total: an amount of whole cents.
        weights: what the shares are in proportion to.
    """
    if not weights:
        return []
    whole = sum(weights, ZERO)
    if whole == ZERO:
        return [total, *[cents(ZERO) for _ in weights[1:]]]
    exact = [Fraction(total) * 100 * Fraction(weight) / Fraction(whole) for weight in weights]
    counts = [math.floor(share) for share in exact]
    left = int(total.scaleb(2)) - sum(counts)
    by_loss = sorted(
        range(len(weights)), key=lambda index: (counts[index] - exact[index], -abs(weights[index]))
    )
    for index in by_loss[:left]:
        counts[index] += 1
    return [Decimal(count).scaleb(-2) for count in counts]
