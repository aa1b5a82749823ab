"""The amounts inside many open documents at once, for a reconciliation (CP §4.9).

Belongs here: one statement for each table and 2,000 documents. Does not: which sums must hold
(rules/reconciliation_sums.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, func, select

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_DOC_HDR_MISC_CHRG,
    PS_DOC_HDR_TOT,
    PS_DOC_LIN,
    PS_DOC_PMT,
    PS_DOC_PMT_APPLY,
    PS_DOC_TAX,
)
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_sums import LineProduct, Sums, TotalRow

# The part of a document that is all of it, by its type (CP §1.7).
_WHOLE: Final = {"O": "O", "L": "L", "T": "S"}
_SPARE: Final = 20
_COPY: Final = "U"
# By document and part: an empty part where the table has none.
_Found = dict[tuple[int, str], tuple[Decimal, ...]]


@dataclass(slots=True)
class _Lines:
    """What the lines of one document come to."""

    extended: Decimal = ZERO
    tax: Decimal = ZERO
    gross: Decimal = ZERO
    products: list[LineProduct] = field(default_factory=list)

    def add(self, extended: Decimal, tax: Decimal, gross: Decimal) -> None:
        """Add one line's amounts."""
        self.extended += extended
        self.tax += tax
        self.gross += gross


def read_sums(connection: Connection, doc_ids: Collection[int]) -> dict[int, Sums]:
    """What the rows of each open document come to, by DOC_ID; a missing row is nothing.

    One that is not open any more is not among them.
    """
    found: dict[int, Sums] = {}
    for part in chunks(sorted(doc_ids), MAX_PARAMETERS - _SPARE):
        found.update(_of_some(connection, part))
    return found


def _of_some(connection: Connection, doc_ids: list[int]) -> Iterator[tuple[int, Sums]]:
    charge, tax, payment = (each.c for each in (PS_DOC_HDR_MISC_CHRG, PS_DOC_TAX, PS_DOC_PMT))
    totals = _totals(connection, doc_ids)
    sold = _lines(connection, doc_ids)
    charges = [charge.MISC_AMT, charge.MISC_TAX_AMT_ALLOC]
    charged = _summed(connection, doc_ids, charge.TOT_TYP, charges)
    taxed = _summed(connection, doc_ids, tax.TAX_DOC_PART, [tax.TAX_AMT])
    paid = _summed(connection, doc_ids, payment.FINAL_PMT, [payment.AMT])
    applied = _summed(connection, doc_ids, None, [PS_DOC_PMT_APPLY.c.AMT])
    # Last: a header that is still there had all its rows when they were read.
    for row in _headers(connection, doc_ids):
        doc_id, whole = row.DOC_ID, _WHOLE.get(row.DOC_TYP, "")
        goods = sold.get(doc_id, _Lines())
        extra, extra_tax = charged.get((doc_id, whole), (ZERO, ZERO))
        yield (
            doc_id,
            Sums(
                totals.get((doc_id, whole), TotalRow()),
                lines=goods.extended,
                charges=extra,
                taxes=_first(taxed, doc_id, whole),
                tax_shares=goods.tax + extra_tax,
                received=_first(paid, doc_id, "N"),
                payments=_first(paid, doc_id, "N") + _first(paid, doc_id, "Y"),
                applied=_first(applied, doc_id, ""),
                is_released=row.HAS_RLSD_LINS == "Y",
                gross_lines=goods.gross,
                products=tuple(goods.products),
            ),
        )


def _headers(connection: Connection, doc_ids: list[int]) -> Iterator[Row[Any]]:
    header = PS_DOC_HDR.c
    statement = select(header.DOC_ID, header.DOC_TYP, header.HAS_RLSD_LINS)
    yield from connection.execute(statement.where(header.DOC_ID.in_(doc_ids)))


def _totals(connection: Connection, doc_ids: list[int]) -> dict[tuple[int, str], TotalRow]:
    row = PS_DOC_HDR_TOT.c
    # In the order of the fields of TotalRow.
    columns = (
        row.SUB_TOT,
        row.TOT_MISC,
        row.TAX_AMT,
        row.TOT,
        row.TOT_TND,
        row.AMT_DUE,
        row.TOT_HDR_DISC,
    )
    statement = select(row.DOC_ID, row.TOT_TYP, *columns).where(
        row.DOC_ID.in_(doc_ids), row.TOT_TYP.in_(sorted(_WHOLE.values()))
    )
    return {
        (doc_id, part): TotalRow(*amounts)
        for doc_id, part, *amounts in connection.execute(statement)
    }


def _lines(connection: Connection, doc_ids: list[int]) -> dict[int, _Lines]:
    """The lines of each document; one without price or quantity has nothing to multiply."""
    line = PS_DOC_LIN.c
    amounts = (line.EXT_PRC, line.TAX_AMT_ALLOC, line.GROSS_EXT_PRC, line.PRC, line.QTY_SOLD)
    statement = (
        select(line.DOC_ID, line.LIN_SEQ_NO, *amounts)
        .where(line.DOC_ID.in_(doc_ids), line.LIN_TYP != _COPY)
        .order_by(line.DOC_ID, line.LIN_SEQ_NO)
    )
    found: dict[int, _Lines] = defaultdict(_Lines)
    for doc_id, number, extended, tax, gross, prc, quantity in connection.execute(statement):
        found[doc_id].add(extended or ZERO, tax or ZERO, gross or ZERO)
        if prc is not None and quantity is not None:
            product = LineProduct(number, prc, quantity, extended or ZERO, gross or ZERO)
            found[doc_id].products.append(product)
    return found


def _summed(
    connection: Connection,
    doc_ids: list[int],
    part: Column[Any] | None,
    amounts: list[Column[Any]],
) -> _Found:
    """The sums of some columns of one table by document and part."""
    of = amounts[0].table.c.DOC_ID
    groups = [of] if part is None else [of, part]
    sums = [func.sum(each).label(f"SUM_{number}") for number, each in enumerate(amounts)]
    statement = select(*groups, *sums).where(of.in_(doc_ids)).group_by(*groups)
    found: _Found = {}
    for doc_id, *rest in connection.execute(statement):
        name = "" if part is None else rest.pop(0)
        found[doc_id, name] = tuple(each or ZERO for each in rest)
    return found


def _first(found: _Found, doc_id: int, part: str) -> Decimal:
    return found.get((doc_id, part), (ZERO,))[0]
