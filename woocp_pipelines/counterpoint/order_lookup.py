"""Which order a person means: its number, or its id, which plugins make differ.

Belongs here: finding orders that woocp knows, in staging, among the keys of booked orders and in
the dead letters. Does not: what is known of an order (order_trace.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, false, or_, select

from woocp_pipelines.counterpoint.tables import (
    USER_DEAD_LETTER,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
)

_LARGEST_ID: Final = 2**31 - 1
_BY_ID: Final = "id:"
_BY_NUMBER: Final = "number:"


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order that woocp has met: WooCommerce's id, and the number that people see."""

    order_id: int
    number: str


class OrderNotFoundError(Exception):
    """What was asked for is no order that woocp knows, or more than one; one sentence each."""


class OrderUnknownError(OrderNotFoundError):
    """No order that woocp knows has this number or id."""

    def __init__(self, asked: str, more: str = "") -> None:
        super().__init__(
            f"order {asked}: not known to woocp{more}; `woocp sync orders --since DATE` reads "
            "orders of that day on, `woocp dead-letters` lists what was refused"
        )


def find_order(connection: Connection, store_id: str, asked: str) -> KnownOrder:
    """The one order of this number or id.

    Args:
        connection: to Counterpoint.
        store_id: the store.
        asked: a number or an id; `id:516` and `number:516` say which is meant.

    Raises:
        OrderUnknownError: there is none.
        OrderNotFoundError: the text is the number of one and the id of another.
    """
    name, number, order_id = _parts(asked)
    numbers: dict[int, str] = {}
    for found_id, found_number in _matches(connection, store_id, number, order_id):
        numbers[found_id] = numbers.get(found_id) or found_number or ""
    if not numbers:
        raise OrderUnknownError(name)
    if len(numbers) > 1:
        meant = ", ".join(f"id {each} (number {numbers[each] or each})" for each in sorted(numbers))
        raise OrderNotFoundError(
            f"order {name}: could be {meant}; say which by `{_BY_ID}…`, the id of the order"
        )
    ((found_id, found_number),) = numbers.items()
    return KnownOrder(found_id, found_number or str(found_id))


def find_orders(connection: Connection, store_id: str, asked: Iterable[str]) -> list[KnownOrder]:
    """The orders of these numbers or ids, each once, as they were asked for.

    Raises:
        OrderNotFoundError: some cannot be found or are ambiguous; one sentence for each.
    """
    found: dict[int, KnownOrder] = {}
    unknown: list[str] = []
    for each in asked:
        try:
            order = find_order(connection, store_id, each)
        except OrderNotFoundError as error:
            unknown.append(str(error))
        else:
            found[order.order_id] = order
    if unknown:
        raise OrderNotFoundError("\n".join(unknown))
    return list(found.values())


def read_refused_orders(connection: Connection, store_id: str) -> list[KnownOrder]:
    """Orders with an open dead letter of kind order, by ascending id."""
    table = USER_DEAD_LETTER
    statement = (
        select(table.c.WOO_ORDER_ID, table.c.WOO_ORDER_NO)
        .where(
            table.c.STORE_ID == store_id,
            table.c.KIND == "order",
            table.c.CLOSED_GMT.is_(None),
            table.c.WOO_ORDER_ID.is_not(None),
        )
        .order_by(table.c.WOO_ORDER_ID, table.c.DEAD_LETTER_ID)
    )
    numbers: dict[int, str] = {}
    for row in connection.execute(statement):
        numbers[row.WOO_ORDER_ID] = numbers.get(row.WOO_ORDER_ID) or row.WOO_ORDER_NO or ""
    return [KnownOrder(each, number or str(each)) for each, number in numbers.items()]


def as_order_id(text: str) -> int | None:
    """The id that a text is, or None: an id is a positive whole number that the column holds."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(_LARGEST_ID)):
        return None
    return int(text) if 0 < int(text) <= _LARGEST_ID else None


def asked_id(asked: str) -> int | None:
    """The id that a person may have meant; None when the text can be a number only."""
    return _parts(asked)[2]


def _parts(asked: str) -> tuple[str, str | None, int | None]:
    """What was typed, without its `#`, and the number and id that it may stand for."""
    text = asked.strip()
    if text.startswith(_BY_ID):
        return text, None, as_order_id(text.removeprefix(_BY_ID).strip())
    name = text.removeprefix(_BY_NUMBER).strip().removeprefix("#").strip()
    by_number = text.startswith(_BY_NUMBER)
    return name, name or None, None if by_number else as_order_id(name)


def _matches(
    connection: Connection, store_id: str, number: str | None, order_id: int | None
) -> Iterator[tuple[int, str | None]]:
    for table in (USER_ORDER_STAGING, USER_DEAD_LETTER):
        statement = select(table.c.WOO_ORDER_ID, table.c.WOO_ORDER_NO).where(
            table.c.STORE_ID == store_id,
            table.c.WOO_ORDER_ID.is_not(None),
            or_(_is_number(table, number), _is_id(table, order_id)),
        )
        yield from ((row.WOO_ORDER_ID, row.WOO_ORDER_NO) for row in connection.execute(statement))
    key = USER_ORDER_KEY
    # The staging table is emptied after some weeks, the keys never are.
    booked = select(key.c.WOO_ORDER_ID).where(key.c.STORE_ID == store_id, _is_id(key, order_id))
    yield from ((each, None) for each in connection.execute(booked).scalars())


def _is_number(table: Table, number: str | None) -> ColumnElement[bool]:
    # Rows of the scripts before woocp may lack the number; it is the id then.
    return false() if number is None else table.c.WOO_ORDER_NO == number


def _is_id(table: Table, order_id: int | None) -> ColumnElement[bool]:
    return false() if order_id is None else table.c.WOO_ORDER_ID == order_id
