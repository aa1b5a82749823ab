"""How many cents are wrong within the documents of one order, each fault once (CP §4.9).

Belongs here: the least that must change until all sums hold. Does not: which sums do not hold
(reconciliation_sums.py), nor what people are told (reconciliation_tellings.py).

Amounts that should be equal and are wrong alike are one fault: somebody changed them together.
Those that are wrong with opposite signs are two, wherever they stand.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_sums import (
    APPLIED,
    CHARGES,
    DISCOUNT,
    DUE,
    LINES,
    RECEIVED,
    SHARES,
    TAXES,
    TOTAL,
    BrokenSum,
)

Points = tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with one document.

    Attributes:
        sums: those that do not hold within it.
        amount: by how much its total is above the shop, and nothing explains it; None where no
            shop can say that.
        paid: the same of the payments on it.
    """

    sums: Sequence[BrokenSum]
    amount: Decimal | None = ZERO
    paid: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Change:
    """By how much rows of goods and of payments must change at least, until all adds up."""

    goods: Decimal = ZERO
    payments: Decimal = ZERO


def least_change(documents: Iterable[Broken], paid: Decimal = ZERO) -> Change:
    """What is wrong with an order and its deposit ticket comes to, what was told already included.

    Both documents hold the same payments: one that is wrong alike in both is one fault.

    Args:
        documents: the order and its deposit ticket.
        paid: by how much the payments that count are above the shop, and nothing explains it.
    """
    goods, due, received = ZERO, ZERO, [paid]
    for each in documents:
        off = defaultdict(lambda: ZERO, {one.name: one.off for one in each.sums})
        parts, tendered = _parts(off, each.sums), each.paid - off[RECEIVED]
        amounts = (ZERO, off[TOTAL]) if each.amount is None else (each.amount,)
        # AMT_DUE that was not changed with TOT_TND or TOT is no fault of its own.
        tried = (
            (_least_of_goods(parts, one, one - off[TOTAL]), _beyond(off[DUE], tendered, -one))
            for one in amounts
        )
        of_goods, of_due = min(tried, key=sum)
        goods += of_goods + abs(off[DISCOUNT])
        due += of_due
        received += (tendered, each.paid, each.paid + off[APPLIED])
    return Change(goods, _spread(received) + due)


def _parts(off: Mapping[str, Decimal], sums: Iterable[BrokenSum]) -> list[Points]:
    """For each part of the total: by how much rows that should come to it are above it."""
    lines = off[LINES]
    above = [each.certain for each in sums if each.is_of_line]
    dearer = lines + sum((each for each in above if each > ZERO), ZERO)
    cheaper = lines + sum((each for each in above if each < ZERO), ZERO)
    return [(lines, dearer, cheaper), (off[CHARGES],), (off[TAXES], off[SHARES])]


def _least_of_goods(parts: Sequence[Points], amount: Decimal, whole: Decimal) -> Decimal:
    """The least that is wrong with the goods of one document.

    Nobody knows which of two amounts is right, so each part's own total is tried as all that its
    rows suggest; one of them takes what is then left of `whole`.

    Args:
        parts: see `_parts`.
        amount: by how much the document's total is wrong.
        whole: by how much the parts' totals are wrong together.
    """
    return min(_faults(parts, tried, amount) for tried in _tried(parts, whole))


def _tried(parts: Sequence[Points], whole: Decimal) -> Iterator[tuple[Decimal, ...]]:
    likely = [sorted({ZERO, *(-each for each in points)}) for points in parts]
    for rest in range(len(parts)):
        for chosen in product(*likely[:rest], (ZERO,), *likely[rest + 1 :]):
            left = whole - sum(chosen, ZERO)
            yield (*chosen[:rest], left, *chosen[rest + 1 :])


def _faults(parts: Sequence[Points], totals: Sequence[Decimal], amount: Decimal) -> Decimal:
    """What is wrong where the parts' totals are wrong by so much: too high and too low apart."""
    high, low = ZERO, ZERO
    for total, points in zip(totals, parts, strict=True):
        wrong = (ZERO, total, *(total + each for each in points))
        high, low = high + max(wrong), low + min(wrong)
    return max(high, amount) - min(low, amount)


def _spread(off: Iterable[Decimal]) -> Decimal:
    """How far amounts that should be equal are apart, told by how far all are off one of them."""
    every = (ZERO, *off)
    return max(every) - min(every)


def _beyond(off: Decimal, *reasons: Decimal) -> Decimal:
    """How much of it is left once reasons of the same sign are taken off."""
    alike = sum((abs(each) for each in reasons if each * off > ZERO), ZERO)
    return max(abs(off) - alike, ZERO)
