"""Amounts inside a document as woocp writes them, and with one of them changed.

Belongs here: building them for tests of the reconciliation's rules. Does not: assertions.
"""

from dataclasses import fields, replace
from decimal import Decimal

from hypothesis import strategies as st

from woocp_pipelines.rules.reconciliation_sums import Sums, TotalRow

D = Decimal
MONEY = st.integers(0, 9_000_000).map(lambda cents: D(cents).scaleb(-2))
OFF = st.integers(-999_999, 999_999).filter(bool).map(lambda cents: D(cents).scaleb(-2))
OF_TOTAL = sorted({field.name for field in fields(TotalRow)} - {"header_discount"})
NO_SUMS = {"total", "is_released", "gross_lines", "products"}
OF_ROWS = sorted({field.name for field in fields(Sums)} - NO_SUMS)


def even(goods, charges, tax, paid):
    """A document as woocp writes it."""
    total = goods + charges + tax
    row = TotalRow(goods, charges, tax, total, paid, total - paid)
    return Sums(row, goods, charges, tax, tax, paid, paid, paid)


SUMS = st.builds(even, MONEY, MONEY, MONEY, MONEY)


def with_one_off(of, name, off):
    if name in OF_TOTAL:
        return replace(of, total=replace(of.total, **{name: getattr(of.total, name) + off}))
    return replace(of, **{name: getattr(of, name) + off})
