"""Whether an open document adds up within itself: total row, lines, taxes, payments (CP §4.9).

Belongs here: which sums must hold, and by how much they do not. Does not: whether the document is
worth what the shop charged (reconciliation.py), nor reading it (counterpoint/reconciled_sums.py).

Only the row of the whole document is compared: the parts 'R' and 'V' of an order carry neither tax
nor payments (CP §1.7). Of an order that was released in part nobody has said how Counterpoint
leaves its rows, so its total row is compared with itself alone: what it comes to with the shop all
the same. Copies of lines on a deposit ticket
are part of no sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class TotalRow:
    """The row of PS_DOC_HDR_TOT of the whole document."""

    sub_tot: Decimal = ZERO
    tot_misc: Decimal = ZERO
    tax_amt: Decimal = ZERO
    tot: Decimal = ZERO
    tot_tnd: Decimal = ZERO
    amt_due: Decimal = ZERO
    header_discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts of one document.

    Attributes:
        total: its total row; all zero where there is none.
        lines: what its lines come to; `gross_lines`: before discounts.
        charges: its misc charges.
        taxes: what its authorities take.
        tax_shares: the tax on its lines and misc charges.
        received: payments received, `payments`: those to come at the release as well.
        applied: what of the payments is applied.
        is_released: lines of it were released.
    """

    total: TotalRow = TotalRow()
    lines: Decimal = ZERO
    charges: Decimal = ZERO
    taxes: Decimal = ZERO
    tax_shares: Decimal = ZERO
    received: Decimal = ZERO
    payments: Decimal = ZERO
    applied: Decimal = ZERO
    is_released: bool = False
    gross_lines: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BrokenSum:
    """`name` of what does not add up, the amount found, and `expected` because of `rule`."""

    name: str
    found: Decimal
    expected: Decimal
    rule: str

    @property
    def off(self) -> Decimal:
        """By how much it is too high."""
        return self.found - self.expected

    def __str__(self) -> str:
        return (
            f"{self.name}: found {self.found:.2f}, expected {self.expected:.2f} ({self.rule}), "
            f"off by {self.off:+.2f}"
        )


@dataclass(frozen=True, slots=True)
class Change:
    """By how much rows of goods and of payments must change at least, until all adds up."""

    goods: Decimal = ZERO
    payments: Decimal = ZERO


_TOTAL: Final = "TOT"
_DUE: Final = "AMT_DUE"
_DISCOUNT: Final = "TOT_HDR_DISC"
_LINES: Final = "sum of PS_DOC_LIN.EXT_PRC"
_CHARGES: Final = "sum of PS_DOC_HDR_MISC_CHRG.MISC_AMT"
_TAXES: Final = "sum of PS_DOC_TAX.TAX_AMT"
_SHARES: Final = "sum of TAX_AMT_ALLOC and MISC_TAX_AMT_ALLOC"
_RECEIVED: Final = "sum of PS_DOC_PMT.AMT received"
_APPLIED: Final = "sum of PS_DOC_PMT_APPLY.AMT"


def broken_sums(of: Sums, *, is_deposit: bool = False) -> Iterator[BrokenSum]:
    """All sums that do not hold; `is_deposit`: a ticket that carries nothing but an order's."""
    every = [*_of_total_row(of.total, is_deposit=is_deposit)]
    if not of.is_released:
        every += _of_other_rows(of)
    yield from (each for each in every if each.off)


def least_change(
    documents: Iterable[Iterable[BrokenSum]], amount: Decimal = ZERO, paid: Decimal = ZERO
) -> Change:
    """What the broken sums of an order and its deposit ticket come to, each fault once.

    Absolute values: two faults of opposite signs are two, one that breaks two sums is one. Both
    documents hold the same payments: one that is wrong alike in both is one fault.

    Args:
        documents: the broken sums of each document.
        amount: by how much the document is above the shop, and nothing explains it.
        paid: the same of the payments; of the change of payments this much is told already.
    """
    goods, due, received = ZERO, ZERO, [paid]
    for broken in documents:
        off = defaultdict(lambda: ZERO, {each.name: each.off for each in broken})
        rows = abs(off[_LINES]) + abs(off[_CHARGES]) + _spread(off[_TAXES], off[_SHARES])
        own = max(rows, abs(off[_TOTAL])) + abs(off[_DISCOUNT])
        payments = (off[_RECEIVED], off[_RECEIVED] + off[_APPLIED])
        goods += own
        received += payments
        # What is due follows the payments' sign, and goes against that of the goods.
        due += max(_beyond(off[_DUE], paid, -amount) - own - _spread(*payments), ZERO)
    return Change(goods, _spread(*received) + due)


def _spread(*off: Decimal) -> Decimal:
    """How far amounts that should be equal are apart, told by how far all are off one of them."""
    return max(ZERO, *off) - min(ZERO, *off)


def _beyond(off: Decimal, *reasons: Decimal) -> Decimal:
    """How much of it is left once reasons of the same sign are taken off."""
    alike = sum((abs(each) for each in reasons if each * off > ZERO), ZERO)
    return max(abs(off) - alike, ZERO)


def _of_total_row(of: TotalRow, *, is_deposit: bool) -> Iterator[BrokenSum]:
    whole = of.sub_tot + of.tot_misc + of.tax_amt
    rule = "SUB_TOT + TOT_MISC + TAX_AMT"
    # Whether SUB_TOT is net of a header discount is not certain (CP §1.7): either is right.
    if of.header_discount and of.tot == whole - of.header_discount:
        whole, rule = of.tot, f"{rule} - TOT_HDR_DISC"
    yield BrokenSum(_TOTAL, of.tot, whole, rule)
    if is_deposit:
        yield BrokenSum(_DUE, of.amt_due, ZERO, "a deposit ticket sells nothing")
    else:
        yield BrokenSum(_DUE, of.amt_due, of.tot - of.tot_tnd, "TOT - TOT_TND")


def _of_other_rows(of: Sums) -> Iterator[BrokenSum]:
    total, discount = of.total, of.total.header_discount
    expected, rule = total.sub_tot, "SUB_TOT"
    if discount and of.lines == total.sub_tot + discount:
        # SUB_TOT is net of it, and the lines are not.
        expected, rule = of.lines, "SUB_TOT + TOT_HDR_DISC"
    yield BrokenSum(_LINES, of.lines, expected, rule)
    yield BrokenSum(_CHARGES, of.charges, total.tot_misc, "TOT_MISC")
    yield BrokenSum(_TAXES, of.taxes, total.tax_amt, "TAX_AMT")
    yield BrokenSum(_SHARES, of.tax_shares, total.tax_amt, "TAX_AMT")
    yield BrokenSum(_RECEIVED, of.received, total.tot_tnd, "TOT_TND")
    yield BrokenSum(_APPLIED, of.applied, of.payments, "sum of PS_DOC_PMT.AMT")
    if not _is_taken_off(of):
        yield BrokenSum(_DISCOUNT, discount, ZERO, "nothing is taken off total, subtotal or lines")


def _is_taken_off(of: Sums) -> bool:
    """Whether a header discount is anywhere: off the total, the subtotal or the lines."""
    total, discount = of.total, of.total.header_discount
    whole = total.sub_tot + total.tot_misc + total.tax_amt
    gross = of.lines if of.gross_lines is None else of.gross_lines
    return discount in {whole - total.tot, of.lines - total.sub_tot, gross - of.lines}
