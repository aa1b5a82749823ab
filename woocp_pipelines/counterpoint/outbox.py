"""What the store is to be told: of bookings (CP §4.8.8) and of shipments (CP §3.6).

Belongs here: adding, reading and settling USER_STORE_OUTBOX; a message is added in the transaction
of what it tells. Telling the store: flows/outbox.py.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, update

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, insert_rows, with_nulls
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER, USER_STORE_OUTBOX
from woocp_pipelines.rules.document_building import Documents
from woocp_pipelines.rules.fulfilment_news import News
from woocp_pipelines.rules.fulfilment_problems import STOPPED
from woocp_pipelines.rules.text import cut_unicode

BOOKED: Final = "ORDER_BOOKED"
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Message:
    """One due outbox row: a private note, order meta and, for what is shipped, the status.

    `kind` is without its count: an order is told of several shipments. `number` and `document`
    are for people.
    """

    outbox_id: int
    woo_order_id: int
    note: str
    meta: dict[str, str]
    attempts: int
    kind: str = BOOKED
    completes: bool = False
    number: str = ""
    document: str = ""


def add_booking(
    connection: Connection, store_id: str, woo_order_id: int, documents: Documents, now: datetime
) -> None:
    """Note that the store must hear of a booking."""
    payload = {
        # The retailer's own wording (CP §3.5): staff search for it.
        "note": f"Order created in CounterPoint. DOC_ID: {documents.doc_id}, "
        f"TKT_NO: {documents.tkt_no}",
        "meta": {"cp_doc_id": str(documents.doc_id), "cp_tkt_no": documents.tkt_no},
    }
    _add(connection, store_id, woo_order_id, BOOKED, payload, now)


def add_news(
    connection: Connection,
    store_id: str,
    woo_order_id: int,
    news: News,
    count: int,
    *,
    number: str,
    document: str,
    now: datetime,
) -> None:
    """Note that the store must hear of a shipment.

    Args:
        connection: of the transaction that notes it as told.
        store_id: the store.
        woo_order_id: the order.
        news: what is told.
        count: which message about this order's fulfilment it is, from 1; no count comes twice.
        number: the order's, for people.
        document: as people know it.
        now: UTC.

    Raises:
        IntegrityError: this count was told before.
    """
    payload = {
        "note": news.note,
        "meta": news.meta,
        "completes": news.completes,
        "number": number,
        "document": document,
    }
    _add(connection, store_id, woo_order_id, f"{news.kind}:{count}", payload, now)


def _add(
    connection: Connection,
    store_id: str,
    woo_order_id: int,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> None:
    row = {
        "STORE_ID": store_id,
        "WOO_ORDER_ID": woo_order_id,
        "KIND": kind,
        "PAYLOAD": json.dumps(payload),
        "STATUS": "PENDING",
        "ATTEMPTS": 0,
        "NEXT_ATTEMPT_GMT": now,
        "CREATED_GMT": now,
    }
    insert_rows(connection, USER_STORE_OUTBOX, [row])


def read_due(connection: Connection, store_id: str, now: datetime) -> list[Message]:
    """Messages whose time has come, oldest first; none before an older one of its order."""
    table, older = USER_STORE_OUTBOX, USER_STORE_OUTBOX.alias("older")
    waits = exists(
        select(older.c.OUTBOX_ID).where(
            older.c.STORE_ID == store_id,
            older.c.WOO_ORDER_ID == table.c.WOO_ORDER_ID,
            older.c.STATUS == "PENDING",
            older.c.OUTBOX_ID < table.c.OUTBOX_ID,
            older.c.NEXT_ATTEMPT_GMT > now,
        )
    )
    statement = (
        select(table)
        .where(
            table.c.STORE_ID == store_id,
            table.c.STATUS == "PENDING",
            table.c.NEXT_ATTEMPT_GMT <= now,
            ~waits,
        )
        .order_by(table.c.OUTBOX_ID)
    )
    return [_message(row) for row in connection.execute(statement).mappings()]


def read_stopped(connection: Connection, store_id: str) -> list[Message]:
    """Completions that the status of the order refused, oldest first; settled ones are not asked.

    Whoever settles the letter has decided; `woocp replay` alone tells such an order again.
    """
    table, letter = USER_STORE_OUTBOX, USER_DEAD_LETTER
    is_open = exists(
        select(letter.c.DEAD_LETTER_ID).where(
            letter.c.STORE_ID == store_id,
            letter.c.WOO_ORDER_ID == table.c.WOO_ORDER_ID,
            letter.c.KIND == "revision",
            letter.c.CODE == STOPPED,
            letter.c.CLOSED_GMT.is_(None),
        )
    )
    statement = (
        select(table)
        .where(table.c.STORE_ID == store_id, table.c.STATUS == "REFUSED", is_open)
        .order_by(table.c.OUTBOX_ID)
    )
    messages = (_message(row) for row in connection.execute(statement).mappings())
    return [message for message in messages if message.completes]


def read_waiting_orders(connection: Connection, store_id: str, now: datetime) -> set[int]:
    """Orders with a message whose time has not come: what is newer waits behind it."""
    table = USER_STORE_OUTBOX
    statement = select(table.c.WOO_ORDER_ID).where(
        table.c.STORE_ID == store_id,
        table.c.STATUS == "PENDING",
        table.c.NEXT_ATTEMPT_GMT > now,
    )
    return set(connection.execute(statement).scalars())


def resume(connection: Connection, messages: Iterable[Message], now: datetime) -> None:
    """Let these refused messages be sent again; those that are not refused any more stay."""
    table = USER_STORE_OUTBOX
    ids = [message.outbox_id for message in messages]
    for part in chunks(ids, MAX_PARAMETERS - 10):
        connection.execute(
            update(table)
            .where(table.c.OUTBOX_ID.in_(part), table.c.STATUS == "REFUSED")
            .values(STATUS="PENDING", ATTEMPTS=0, NEXT_ATTEMPT_GMT=now)
        )


def make_due(connection: Connection, store_id: str, order_ids: Iterable[int], now: datetime) -> int:
    """Let the unsent messages of these orders go at once, given-up ones too; how many they are."""
    table, made_due = USER_STORE_OUTBOX, 0
    for part in chunks(order_ids, MAX_PARAMETERS - 10):
        statement = (
            update(table)
            .where(_unsent(store_id), table.c.WOO_ORDER_ID.in_(part))
            .values(STATUS="PENDING", ATTEMPTS=0, NEXT_ATTEMPT_GMT=now)
        )
        made_due += connection.execute(statement).rowcount
    return made_due


def count_unsent(connection: Connection, store_id: str, order_ids: Iterable[int]) -> int:
    """How many messages `make_due` would let go."""
    table = USER_STORE_OUTBOX
    return sum(
        int(
            connection.execute(
                select(func.count())
                .select_from(table)
                .where(_unsent(store_id), table.c.WOO_ORDER_ID.in_(part))
            ).scalar_one()
        )
        for part in chunks(order_ids, MAX_PARAMETERS - 10)
    )


def count_open(connection: Connection, store_id: str) -> int:
    """Messages that the store has not got yet, due or not."""
    table = USER_STORE_OUTBOX
    statement = select(table.c.OUTBOX_ID).where(
        table.c.STORE_ID == store_id, table.c.STATUS == "PENDING"
    )
    return len(connection.execute(statement).all())


def mark_sent(connection: Connection, message: Message, now: datetime) -> None:
    """The store has note, meta and status."""
    _settle(connection, message, STATUS="SENT", SENT_GMT=now, LAST_ERROR=None)


def mark_failed(
    connection: Connection, message: Message, error: str, now: datetime, *, final: bool
) -> datetime | None:
    """The store did not take it; returns the next attempt, None when there will be none."""
    if final:
        _settle(connection, message, STATUS="REFUSED", LAST_ERROR=cut_unicode(error, 500))
        return None
    pause = min(_FIRST_PAUSE * 2 ** min(message.attempts, 16), _LONGEST_PAUSE)
    next_attempt: datetime = now + pause
    _settle(connection, message, NEXT_ATTEMPT_GMT=next_attempt, LAST_ERROR=cut_unicode(error, 500))
    return next_attempt


def _unsent(store_id: str) -> ColumnElement[bool]:
    table = USER_STORE_OUTBOX
    return and_(table.c.STORE_ID == store_id, table.c.STATUS.in_(("PENDING", "REFUSED")))


def _settle(connection: Connection, message: Message, **values: Any) -> None:
    table = USER_STORE_OUTBOX
    connection.execute(
        update(table)
        .where(table.c.OUTBOX_ID == message.outbox_id)
        .values(ATTEMPTS=message.attempts + 1, **with_nulls(values))
    )


def _message(row: Any) -> Message:
    payload = json.loads(row["PAYLOAD"])
    return Message(
        outbox_id=row["OUTBOX_ID"],
        woo_order_id=row["WOO_ORDER_ID"],
        note=payload["note"],
        meta=payload["meta"],
        attempts=row["ATTEMPTS"],
        kind=row["KIND"].partition(":")[0],
        completes=payload.get("completes", False),
        number=payload.get("number", str(row["WOO_ORDER_ID"])),
        document=payload.get("document", ""),
    )
