"""Documents that already carry an order's reference: the second duplicate guard (CP §4.8.2).

Belongs here: looking for them, and what is said of an order that has one. Whoever made such a
document - the old scripts at a till's station and without a user (CP §6.2, §6.3), a clerk, another
connector - may have booked the order: a person decides. Only a document that woocp itself booked
for one of the shops in `store.other_ids` is certainly none of it: keys of another STORE_ID alone
may be the old scripts' orders, which `woocp db upgrade` files under a name of its own, or our own
from before the shop was renamed.

The bare number, which the old scripts may have written (CP §4.7.1), is a text that clerks type for
other things, too. It counts where no clerk entered the document, and none of before the order; the
history of orders tells no clerk, but the time of day, which the old scripts lost (CP §6.3).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Row,
    String,
    Table,
    bindparam,
    cast,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from woocp_pipelines.counterpoint.document_origins import HOPS, read_origins
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_ORD_HIST,
    PS_TKT_HIST,
    USER_ORDER_KEY,
)
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings import Counterpoint, as_compared

_COLUMNS: Final = ("REF", "DOC_ID", "TKT_NO", "TKT_DT")
# The old scripts dated documents by the order's day without a time of day (CP §6.3), which the
# zone of their server may have moved.
_EARLIER: Final = timedelta(days=2)
_ORDER_HISTORY: Final = "in the history of orders"


@dataclass(frozen=True, slots=True)
class Sought:
    """An order's reference (`ref`), its bare number, and when it was placed, store-local."""

    ref: str
    number: str
    placed: datetime


@dataclass(frozen=True, slots=True)
class Carrier:
    """A document that carries the reference; `station` is None in the history of orders."""

    doc_id: int
    tkt_no: str
    place: str
    station: str | None
    ref: str

    def __str__(self) -> str:
        station = f" of station {self.station}" if self.station else ""
        return f"document {self.doc_id} ({self.tkt_no}{station}, {self.place})"


def _looked_up(table: Table, place: str) -> Any:
    """What is read of a document; finished orders keep neither station nor user."""
    names = ("STA_ID", "USR_ID")
    extra = [
        table.c[name] if name in table.c else cast(null(), String(10)).label(name) for name in names
    ]
    return select(
        *(table.c[name] for name in _COLUMNS), *extra, literal_column(f"'{place}'").label("PLACE")
    )


def _everywhere() -> CompoundSelect[Any]:
    return union_all(
        _looked_up(PS_DOC_HDR, "open"),
        _looked_up(PS_TKT_HIST, "posted"),
        _looked_up(PS_ORD_HIST, _ORDER_HISTORY),
    )


_DOCUMENTS: Final = _everywhere().subquery("documents")
_FOUND: Final = select(_DOCUMENTS).order_by(_DOCUMENTS.c.DOC_ID)
_OPEN: Final = (
    _looked_up(PS_DOC_HDR, "open")
    .where(or_(PS_DOC_HDR.c.REF == bindparam("ref"), PS_DOC_HDR.c.REF == bindparam("number")))
    .order_by(PS_DOC_HDR.c.DOC_ID)
)


def find_carriers(
    connection: Connection,
    where: Counterpoint,
    other_stores: Collection[str],
    sought: Collection[Sought],
    *,
    upgraded: bool = True,
) -> dict[str, Carrier]:
    """The document that carries an order's reference already, by `Sought.ref`.

    One statement over open and historical documents for hundreds of orders: no index is known to
    serve a REF, so it may read all of them.

    Args:
        connection: of a read.
        where: our station and user.
        other_stores: STORE_IDs of other shops that book into this Counterpoint.
        sought: the orders.
        upgraded: False before `woocp db upgrade`: no shop has booked anything then.
    """
    rows: list[Row[Any]] = []
    texts = {text for each in sought for text in (each.ref, each.number) if text}
    for part in chunks(sorted(texts), MAX_PARAMETERS):
        rows += connection.execute(_FOUND.where(_DOCUMENTS.c.REF.in_(part)))
    by_ref = _by_ref(rows)
    meant = {each.ref: list(_meant(by_ref, where, each)) for each in sought}
    others = _of_other_stores(connection, other_stores if upgraded else (), meant.values())
    return {
        ref: _carrier(own[0])
        for ref, found in meant.items()
        if (own := [row for row in found if row.DOC_ID not in others])
    }


def find_open_carrier(
    connection: Connection, where: Counterpoint, other_stores: Collection[str], sought: Sought
) -> Carrier | None:
    """An open document with this reference: the same guard, again, inside the booking.

    A document that appeared after `find_carriers` looked stands among the open ones; it reaches
    the history only by being posted.
    """
    asked = {"ref": sought.ref, "number": sought.number}
    found = list(_meant(_by_ref(connection.execute(_OPEN, asked)), where, sought))
    others = _of_other_stores(connection, other_stores, [found])
    return next((_carrier(row) for row in found if row.DOC_ID not in others), None)


def duplicate_ref(ref: str, carrier: Carrier) -> Problem:
    """What is said of an order whose reference a document carries that we did not book."""
    return Problem(
        code="DUPLICATE_REF",
        field="REF",
        found=f"{carrier} already carries REF {carrier.ref!r}",
        expected=f"no document with REF {ref!r} or the bare number, at any station, of an order "
        "that we did not book",
        next_step="compare the document with the order; if it is the order, `woocp settle` the "
        "order; if another shop that books here has it, name that shop in store.other_ids; else "
        "correct the document's REF; then replay. A posted document's REF stays: enter the order "
        "by hand, then settle it",
    )


def _by_ref(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(as_compared(row.REF), []).append(row)
    return found


def _meant(
    by_ref: Mapping[str, list[Row[Any]]], where: Counterpoint, sought: Sought
) -> Iterable[Row[Any]]:
    yield from by_ref.get(as_compared(sought.ref), ())
    for row in by_ref.get(as_compared(sought.number), ()) if sought.number else ():
        if _may_be_scripted(row, where, sought):
            yield row


def _may_be_scripted(row: Row[Any], where: Counterpoint, sought: Sought) -> bool:
    """Whether a bare number may be the order's: a till always names its user (CP §6.2 no. 17)."""
    # Without a date nobody can say that it is older.
    if row.TKT_DT is not None and row.TKT_DT < sought.placed - _EARLIER:
        return False
    if row.PLACE == _ORDER_HISTORY:
        return row.TKT_DT is None or row.TKT_DT.time() == time.min
    station, user = row.STA_ID or "", row.USR_ID or ""
    return (
        not user
        or as_compared(user) == as_compared(where.user)
        or as_compared(station) == as_compared(where.station)
    )


def _of_other_stores(
    connection: Connection,
    stores: Collection[str],
    found: Iterable[Iterable[Row[Any]]],
) -> set[int]:
    """Those of the documents that woocp booked for these shops, with what was released of them."""
    sources = {row.DOC_ID: {row.DOC_ID} for rows in found for row in rows}
    if not sources or not stores:
        return set()
    for _ in range(HOPS):
        origins = read_origins(connection, set().union(*sources.values()))
        for known in sources.values():
            known.update(*(origins.get(doc_id, ()) for doc_id in tuple(known)))
    booked = _booked_for(connection, stores, set().union(*sources.values()))
    return {doc_id for doc_id, known in sources.items() if known & booked}


def _booked_for(
    connection: Connection, stores: Collection[str], doc_ids: Collection[int]
) -> set[int | None]:
    key = USER_ORDER_KEY.c
    found: set[int | None] = set()
    for part in chunks(sorted(doc_ids), (MAX_PARAMETERS - len(stores)) // 2):
        wanted = select(key.DOC_ID, key.DEP_DOC_ID).where(
            key.STORE_ID.in_(stores),
            # A key without it is of the old scripts.
            key.BOOKED_GMT.is_not(None),
            or_(key.DOC_ID.in_(part), key.DEP_DOC_ID.in_(part)),
        )
        for row in connection.execute(wanted):
            found |= {row.DOC_ID, row.DEP_DOC_ID}
    return found


def _carrier(row: Row[Any]) -> Carrier:
    return Carrier(row.DOC_ID, row.TKT_NO or "without number", row.PLACE, row.STA_ID, row.REF)
