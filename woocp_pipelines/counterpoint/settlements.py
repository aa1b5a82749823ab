"""What people settled by hand: letters closed with a name and a note, and orders never booked.

Belongs here: the statements, all in the caller's transaction. Does not: what a settlement means
(flows/settling.py), nor letters that close because the record went through (dead_letters.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, with_nulls
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER, USER_ORDER_KEY

_OF_ORDERS: Final = ("order", "revision")


@dataclass(frozen=True, slots=True)
class Signature:
    """Who settled, and why."""

    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as far as settling it needs."""

    letter_id: int
    kind: str
    key: str
    code: str
    found: str
    woo_order_id: int | None
    number: str | None
    is_open: bool
    order_json: str | None

    @property
    def is_of_order(self) -> bool:
        """About the order itself, not about another row of the old scripts or another record."""
        return self.kind in _OF_ORDERS and self.key == str(self.woo_order_id)


def read_letters_by_id(
    connection: Connection, store_id: str, letter_ids: Iterable[int]
) -> dict[int, Letter]:
    """These dead letters of the store, open or closed."""
    letter = USER_DEAD_LETTER.c
    found: dict[int, Letter] = {}
    for part in chunks(letter_ids, MAX_PARAMETERS - 1):
        condition = and_(letter.STORE_ID == store_id, letter.DEAD_LETTER_ID.in_(part))
        found.update({each.letter_id: each for each in _read(connection, condition)})
    return found


def read_open_of_order(connection: Connection, store_id: str, order_id: int) -> list[Letter]:
    """Open letters of kinds order and revision that name the order, oldest first."""
    letter = USER_DEAD_LETTER.c
    condition = and_(
        letter.STORE_ID == store_id,
        letter.WOO_ORDER_ID == order_id,
        letter.KIND.in_(_OF_ORDERS),
        letter.CLOSED_GMT.is_(None),
    )
    return _read(connection, condition)


def settle_letters(
    connection: Connection, letters: Sequence[Letter], signature: Signature, now: datetime
) -> list[Letter]:
    """Close open letters with who and why; returns them as they were at that moment.

    Written before they are read again: nobody can change what is being settled.
    """
    letter, settled = USER_DEAD_LETTER.c, []
    for each in letters:
        statement = (
            update(USER_DEAD_LETTER)
            .where(letter.DEAD_LETTER_ID == each.letter_id, letter.CLOSED_GMT.is_(None))
            .values(CLOSED_GMT=now, SETTLED_BY=signature.by, SETTLED_NOTE=signature.note)
        )
        if connection.execute(statement).rowcount == 1:
            settled += _read(connection, letter.DEAD_LETTER_ID == each.letter_id)
    return settled


def note_settled_order(
    connection: Connection,
    store_id: str,
    order_id: int,
    number: str,
    found: str,
    signature: Signature,
    now: datetime,
) -> None:
    """Keep who settled an order that had no open letter: the staging row is deleted one day."""
    values: dict[str, Any] = {
        "STORE_ID": store_id,
        "FLOW": "orders",
        "KIND": "order",
        "RECORD_KEY": str(order_id),
        "WOO_ORDER_ID": order_id,
        "WOO_ORDER_NO": number[:50],
        "CODE": "SETTLED_BY_HAND",
        "FIELD": "STATUS",
        "FOUND": found,
        "EXPECTED": "a document",
        "ARITHMETIC": "",
        "NEXT_STEP": "nothing: a person settled it",
        "RETRYABLE": False,
        "ATTEMPTS": 1,
        "FIRST_SEEN_GMT": now,
        "LAST_SEEN_GMT": now,
        "CLOSED_GMT": now,
        "SETTLED_BY": signature.by,
        "SETTLED_NOTE": signature.note,
    }
    connection.execute(insert(USER_DEAD_LETTER).values(values))


def write_settled_key(connection: Connection, store_id: str, order_id: int) -> None:
    """The key of an order that is never to be booked: without document, and not followed.

    Raises:
        IntegrityError: it was booked meanwhile; look again.
    """
    values = {
        "STORE_ID": store_id,
        "WOO_ORDER_ID": order_id,
        "DOC_ID": None,
        "TKT_NO": None,
        "DEP_DOC_ID": None,
        "CONTENT_HASH": None,
        "BOOKED_GMT": None,
    }
    connection.execute(insert(USER_ORDER_KEY).values(with_nulls(values)))


def accept_content(connection: Connection, store_id: str, order_id: int, digest: str) -> None:
    """From now on this content of a booked order is no revision, and every other one is."""
    key = USER_ORDER_KEY.c
    connection.execute(
        update(USER_ORDER_KEY)
        .where(key.STORE_ID == store_id, key.WOO_ORDER_ID == order_id)
        .values(CONTENT_HASH=digest)
    )


def _read(connection: Connection, condition: ColumnElement[bool]) -> list[Letter]:
    letter = USER_DEAD_LETTER.c
    columns = (
        letter.DEAD_LETTER_ID,
        letter.KIND,
        letter.RECORD_KEY,
        letter.CODE,
        letter.FOUND,
        letter.WOO_ORDER_ID,
        letter.WOO_ORDER_NO,
        letter.CLOSED_GMT,
        letter.RECORD_JSON,
    )
    statement = select(*columns).where(condition).order_by(letter.DEAD_LETTER_ID)
    return [_letter(row) for row in connection.execute(statement)]


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        letter_id=row.DEAD_LETTER_ID,
        kind=row.KIND,
        key=row.RECORD_KEY,
        code=row.CODE,
        found=row.FOUND,
        woo_order_id=row.WOO_ORDER_ID,
        number=row.WOO_ORDER_NO,
        is_open=row.CLOSED_GMT is None,
        order_json=row.RECORD_JSON,
    )
