"""Keys of a booking's documents: numbers from the counters, ids that are free (CP §1.6.1, §1.6.2).

Belongs here: what is in use, looked up in open and historical documents. Everything happens in
the booking's transaction under the lock `woocp:keys`, so a rollback gives the numbers back. The
lock keeps other bookings waiting until the commit: three or four statements here, then the writing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import CompoundSelect, Connection, Table, bindparam, select, union_all

from woocp_pipelines.counterpoint.codes import StationNumbers
from woocp_pipelines.counterpoint.numbers import next_numbers
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_ORD_HIST,
    PS_STA_CFG_PS,
    PS_STR_CFG_PS,
    PS_TKT_HIST,
)
from woocp_pipelines.rules.document_building.inputs import DocumentKeys
from woocp_pipelines.rules.document_keys import MAX_NUMBER, candidate_ids
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Counterpoint

_DOCUMENTS: Final = (PS_DOC_HDR, PS_TKT_HIST, PS_ORD_HIST)
_NUMBERS_IN_USE: Final = union_all(
    *(
        select(table.c.TKT_NO).where(
            table.c.TKT_NO.in_(bindparam("numbers", expanding=True)),
            table.c.STR_ID == bindparam("store"),
        )
        for table in _DOCUMENTS
    )
)
_TRIES: Final = 1_000
_LOOKED_UP_AT_ONCE: Final = 100


def take_keys(
    connection: Connection,
    where: Counterpoint,
    numbers: StationNumbers,
    begun: datetime,
    *,
    doc_typ: str,
    with_deposit: bool,
) -> DocumentKeys:
    """Take number and id of a document, and of its deposit ticket.

    Args:
        connection: the booking's transaction, which holds the lock `woocp:keys`.
        where: store and station of the settings.
        numbers: from `codes.read_station`.
        begun: store-local time of the booking.
        doc_typ: 'O' or 'T', the document that carries the goods.
        with_deposit: also for a deposit ticket; its id comes first, the order's is the next one.

    Raises:
        RefusedError: a counter is missing or exhausted, or no id is free.
    """
    taken = _take_numbers(connection, where, numbers, f"{doc_typ}T" if with_deposit else doc_typ)
    doc_typs = f"T{doc_typ}" if with_deposit else doc_typ
    ids = _free_ids(connection, numbers, doc_typs, begun)
    return DocumentKeys(
        doc_id=ids[-1],
        tkt_no=taken[doc_typ],
        deposit_doc_id=ids[0] if with_deposit else None,
        deposit_tkt_no=taken["T"] if with_deposit else None,
    )


@dataclass(frozen=True, slots=True)
class Counter:
    """Where the next number of a type of document stands, and how long it may be."""

    table: Table
    column: str
    longest: int
    key: Mapping[str, str]


def counter_of(where: Counterpoint, numbers: StationNumbers, doc_typ: str) -> Counter:
    """The counter that a document of this type takes its number from: the store's or station's."""
    table, key = _row(where, from_store=_is_from_store(numbers, doc_typ))
    return Counter(table, *_counter(numbers, doc_typ), key)


def _take_numbers(
    connection: Connection, where: Counterpoint, numbers: StationNumbers, doc_typs: str
) -> dict[str, str]:
    """A number for each type of document; counters that share a row are taken together."""

    def in_use(candidates: Collection[str]) -> Collection[str]:
        return _used_numbers(connection, candidates, where.store)

    found: dict[str, str] = {}
    for from_store in (True, False):
        together = [each for each in doc_typs if _is_from_store(numbers, each) is from_store]
        if together:
            columns = dict(_counter(numbers, each) for each in together)
            table, key = _row(where, from_store=from_store)
            taken = next_numbers(connection, table, columns, key, taken=in_use)
            found.update({each: taken[_counter(numbers, each)[0]] for each in together})
    return found


def _counter(numbers: StationNumbers, doc_typ: str) -> tuple[str, int]:
    """A counter's column and how long its numbers may be."""
    if doc_typ == "O":
        return "NXT_ORD_NO", numbers.order_no_length
    return "NXT_TKT_NO", MAX_NUMBER


def _is_from_store(numbers: StationNumbers, doc_typ: str) -> bool:
    return numbers.orders_from_store if doc_typ == "O" else numbers.tickets_from_store


def _row(where: Counterpoint, *, from_store: bool) -> tuple[Table, Mapping[str, str]]:
    if from_store:
        return PS_STR_CFG_PS, {"STR_ID": where.store}
    return PS_STA_CFG_PS, {"STR_ID": where.store, "STA_ID": where.station}


def _free_ids(
    connection: Connection, numbers: StationNumbers, doc_typs: str, begun: datetime
) -> tuple[int, ...]:
    candidates = candidate_ids(numbers.store_no, numbers.station_no, doc_typs, begun, _TRIES)
    for batch in chunks(candidates, _LOOKED_UP_AT_ONCE):
        used = _used_ids(connection, batch)
        for ids in batch:
            if used.isdisjoint(ids):
                return ids
    raise RefusedError(
        Problem(
            code="NO_FREE_DOC_ID",
            field="DOC_ID",
            found=f"{_TRIES} ids in a row, from {begun} on, are in use",
            expected="a free id within the same moment",
            next_step="nothing: it is tried again a moment later",
            retryable=True,
        )
    )


def _used_numbers(connection: Connection, values: Collection[str], store: str) -> set[str]:
    """Which numbers stand in open or historical documents of the store: one statement."""
    asked = {"numbers": sorted(values), "store": store}
    return set(connection.execute(_NUMBERS_IN_USE, asked).scalars())


def _used_ids(connection: Connection, batch: Sequence[tuple[int, ...]]) -> set[int]:
    """Which ids near these stand in open or historical documents: one statement.

    Candidates follow each other, so each type's are a range of the primary key, whatever their
    number. Orders that are booked within the same seconds share most of them.
    """
    ranges = list(zip(*batch, strict=True))
    asked = {}
    for number, ids in enumerate(ranges):
        asked[f"lowest_{number}"], asked[f"highest_{number}"] = min(ids), max(ids)
    return set(connection.execute(_ids_in_use(len(ranges)), asked).scalars())


@lru_cache
def _ids_in_use(ranges: int) -> CompoundSelect[tuple[int]]:
    return union_all(
        *(
            select(table.c.DOC_ID).where(
                table.c.DOC_ID.between(bindparam(f"lowest_{n}"), bindparam(f"highest_{n}"))
            )
            for table in _DOCUMENTS
            for n in range(ranges)
        )
    )
