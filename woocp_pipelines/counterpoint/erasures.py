"""Erasing what woocp keeps of a person whose data the shop has erased.

WooCommerce's eraser replaces the e-mail address of an order by WordPress's own placeholder and
marks the order; the next pull brings it as a change of the order. What was kept of it before goes
then. Belongs here: finding such orders and erasing. Documents and customers of Counterpoint are
not woocp's to change: people are told which ones they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, not_, null, or_, select, update

from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, contains_text
from woocp_pipelines.counterpoint.tables import (
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)

PLACEHOLDER: Final = "deleted@site.invalid"
_MARK: Final = '"_anonymized"'
ERASED: Final = "[erased]"
# A letter that quotes nothing any more.
WITHOUT_WORDS: Final = MappingProxyType({"FOUND": ERASED, "EXPECTED": ERASED, "ARITHMETIC": ""})
# Rows that are done with. What is still to be booked holds the order as the store has it now.
ENDED: Final = ("BOOKED", "SKIPPED", "DUPLICATE", "CANCELLED")
STAGED_ORDER: Final = (
    "CUST_EMAIL",
    "SHIP_NAM",
    "SHIP_ADRS_1",
    "SHIP_ADRS_2",
    "SHIP_CITY",
    "SHIP_STATE",
    "SHIP_ZIP_COD",
    "SHIP_CNTRY",
    "SHIP_PHONE",
    "ORDER_JSON",
    "LINE_ITEMS_JSON",
    "VALIDATION_ERROR",
)
STAGED_CUSTOMER: Final = (
    "EMAIL_ADRS_1",
    "NAM",
    "FST_NAM",
    "LST_NAM",
    "PHONE_1",
    "ADRS_1",
    "ADRS_2",
    "ADRS_3",
    "CITY",
    "STATE",
    "ZIP_COD",
    "CNTRY",
    "CUSTOMER_JSON",
    "VALIDATION_ERROR",
    "VALIDATION_NOTES",
)
_ROW, _LETTER, _KEY = USER_ORDER_STAGING.c, USER_DEAD_LETTER.c, USER_ORDER_KEY.c
_GUEST: Final = USER_CUSTOMER_STAGING.c


@dataclass(frozen=True, slots=True)
class ErasedOrder:
    """An order whose person the shop has erased, and what Counterpoint has of it."""

    order_id: int
    number: str
    doc_id: int | None
    ticket: str | None
    cust_no: str | None


def find_erased(connection: Connection, store_id: str, limit: int) -> list[ErasedOrder]:
    """Orders that the shop has anonymized and of which content from before is still kept."""
    of_store = _LETTER.STORE_ID == store_id
    told = select(_LETTER.WOO_ORDER_ID).where(
        of_store, _LETTER.WOO_ORDER_ID.is_not(None), _is_anonymized(), _names_a_person()
    )
    taken_over = (
        select(_LETTER.WOO_ORDER_ID)
        .join(
            USER_ORDER_STAGING,
            and_(_ROW.STORE_ID == _LETTER.STORE_ID, _ROW.WOO_ORDER_ID == _LETTER.WOO_ORDER_ID),
        )
        .where(of_store, _ROW.CUST_EMAIL == PLACEHOLDER, _names_a_person())
    )
    found = set(connection.execute(told).scalars()) | set(connection.execute(taken_over).scalars())
    return _with_documents(connection, store_id, sorted(found)[:limit])


def erase(connection: Connection, store_id: str, order: ErasedOrder) -> None:
    """Take the person out of what is kept of an order; keys, numbers and amounts stay."""
    of_order = and_(_ROW.STORE_ID == store_id, _ROW.WOO_ORDER_ID == order.order_id)
    connection.execute(
        update(USER_ORDER_STAGING)
        .where(of_order, _ROW.STATUS.in_(ENDED))
        .values(dict.fromkeys(STAGED_ORDER, null()))
    )
    connection.execute(
        update(USER_CUSTOMER_STAGING)
        .where(
            _GUEST.STORE_ID == store_id,
            _GUEST.WOO_ORDER_ID == order.order_id,
            # A guest who is no customer yet is still to become one.
            _GUEST.CUST_NO.is_not(None),
        )
        .values(dict.fromkeys(STAGED_CUSTOMER, null()))
    )
    _erase_letters(connection, store_id, order)


def holds_any(table: Table, columns: Iterable[str]) -> ColumnElement[bool]:
    """Whether a row has anything in any of these columns."""
    return or_(*(table.c[name].is_not(None) for name in columns))


def has_words() -> ColumnElement[bool]:
    """Whether a letter still says what was found."""
    return _LETTER.FOUND != ERASED


def next_step(order: ErasedOrder) -> str:
    """What a person has to do, since woocp changes no document and no customer for it."""
    if order.doc_id is None:
        return "nothing in Counterpoint: the order has no document"
    customer = f" and customer {order.cust_no}" if order.cust_no else ""
    return (
        f"the shop erased this person's data: take it out of document {order.ticket}{customer} in "
        f"Counterpoint as your policy says, then `woocp settle {order.number}`"
    )


def _erase_letters(connection: Connection, store_id: str, order: ErasedOrder) -> None:
    of_order = and_(_LETTER.STORE_ID == store_id, _LETTER.WOO_ORDER_ID == order.order_id)
    # What holds the anonymized order is what the next reading is compared with.
    connection.execute(
        update(USER_DEAD_LETTER)
        .where(of_order, _LETTER.RECORD_JSON.is_not(None), not_(_is_anonymized()))
        .values(RECORD_JSON=null())
    )
    connection.execute(
        update(USER_DEAD_LETTER)
        .where(of_order, _LETTER.CLOSED_GMT.is_(None), _LETTER.KIND == "revision")
        .values(NEXT_STEP=next_step(order))
    )
    connection.execute(
        update(USER_DEAD_LETTER).where(of_order, _names_a_person()).values(dict(WITHOUT_WORDS))
    )


def _names_a_person() -> ColumnElement[bool]:
    """A letter that may. Why an order is not booked is said anew whenever the order changes."""
    return and_(has_words(), or_(_LETTER.CLOSED_GMT.is_not(None), _LETTER.KIND == "revision"))


def _is_anonymized() -> ColumnElement[bool]:
    return or_(
        contains_text(_LETTER.RECORD_JSON, PLACEHOLDER),
        contains_text(_LETTER.RECORD_JSON, _MARK),
    )


def _with_documents(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> list[ErasedOrder]:
    found: list[ErasedOrder] = []
    for part in chunks(order_ids, MAX_PARAMETERS // 2):
        rows = connection.execute(
            select(_ROW.WOO_ORDER_ID, _ROW.WOO_ORDER_NO, _ROW.CUST_NO, _KEY.DOC_ID, _KEY.TKT_NO)
            .outerjoin(
                USER_ORDER_KEY,
                and_(_KEY.STORE_ID == _ROW.STORE_ID, _KEY.WOO_ORDER_ID == _ROW.WOO_ORDER_ID),
            )
            .where(
                _ROW.STORE_ID == store_id,
                _ROW.WOO_ORDER_ID.in_(part),
                _ROW.STATUS != "DUPLICATE",
            )
        )
        known = {row.WOO_ORDER_ID: row for row in rows}
        for each in part:
            row = known.get(each)
            number = str((row and row.WOO_ORDER_NO) or each)
            found.append(
                ErasedOrder(each, number, row.DOC_ID, row.TKT_NO, row.CUST_NO)
                if row
                else ErasedOrder(each, number, None, None, None)
            )
    return found
