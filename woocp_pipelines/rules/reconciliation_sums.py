"""Whether an open document adds up within itself: total row, lines, taxes, payments (CP §4.9).

Belongs here: which sums must hold, and by how much they do not. Does not: how many cents are wrong
in all (reconciliation_change.py), whether the document is worth what the shop charged
(reconciliation.py), nor reading it (counterpoint/reconciled_sums.py).

Only the row of the whole document is compared: the parts 'R' and 'V' of an order carry neither tax
nor payments (CP §1.7). Of an order that was released in part nobody has said how Counterpoint
leaves its rows, so its total row is compared with itself alone: what it comes to with the shop all
the same. Copies of lines on a deposit ticket
are part of no sum.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import CENT, ZERO, cents, round_to


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
class LineProduct:
    """What a line's unit price and quantity come to, of the line with this LIN_SEQ_NO."""

    number: int
    prc: Decimal
    quantity: Decimal
    extended: Decimal
    gross: Decimal

    @property
    def product(self) -> Decimal:
        """Unit price times quantity, to the cent."""
        return cents(self.prc * self.quantity)

    @property
    def slack(self) -> Decimal:
        """What a price of four decimals leaves open: whole cents from 100 units on (CP §4.2)."""
        return round_to(abs(self.quantity) * _HALF_A_STEP + CENT / 2, 2, "D")

    @property
    def expected(self) -> Decimal:
        """What the product is compared with: a line discount may be in the price, or not."""
        return min((self.extended, self.gross), key=lambda each: abs(self.product - each))


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
        products: of the lines that have a unit price.
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
    products: tuple[LineProduct, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenSum:
    """`name` of what does not add up, the amount found, and `expected` because of `rule`.

    `slack`: of a line's product, what rounding may have left.
    """

    name: str
    found: Decimal
    expected: Decimal
    rule: str
    slack: Decimal = ZERO
    is_of_line: bool = False

    @property
    def off(self) -> Decimal:
        """By how much it is too high."""
        return self.found - self.expected

    @property
    def certain(self) -> Decimal:
        """The part of `off` that no rounding can have made."""
        return (abs(self.off) - self.slack).copy_sign(self.off)

    def __str__(self) -> str:
        return (
            f"{self.name}: found {self.found:.2f}, expected {self.expected:.2f} ({self.rule}), "
            f"off by {self.off:+.2f}"
        )


TOTAL: Final = "TOT"
DUE: Final = "AMT_DUE"
DISCOUNT: Final = "TOT_HDR_DISC"
LINES: Final = "sum of PS_DOC_LIN.EXT_PRC"
CHARGES: Final = "sum of PS_DOC_HDR_MISC_CHRG.MISC_AMT"
TAXES: Final = "sum of PS_DOC_TAX.TAX_AMT"
SHARES: Final = "sum of TAX_AMT_ALLOC and MISC_TAX_AMT_ALLOC"
RECEIVED: Final = "sum of PS_DOC_PMT.AMT received"
APPLIED: Final = "sum of PS_DOC_PMT_APPLY.AMT"
# A unit price is of four decimals.
_HALF_A_STEP: Final = Decimal("0.00005")


def broken_sums(of: Sums, *, is_deposit: bool = False) -> Iterator[BrokenSum]:
    """All sums that do not hold; `is_deposit`: a ticket that carries nothing but an order's."""
    every = [*_of_total_row(of.total, is_deposit=is_deposit)]
    if not of.is_released:
        every += _of_other_rows(of)
    yield from (each for each in every if each.off)


def _of_total_row(of: TotalRow, *, is_deposit: bool) -> Iterator[BrokenSum]:
    whole = of.sub_tot + of.tot_misc + of.tax_amt
    rule = "SUB_TOT + TOT_MISC + TAX_AMT"
    # Whether SUB_TOT is net of a header discount is not certain (CP §1.7): either is right.
    if of.header_discount and of.tot == whole - of.header_discount:
        whole, rule = of.tot, f"{rule} - TOT_HDR_DISC"
    yield BrokenSum(TOTAL, of.tot, whole, rule)
    if is_deposit:
        yield BrokenSum(DUE, of.amt_due, ZERO, "a deposit ticket sells nothing")
    else:
        yield BrokenSum(DUE, of.amt_due, of.tot - of.tot_tnd, "TOT - TOT_TND")


def _of_other_rows(of: Sums) -> Iterator[BrokenSum]:
    total, discount = of.total, of.total.header_discount
    expected, rule = total.sub_tot, "SUB_TOT"
    if discount and of.lines == total.sub_tot + discount:
        # SUB_TOT is net of it, and the lines are not.
        expected, rule = of.lines, "SUB_TOT + TOT_HDR_DISC"
    yield BrokenSum(LINES, of.lines, expected, rule)
    yield BrokenSum(CHARGES, of.charges, total.tot_misc, "TOT_MISC")
    yield BrokenSum(TAXES, of.taxes, total.tax_amt, "TAX_AMT")
    yield BrokenSum(SHARES, of.tax_shares, total.tax_amt, "TAX_AMT")
    yield BrokenSum(RECEIVED, of.received, total.tot_tnd, "TOT_TND")
    yield BrokenSum(APPLIED, of.applied, of.payments, "sum of PS_DOC_PMT.AMT")
    yield from map(_of_line, of.products)
    if not _is_taken_off(of):
        yield BrokenSum(DISCOUNT, discount, ZERO, "nothing is taken off total, subtotal or lines")


def _of_line(line: LineProduct) -> BrokenSum:
    """Counterpoint's tills round by a method of their own: a cent says nothing."""
    found, name = line.product, f"line {line.number}: PRC x QTY_SOLD"
    if abs(found - line.expected) <= max(line.slack, CENT):
        found = line.expected
    return BrokenSum(name, found, line.expected, "EXT_PRC", line.slack, is_of_line=True)


def _is_taken_off(of: Sums) -> bool:
    """Whether a header discount is anywhere: off the total, the subtotal or the lines."""
    total, discount = of.total, of.total.header_discount
    whole = total.sub_tot + total.tot_misc + total.tax_amt
    gross = of.lines if of.gross_lines is None else of.gross_lines
    return discount in {whole - total.tot, of.lines - total.sub_tot, gross - of.lines}
