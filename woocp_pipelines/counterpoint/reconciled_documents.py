"""Documents for a reconciliation: those of some orders, and those of our station on a day.

Belongs here: reading open and historical documents with totals, tenders and origins, in a number
of statements that grows by a few for each further 2,000 orders. Does not: the amounts of open ones
(reconciled_sums.py), nor which order they belong to (rules/reconciliation_pairing.py). No index of
the history is known to serve a REF or a day: one reading of it each, at night.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, or_, select

from woocp_pipelines.counterpoint.document_origins import HOPS, read_made_of, read_origins
from woocp_pipelines.counterpoint.reconciled_sums import read_sums
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_ORD_HIST,
    PS_TKT_HIST,
)
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.reconciliation_facts import Document
from woocp_pipelines.rules.reconciliation_sums import Sums
from woocp_pipelines.settings import Counterpoint

_HISTORY: Final = (PS_TKT_HIST, PS_ORD_HIST)
_OURS: Final = "WOO %"
_SPARE: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: documents by id and by REF, and those of our station on a day."""

    doc_ids: Collection[int]
    refs: Collection[str]
    where: Counterpoint
    day: date


def read_documents(connection: Connection, wanted: Wanted) -> list[Document]:
    """All documents that match, and the tickets that were released from or came back of them."""
    found: dict[int, Document] = {}
    for table in (PS_DOC_HDR, *_HISTORY):
        for condition in _conditions(table, wanted):
            for row in connection.execute(_headers(table).where(condition)):
                found.setdefault(row.DOC_ID, _document(table, row))
    _follow(connection, found, found)
    sums = _sums_of_open(connection, found)
    return list(_completed(connection, found, sums))


def _follow(connection: Connection, found: dict[int, Document], sources: Collection[int]) -> None:
    """Add what was released from these documents, and what came back of that."""
    newest = set(sources)
    for _ in range(HOPS):
        released = set(read_made_of(connection, newest)) - found.keys()
        newest = set()
        for document in _by_id(connection, (PS_DOC_HDR, PS_TKT_HIST), released):
            found[document.doc_id] = document
            newest.add(document.doc_id)


def _sums_of_open(connection: Connection, found: dict[int, Document]) -> dict[int, Sums]:
    """The amounts inside the open documents.

    Where the database keeps no snapshots, a document may be posted after its header was read: such
    a one is looked for again in the history, and never taken for one of no amount.
    """
    sums: dict[int, Sums] = {}
    while rest := {key for key, each in found.items() if each.place == "open"} - sums.keys():
        sums |= read_sums(connection, rest)
        moved = rest - sums.keys()
        for doc_id in moved:
            del found[doc_id]
        found |= {each.doc_id: each for each in _by_id(connection, _HISTORY, moved)}
        _follow(connection, found, moved)
    return sums


def _conditions(table: Table, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for ids in chunks(sorted(wanted.doc_ids), MAX_PARAMETERS - _SPARE):
        yield table.c.DOC_ID.in_(ids)
    for refs in chunks(sorted(wanted.refs), MAX_PARAMETERS - _SPARE):
        yield table.c.REF.in_(refs)
    start = datetime.combine(wanted.day, time())
    where, end = wanted.where, start + timedelta(days=1)
    # Finished orders keep neither station nor user; ours are told by their REF.
    ours: ColumnElement[bool] = table.c.REF.like(_OURS)
    if table is not PS_ORD_HIST:
        of_station = and_(table.c.STR_ID == where.store, table.c.STA_ID == where.station)
        ours = or_(of_station, table.c.USR_ID == where.user)
    yield and_(table.c.TKT_DT >= start, table.c.TKT_DT < end, ours)


def _headers(table: Table) -> Select[Any]:
    names = ["DOC_ID", "TKT_NO", "REF"]
    if table is not PS_ORD_HIST:
        names.append("DOC_TYP")
    if table is PS_TKT_HIST:
        names.append("TOT")
    if table is PS_DOC_HDR:
        names += ["IS_REL_TKT", "LST_MAINT_USR_ID", "CUST_NO"]
    return select(*(table.c[name] for name in names))


def _document(table: Table, row: Row[Any]) -> Document:
    head = {"doc_id": row.DOC_ID, "tkt_no": row.TKT_NO or "", "ref": row.REF or ""}
    if table is PS_ORD_HIST:
        return Document(**head, doc_typ="O", place="order history", total=None)
    if table is PS_TKT_HIST:
        kind = row.DOC_TYP or "T"
        return Document(**head, doc_typ=kind, place="ticket history", total=row.TOT or ZERO)
    return Document(
        **head,
        doc_typ=row.DOC_TYP,
        place="open",
        total=None,
        is_release=row.IS_REL_TKT == "Y",
        changed_by=row.LST_MAINT_USR_ID or "",
        cust_no=row.CUST_NO or "",
    )


def _by_id(
    connection: Connection, tables: Iterable[Table], doc_ids: Collection[int]
) -> Iterator[Document]:
    for table in tables:
        for part in chunks(sorted(doc_ids), MAX_PARAMETERS):
            for row in connection.execute(_headers(table).where(table.c.DOC_ID.in_(part))):
                yield _document(table, row)


def _completed(
    connection: Connection, found: Mapping[int, Document], sums: Mapping[int, Sums]
) -> Iterator[Document]:
    """The documents with their origins; open ones with total, tenders and sums, too."""
    origins = read_origins(connection, found)
    for doc_id, document in found.items():
        sources = frozenset(origins.get(doc_id, ()))
        own = sums.get(doc_id)
        total = own.total.tot if own else document.total
        # What came back names its ticket, too, and is no release.
        released = bool(sources) and (total or ZERO) >= ZERO and document.doc_typ == "T"
        yield replace(
            document,
            total=total,
            paid=own.received if own else None,
            origins=sources,
            is_release=document.is_release or released,
            sums=own,
        )
