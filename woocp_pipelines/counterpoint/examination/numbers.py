"""Numbers that stand beyond a counter, and strangers at the web station (CP §1.6, §5 Q5).

Belongs here: looking into open documents, both histories and AR_CUST. Taking a number is
counterpoint/numbers.py, which passes by whatever is taken.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, Table, func, or_, select

from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    PS_DOC_HDR,
    PS_ORD_HIST,
    PS_TKT_HIST,
)
from woocp_pipelines.settings import Counterpoint

_NUMBERED: Final = (PS_DOC_HDR, PS_TKT_HIST, PS_ORD_HIST)
_COUNTED: Final = re.compile(r"\d+$")
_ESCAPE: Final = "\\"


@dataclass(frozen=True, slots=True)
class Beyond:
    """How many numbers of the counter's own form are in use from it on, and the highest."""

    count: int
    highest: str


@dataclass(frozen=True, slots=True)
class Strangers:
    """Documents at our station that another user made."""

    table: str
    count: int
    example: str
    user: str


def documents_beyond(connection: Connection, number: str, store: str) -> Beyond | None:
    """Documents of the store, open or historical, numbered as the counter will; None: none."""
    found = [
        _beyond(connection, table.c.TKT_NO, number, table.c.STR_ID == store) for table in _NUMBERED
    ]
    return _together(found)


def customers_beyond(connection: Connection, number: str) -> Beyond | None:
    """Customers numbered as the counter will; None: none."""
    return _together([_beyond(connection, AR_CUST.c.CUST_NO, number)])


def read_strangers(connection: Connection, where: Counterpoint) -> list[Strangers]:
    """Documents of the web station that are not the web user's, open and posted."""
    found = []
    for table in (PS_DOC_HDR, PS_TKT_HIST):
        row = connection.execute(_strangers(table, where)).one()
        if row.documents:
            found.append(
                Strangers(table.name, row.documents, str(row.example), str(row.user or "nobody"))
            )
    return found


def number_pattern(number: str) -> str:
    """A LIKE pattern of numbers with the same beginning and as many digits at the end."""
    counted = _COUNTED.search(number)
    digits = len(counted[0]) if counted else 0
    beginning = number[: len(number) - digits]
    for sign in (_ESCAPE, "%", "_", "["):
        beginning = beginning.replace(sign, _ESCAPE + sign)
    return beginning + "_" * digits


def _beyond(connection: Connection, column: Column[Any], number: str, *where: Any) -> Beyond:
    row = connection.execute(_beyond_question(column, number, *where)).one()
    return Beyond(row.numbers, row.highest or "")


def _beyond_question(column: Column[Any], number: str, *where: Any) -> Select[Any]:
    # Of the same length and beginning, the order of texts is that of the numbers.
    return select(func.count().label("numbers"), func.max(column).label("highest")).where(
        column.like(number_pattern(number), escape=_ESCAPE), column >= number, *where
    )


def _together(found: list[Beyond]) -> Beyond | None:
    count = sum(each.count for each in found)
    return Beyond(count, max(each.highest for each in found)) if count else None


def _strangers(table: Table, where: Counterpoint) -> Select[Any]:
    user = table.c.USR_ID
    return select(
        func.count().label("documents"),
        func.max(table.c.TKT_NO).label("example"),
        func.max(user).label("user"),
    ).where(
        table.c.STR_ID == where.store,
        table.c.STA_ID == where.station,
        or_(user != where.user, user.is_(None)),
    )
