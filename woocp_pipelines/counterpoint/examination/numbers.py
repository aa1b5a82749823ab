"""Who numbers beside the web station: documents, customers, other stations (CP §1.6, §7 Q5, Q6).

Belongs here: looking into open documents, both histories, AR_CUST and PS_STA. Taking a number is
counterpoint/numbers.py, which passes by whatever is taken.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, Table, column, func, or_, select, table

from woocp_pipelines.counterpoint.codes import StationNumbers
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    PS_DOC_HDR,
    PS_ORD_HIST,
    PS_STA,
    PS_STR,
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
        _beyond(connection, each.c.TKT_NO, number, each.c.STR_ID == store) for each in _NUMBERED
    ]
    return _together(found)


def customers_beyond(connection: Connection, number: str) -> Beyond | None:
    """Customers numbered as the counter will; None: none."""
    return _together([_beyond(connection, AR_CUST.c.CUST_NO, number)])


def is_automatic(connection: Connection, name: str, switch: str, key: Mapping[str, str]) -> bool:
    """Whether Counterpoint counts by itself at a counter: NXT_*_AUTO is not 'N'.

    The columns are named here only: a version without them must not stop anybody.
    """
    row = table(name, column(switch), *(column(each) for each in key))
    here = (row.c[each] == value for each, value in key.items())
    return connection.execute(select(row.c[switch]).where(*here)).scalar_one_or_none() != "N"


def read_strangers(connection: Connection, where: Counterpoint) -> list[Strangers]:
    """Documents of the web station that are not the web user's, open and posted."""
    found = []
    for each in (PS_DOC_HDR, PS_TKT_HIST):
        row = connection.execute(_strangers(each, where)).one()
        if row.documents:
            found.append(
                Strangers(each.name, row.documents, str(row.example), str(row.user or "nobody"))
            )
    return found


def read_namesakes(
    connection: Connection, where: Counterpoint, numbers: StationNumbers
) -> list[tuple[str, str]]:
    """Store and station of all others whose documents get ids like the web station's."""
    statement = (
        select(PS_STA.c.STR_ID, PS_STA.c.STA_ID)
        .select_from(PS_STA.join(PS_STR, PS_STR.c.STR_ID == PS_STA.c.STR_ID))
        .where(
            PS_STR.c.STR_NO == numbers.store_no,
            PS_STA.c.STA_NO == numbers.station_no,
            or_(PS_STA.c.STR_ID != where.store, PS_STA.c.STA_ID != where.station),
        )
        .order_by(PS_STA.c.STR_ID, PS_STA.c.STA_ID)
    )
    return [(row.STR_ID, row.STA_ID) for row in connection.execute(statement)]


def number_pattern(number: str) -> str:
    """A LIKE pattern of numbers with the same beginning and as many digits at the end."""
    counted = _COUNTED.search(number)
    digits = len(counted[0]) if counted else 0
    beginning = number[: len(number) - digits]
    for sign in (_ESCAPE, "%", "_", "["):
        beginning = beginning.replace(sign, _ESCAPE + sign)
    return beginning + "_" * digits


def _beyond(connection: Connection, numbers: Column[Any], number: str, *where: Any) -> Beyond:
    row = connection.execute(_beyond_question(numbers, number, *where)).one()
    return Beyond(row.numbers, row.highest or "")


def _beyond_question(numbers: Column[Any], number: str, *where: Any) -> Select[Any]:
    # Of the same length and beginning, the order of texts is that of the numbers.
    return select(func.count().label("numbers"), func.max(numbers).label("highest")).where(
        numbers.like(number_pattern(number), escape=_ESCAPE), numbers >= number, *where
    )


def _together(found: list[Beyond]) -> Beyond | None:
    count = sum(each.count for each in found)
    return Beyond(count, max(each.highest for each in found)) if count else None


def _strangers(documents: Table, where: Counterpoint) -> Select[Any]:
    user = documents.c.USR_ID
    return select(
        func.count().label("documents"),
        func.max(documents.c.TKT_NO).label("example"),
        func.max(user).label("user"),
    ).where(
        documents.c.STR_ID == where.store,
        documents.c.STA_ID == where.station,
        or_(user != where.user, user.is_(None)),
    )
