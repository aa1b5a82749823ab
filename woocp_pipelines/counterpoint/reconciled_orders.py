"""What woocp's own tables know of many orders at once: staging, dead letters, keys, map.

Belongs here: the reads of a reconciliation, one statement each for up to 2,000 orders. Does not:
documents (reconciled_documents.py), nor what follows from it (rules/reconciliation.py).
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select, true

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, table_exists
from woocp_pipelines.counterpoint.tables import (
    USER_CUSTOMER_MAP,
    USER_DEAD_LETTER,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)
from woocp_pipelines.rules.money import NotAnAmountError, read_decimal
from woocp_pipelines.rules.reconciliation_facts import BookedKey, Letter, Staged

_SPARE: Final = 20
_KINDS: Final = ("order", "revision")


@dataclass(frozen=True, slots=True)
class OwnedDocument:
    """A document that USER_ORDER_KEY names, and whose it is."""

    store_id: str
    order_id: int
    doc_id: int


def read_staged(
    connection: Connection, store_id: str, order_ids: Collection[int]
) -> dict[int, Staged]:
    """The staging row that counts of each order, by WOO_ORDER_ID."""
    row = USER_ORDER_STAGING.c
    columns = (
        row.WOO_ORDER_ID,
        row.WOO_ORDER_NO,
        row.STATUS,
        row.TOT_AMT,
        row.ORD_PAID_GMT,
        row.ERROR_CODE,
        row.VALIDATION_ERROR,
        row.DOC_ID,
        row.CUST_NO,
        row.BOOKED_GMT,
    )
    found = {}
    for part in chunks(sorted(order_ids), MAX_PARAMETERS - _SPARE):
        statement = select(*columns).where(
            row.STORE_ID == store_id, row.WOO_ORDER_ID.in_(part), row.STATUS != "DUPLICATE"
        )
        for each in connection.execute(statement):
            found[each.WOO_ORDER_ID] = Staged(
                status=each.STATUS,
                number=each.WOO_ORDER_NO or "",
                total=each.TOT_AMT,
                is_paid=each.ORD_PAID_GMT is not None,
                code=each.ERROR_CODE or "",
                says=each.VALIDATION_ERROR or "",
                doc_id=each.DOC_ID,
                # Rows of the scripts before woocp have no such time.
                booked_for=(each.CUST_NO or "") if each.BOOKED_GMT else "",
            )
    return found


def read_booked_ids(
    connection: Connection, store_id: str, since: datetime, until: datetime
) -> set[int]:
    """Orders placed from `since` to before `until` (UTC) that were booked."""
    row = USER_ORDER_STAGING.c
    statement = select(row.WOO_ORDER_ID).where(
        row.STORE_ID == store_id,
        row.ORD_CREATED_GMT >= since,
        row.ORD_CREATED_GMT < until,
        row.STATUS == "BOOKED",
    )
    return set(connection.execute(statement).scalars())


def read_order_ids(connection: Connection, store_id: str, numbers: Collection[str]) -> set[int]:
    """The staged orders, of whichever day, that have these numbers."""
    row = USER_ORDER_STAGING.c
    found: set[int] = set()
    for part in chunks(sorted(numbers), MAX_PARAMETERS - _SPARE):
        statement = select(row.WOO_ORDER_ID).where(
            row.STORE_ID == store_id, row.WOO_ORDER_NO.in_(part), row.STATUS != "DUPLICATE"
        )
        found.update(connection.execute(statement).scalars())
    return found


def read_letters(
    connection: Connection, store_id: str, order_ids: Collection[int]
) -> dict[int, list[Letter]]:
    """Dead letters about orders that are open, or that a person settled; the oldest first."""
    letter = USER_DEAD_LETTER.c
    found: dict[int, list[Letter]] = defaultdict(list)
    for part in chunks(sorted(order_ids), MAX_PARAMETERS - _SPARE):
        statement = (
            select(
                letter.WOO_ORDER_ID,
                letter.KIND,
                letter.CODE,
                letter.NEXT_STEP,
                letter.CLOSED_GMT,
                letter.SETTLED_BY,
                letter.SETTLED_NOTE,
                letter.RECORD_JSON,
            )
            .where(
                letter.STORE_ID == store_id,
                letter.KIND.in_(_KINDS),
                letter.WOO_ORDER_ID.in_(part),
                (letter.CLOSED_GMT.is_(None)) | (letter.SETTLED_BY.is_not(None)),
            )
            .order_by(letter.DEAD_LETTER_ID)
        )
        for each in connection.execute(statement):
            found[each.WOO_ORDER_ID].append(
                Letter(
                    kind=each.KIND,
                    code=each.CODE,
                    is_open=each.CLOSED_GMT is None,
                    next_step=each.NEXT_STEP,
                    settled_by=each.SETTLED_BY or "",
                    note=each.SETTLED_NOTE or "",
                    total=_total(each.RECORD_JSON),
                )
            )
    return found


def read_booked_keys(
    connection: Connection, store_id: str, order_ids: Collection[int]
) -> dict[int, BookedKey]:
    """Which documents each of these orders became, by WOO_ORDER_ID."""
    key = USER_ORDER_KEY.c
    found = {}
    for part in chunks(sorted(order_ids), MAX_PARAMETERS - _SPARE):
        statement = select(USER_ORDER_KEY).where(
            key.STORE_ID == store_id, key.WOO_ORDER_ID.in_(part)
        )
        for row in connection.execute(statement):
            found[row.WOO_ORDER_ID] = BookedKey(row.DOC_ID, row.TKT_NO or "", row.DEP_DOC_ID)
    return found


def read_owners(connection: Connection, doc_ids: Collection[int]) -> Iterator[OwnedDocument]:
    """Which orders, of whichever store, these documents were booked for."""
    key = USER_ORDER_KEY.c
    for column in (key.DOC_ID, key.DEP_DOC_ID):
        for part in chunks(sorted(doc_ids), MAX_PARAMETERS):
            statement = select(key.STORE_ID, key.WOO_ORDER_ID, column.label("DOC")).where(
                column.in_(part)
            )
            for row in connection.execute(statement):
                yield OwnedDocument(row.STORE_ID, row.WOO_ORDER_ID, row.DOC)


def read_mapped_users(connection: Connection, user_ids: Collection[int]) -> set[int]:
    """Those of these web customers that have an active map row; none before there is a map."""
    if not table_exists(connection, USER_CUSTOMER_MAP.name):
        return set()
    table = USER_CUSTOMER_MAP.c
    found: set[int] = set()
    for part in chunks(sorted(user_ids), MAX_PARAMETERS - _SPARE):
        statement = select(table.WOO_USER_ID).where(
            table.WOO_USER_ID.in_(part), table.IS_ACTIVE == true()
        )
        found.update(connection.execute(statement).scalars())
    return found


def read_customer_codes(
    connection: Connection, store_id: str, user_ids: Collection[int]
) -> dict[int, str]:
    """The code of the open dead letter of each of these web customers that has one."""
    letter = USER_DEAD_LETTER.c
    found: dict[int, str] = {}
    for part in chunks(sorted(user_ids), MAX_PARAMETERS - _SPARE):
        statement = (
            select(letter.WOO_CUSTOMER_ID, letter.CODE)
            .where(
                letter.STORE_ID == store_id,
                letter.KIND == "customer",
                letter.WOO_CUSTOMER_ID.in_(part),
                letter.CLOSED_GMT.is_(None),
            )
            .order_by(letter.DEAD_LETTER_ID)
        )
        found.update({row.WOO_CUSTOMER_ID: row.CODE for row in connection.execute(statement)})
    return found


def _total(order_json: str | None) -> Decimal | None:
    """The total of a kept order, where it can be read."""
    if not order_json:
        return None
    try:
        return read_decimal(json.loads(order_json, parse_float=Decimal).get("total"))
    except (AttributeError, NotAnAmountError, ValueError):
        return None
