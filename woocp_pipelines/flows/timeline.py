"""One order from store to document: what happened, when, and where it stands now.

Belongs here: reading it all together, and the events in order of time. Reads only. Does not: how
it is shown (commands/order.py), nor statements (counterpoint/order_trace.py).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_lookup import (
    KnownOrder,
    OrderUnknownError,
    asked_id,
    find_order,
)
from woocp_pipelines.counterpoint.order_trace import (
    TracedDocument,
    TracedRun,
    read_documents,
    read_key_row,
    read_letters,
    read_messages,
    read_runs,
    read_staging,
)
from woocp_pipelines.counterpoint.outbox import BOOKED
from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.orders import read_order

Row = Mapping[str, Any]
Place = Literal["store", "staging", "dead letter", "counterpoint", "outbox", "run"]

_STORE_TIMES: Final = {
    "date_created_gmt": "ordered",
    "date_paid_gmt": "paid",
    "date_completed_gmt": "completed",
    "date_modified_gmt": "last changed",
}
# Clocks of store and database may differ a little.
_LEEWAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the order, or will. `at` is UTC."""

    at: datetime
    place: Place
    what: str


@dataclass(frozen=True, slots=True)
class StorePart:
    """The order as the store has it now; `order` is None where `why_not` says why."""

    order: Row | None = None
    why_not: str = ""
    failed: bool = False

    @property
    def sentence(self) -> str:
        """One line for people."""
        order = self.order
        if order is None:
            return self.why_not
        paid = "paid" if order.get("date_paid_gmt") else "not paid"
        return f"{order.get('status')}, {order.get('total')} {order.get('currency')}, {paid}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that both systems know of one order."""

    order: KnownOrder
    store: StorePart
    staging: list[Row]
    letters: list[Row]
    key: Row | None
    documents: list[TracedDocument]
    messages: list[Row]
    runs: list[TracedRun]

    @property
    def state(self) -> str:
        """Where the order stands, in one word or two."""
        row = next((row for row in self.staging if row["STATUS"] != "DUPLICATE"), None)
        if self.key is not None:
            documents = self.key["DOC_ID"] is not None or self.key["TKT_NO"] is not None
            return "booked" if documents or (row and row["STATUS"] == "BOOKED") else "settled"
        if row is not None:
            waits = row["STATUS"] == "PENDING" and row["NEXT_ATTEMPT_GMT"] is not None
            return "waiting for its next attempt" if waits else str(row["STATUS"]).lower()
        refused = any(letter["CLOSED_GMT"] is None for letter in self.letters)
        return "refused" if refused else "not staged"

    @property
    def events(self) -> list[Event]:
        """Everything with a time, in order of time; the future last."""
        found = [
            *_store_events(self.store),
            *_staging_events(self.staging),
            *_letter_events(self.letters),
            *_key_events(self.key),
            *_message_events(self.messages),
            *(
                Event(run.started, "run", f"{run.flow} {run.run_id}: {run.said}")
                for run in self.runs
                if run.started
            ),
        ]
        return sorted(found, key=lambda event: event.at)


def read_timeline(engine: Engine, store: StoreClient | None, store_id: str, asked: str) -> Timeline:
    """Read the timeline of one order.

    Args:
        engine: of Counterpoint, where `woocp db upgrade` has been run.
        store: to ask for the order as it is now; None leaves the store out.
        store_id: the store.
        asked: a number or an id, see `find_order`.

    Raises:
        OrderNotFoundError: woocp does not know it, nor does the store by that id.
    """
    with reading(engine) as connection:
        order = _known_order(connection, store_id, asked)
        known = None if order is None else _read_known(connection, store_id, order)
    # No transaction is open while the store is asked.
    if known is None:
        return _in_store_only(store, asked)
    return replace(known, store=_ask_store(store, known.order.order_id))


def _known_order(connection: Connection, store_id: str, asked: str) -> KnownOrder | None:
    try:
        return find_order(connection, store_id, asked)
    except OrderUnknownError:
        return None


def _read_known(connection: Connection, store_id: str, order: KnownOrder) -> Timeline:
    staging = read_staging(connection, store_id, order.order_id)
    letters = read_letters(connection, store_id, order.order_id)
    key = read_key_row(connection, store_id, order.order_id)
    return Timeline(
        order=order,
        store=StorePart(),
        staging=staging,
        letters=letters,
        key=key,
        documents=read_documents(connection, _doc_ids(key, staging)),
        messages=read_messages(connection, store_id, order.order_id),
        runs=read_runs(connection, store_id, order, _beginning(staging, letters)),
    )


def _in_store_only(store: StoreClient | None, asked: str) -> Timeline:
    """An order that woocp never met: a new one, an old one, or one that is never booked.

    Raises:
        OrderNotFoundError: the store has it neither, or cannot be asked.
    """
    order_id = asked_id(asked)
    found = _ask_store(store, order_id) if order_id is not None else StorePart()
    if order_id is None or found.order is None:
        more = f"; the store: {found.why_not}" if found.why_not else ""
        raise OrderUnknownError(asked, more)
    number = str(found.order.get("number") or order_id)
    return Timeline(KnownOrder(order_id, number), found, [], [], None, [], [], [])


def _ask_store(store: StoreClient | None, order_id: int) -> StorePart:
    if store is None:
        return StorePart(why_not="not asked")
    try:
        order = read_order(store, order_id)
    except StoreError as error:
        return StorePart(why_not=str(error), failed=True)
    return StorePart(order) if order is not None else StorePart(why_not="has no such order")


def _doc_ids(key: Row | None, staging: Iterable[Row]) -> list[int]:
    """The order's document and its deposit ticket, and what rows without a key name."""
    named = [key["DOC_ID"], key["DEP_DOC_ID"]] if key else []
    named += [row["DOC_ID"] for row in staging]
    return sorted({each for each in named if each is not None})


def _beginning(staging: Iterable[Row], letters: Iterable[Row]) -> datetime | None:
    """When the order can first have been met; None when nothing tells."""
    seen = [row["STAGED_GMT"] for row in staging] + [row["FIRST_SEEN_GMT"] for row in letters]
    known = [each for each in seen if each is not None]
    return min(known) - _LEEWAY if known and len(known) == len(seen) else None


def _store_events(store: StorePart) -> Iterator[Event]:
    order = store.order or {}
    for field, what in _STORE_TIMES.items():
        if order.get(field):
            yield Event(read_gmt(str(order[field])), "store", what)


def _staging_events(rows: Iterable[Row]) -> Iterator[Event]:
    for row in rows:
        if row["STAGED_GMT"]:
            yield Event(row["STAGED_GMT"], "staging", f"staged in batch {row['BATCH_ID']}")
        if row["CLAIM_UNTIL_GMT"]:
            yield Event(row["CLAIM_UNTIL_GMT"], "staging", "the claim of a booking run ends")
        if row["NEXT_ATTEMPT_GMT"]:
            yield Event(row["NEXT_ATTEMPT_GMT"], "staging", "next attempt")
        elif row["UPDATED_GMT"] and row["UPDATED_GMT"] != row["STAGED_GMT"]:
            yield Event(row["UPDATED_GMT"], "staging", f"last written as {row['STATUS']}")


def _letter_events(letters: Iterable[Row]) -> Iterator[Event]:
    for letter in letters:
        name = f"{letter['CODE']} ({letter['KIND']})"
        found = f"{letter['FIELD']}: found {letter['FOUND']}, expected {letter['EXPECTED']}"
        yield Event(letter["FIRST_SEEN_GMT"], "dead letter", f"{name}: {found}")
        if letter["ATTEMPTS"] > 1:
            again = f"{name} again, attempt {letter['ATTEMPTS']}"
            yield Event(letter["LAST_SEEN_GMT"], "dead letter", again)
        if letter["CLOSED_GMT"]:
            yield Event(letter["CLOSED_GMT"], "dead letter", f"{name} {_how_closed(letter)}")


def _how_closed(letter: Row) -> str:
    if letter["SETTLED_BY"] is None:
        return "solved"
    return f"settled by {letter['SETTLED_BY']}: {letter['SETTLED_NOTE']}"


def _key_events(key: Row | None) -> Iterator[Event]:
    if key and key["BOOKED_GMT"]:
        document = f"DOC_ID {key['DOC_ID']}, TKT_NO {key['TKT_NO']}"
        yield Event(key["BOOKED_GMT"], "counterpoint", f"booked as {document}")


def _message_events(messages: Iterable[Row]) -> Iterator[Event]:
    for message in messages:
        what = _news(message)
        if what:
            yield Event(message["CREATED_GMT"], "counterpoint", what)
        if message["SENT_GMT"]:
            yield Event(message["SENT_GMT"], "outbox", _of("the store was told", what))
        elif message["STATUS"] == "PENDING":
            due = message["NEXT_ATTEMPT_GMT"]
            yield Event(due, "outbox", _of("the store is to be told", what))


def _news(message: Row) -> str:
    """What was seen in Counterpoint; the booking has an event of its own."""
    return "" if message["KIND"] == BOOKED else str(json.loads(message["PAYLOAD"])["note"])


def _of(sentence: str, what: str) -> str:
    return f"{sentence}: {what.partition('. ')[0]}" if what else sentence
