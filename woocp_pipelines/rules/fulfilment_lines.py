"""Lines of an order's document, and what of them the customer is owed (CP §1.10, §1.14).

Belongs here: quantities, and that a line which a till takes off the document stays owed where it
was paid: the shop sold it. Does not: what release tickets shipped (fulfilment_releases.py), nor
the judgement (fulfilment.py).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from woocp_pipelines.rules.money import ZERO

LineKey = tuple[int, str, Decimal, Decimal]
_ONE: Final = Decimal(1)
_DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the document. Quantities are in its selling unit, at most 4 decimals.

    `free`: known to have cost nothing whenever it was seen.
    """

    seq: int
    item_no: str
    unit: str
    ordered: Decimal
    shipped: Decimal = ZERO
    numer: Decimal = _ONE
    denom: Decimal = _ONE
    free: bool = field(default=False, kw_only=True)

    @property
    def key(self) -> LineKey:
        """What tells lines apart: a till may use a number again, or change the unit."""
        return self.seq, self.item_no, self.numer, self.denom

    @property
    def open(self) -> Decimal:
        """What is still to come."""
        return max(self.ordered - self.shipped, ZERO)

    @property
    def open_stocking(self) -> Fraction:
        """The same in stocking units."""
        return stocking(self.open, self.numer, self.denom)

    @property
    def shipped_stocking(self) -> Fraction:
        """What went out, in stocking units."""
        return stocking(self.shipped, self.numer, self.denom)

    def with_more(self, more: Fraction) -> "Line":
        """The line with so many stocking units more shipped, never beyond what was ordered."""
        if more >= self.open_stocking:
            return self.all_shipped()
        selling = more * Fraction(self.denom) / Fraction(self.numer)
        cut = Decimal(floor(selling * 10**_DECIMALS)).scaleb(-_DECIMALS)
        return replace(self, shipped=self.shipped + cut)

    def all_shipped(self) -> "Line":
        """The line with nothing left to come."""
        return replace(self, shipped=max(self.ordered, self.shipped))


def stocking(quantity: Decimal, numer: Decimal, denom: Decimal) -> Fraction:
    """A quantity in stocking units (CP §1.10), exact: a third of a carton has no last decimal.

    Raises:
        ValueError: the unit has no size.
    """
    if numer <= ZERO or denom <= ZERO:
        raise ValueError(f"expected QTY_NUMER and QTY_DENOM above 0, found {numer}/{denom}")
    return Fraction(quantity) * Fraction(numer) / Fraction(denom)


def is_complete(lines: Sequence[Line]) -> bool:
    """Whether there are goods, and none of them is still to come."""
    return any(line.ordered > ZERO for line in lines) and not any(line.open for line in lines)


def owed_lines(shown: Sequence[Line], before: Sequence[Line]) -> tuple[Line, ...]:
    """What the customer is owed: the document's lines, with what was taken off it since.

    A line that is gone, or has become smaller, is owed no more where other lines of its item have
    become more by as much: a till that enters it anew, splits or joins lines takes nothing away.
    What was free and is gone is owed no more, either.

    Args:
        shown: the document's lines now; none where it does not show any.
        before: its lines when they were seen last.
    """
    if not shown:
        return tuple(before)
    was = {line.key: line for line in before}
    lines = {line.key: _with_told(line, was) for line in shown if line.ordered > ZERO}
    lacking = _lacking(lines, before)
    for line in before:
        here = lines.get(line.key)
        if here is not None and here.ordered >= line.ordered:
            continue
        if lacking[line.item_no] > 0 and not line.free:
            lacking[line.item_no] -= line.open_stocking - (here.open_stocking if here else 0)
            shipped = max(line.shipped, here.shipped) if here else line.shipped
            lines[line.key] = replace(line, shipped=shipped)
        elif here is None and line.shipped > ZERO:
            # Kept for what it shipped: no ticket of it may count for the line in its place.
            lines[line.key] = replace(line, ordered=line.shipped)
    return tuple(sorted(lines.values(), key=lambda line: line.seq))


def _with_told(line: Line, was: Mapping[LineKey, Line]) -> Line:
    """What was told as shipped stays shipped, and nothing counts beyond what was ordered.

    A line that was paid once, or of which that is not known, is never free.
    """
    before = was.get(line.key)
    told = before.shipped if before else ZERO
    ordered = max(line.ordered, told)
    shipped = min(max(line.shipped, told), ordered)
    free = line.free and (before is None or before.free)
    return replace(line, ordered=ordered, shipped=shipped, free=free)


def _lacking(lines: Mapping[LineKey, Line], before: Sequence[Line]) -> dict[str, Fraction]:
    """By item, how many stocking units that were open the document has no line for any more.

    Of a free line only what is still there was open: the rest is not lacking.
    """
    told = {line.key: line.shipped for line in before}
    still: defaultdict[LineKey, Fraction] = defaultdict(Fraction)
    for line in lines.values():
        still[line.key] = replace(line, shipped=told.get(line.key, ZERO)).open_stocking
    lacking: defaultdict[str, Fraction] = defaultdict(Fraction)
    for line in before:
        was_open = line.open_stocking
        lacking[line.item_no] += min(was_open, still[line.key]) if line.free else was_open
    for line in lines.values():
        lacking[line.item_no] -= still[line.key]
    return lacking
