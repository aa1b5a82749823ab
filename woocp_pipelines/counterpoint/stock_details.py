"""What people ask about one product's stock: its rows, one by one, and what has a like name.

Belongs here: small reads for `woocp stock`. Does not: the figures that are published (stock.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from woocp_pipelines.counterpoint.product_map import IS_ACTIVE
from woocp_pipelines.counterpoint.statements import contains_text, starts_with_text
from woocp_pipelines.counterpoint.tables import (
    IM_INV,
    IM_ITEM,
    USER_DEAD_LETTER,
    USER_PRODUCT_MAP,
)

_FIRST_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class LocationStock:
    """An IM_INV row in stocking units; `offered` where `[inventory] locations` names it."""

    location: str
    on_hand: Decimal
    committed: Decimal
    offered: bool


@dataclass(frozen=True, slots=True)
class LastSent:
    """The last quantity that was written for a product, when, and what the store showed then."""

    sent: int | None
    sent_at: datetime | None
    store_showed: int | None
    seen_at: datetime | None


def read_locations(
    connection: Connection, item_no: str, offered: Sequence[str]
) -> list[LocationStock]:
    """All stock rows of an item."""
    table = IM_INV.c
    statement = (
        select(table.LOC_ID, table.QTY_ON_HND, table.QTY_COMMIT)
        .where(table.ITEM_NO == item_no)
        .order_by(table.LOC_ID)
    )
    return [
        LocationStock(location, on_hand, committed, location in offered)
        for location, on_hand, committed in connection.execute(statement)
    ]


def read_description(connection: Connection, item_no: str) -> str:
    """IM_ITEM.DESCR, empty for an unknown item."""
    statement = select(IM_ITEM.c.DESCR).where(IM_ITEM.c.ITEM_NO == item_no)
    return connection.execute(statement).scalar_one_or_none() or ""


def read_last_sent(connection: Connection, store_id: str, product_id: int) -> LastSent | None:
    """What the map's active row remembers; None without one."""
    table = USER_PRODUCT_MAP.c
    columns = (table.SENT_QTY, table.SENT_GMT, table.STORE_QTY, table.SEEN_GMT)
    statement = select(*columns).where(
        table.STORE_ID == store_id, table.WOO_PRODUCT_ID == product_id, IS_ACTIVE
    )
    row = connection.execute(statement).one_or_none()
    return LastSent(*row) if row else None


def read_product_letters(
    connection: Connection, store_id: str, product_id: int
) -> list[Mapping[str, Any]]:
    """Open dead letters of a product, oldest first."""
    table = USER_DEAD_LETTER.c
    statement = (
        select(USER_DEAD_LETTER)
        .where(
            table.STORE_ID == store_id,
            table.KIND == "product",
            table.RECORD_KEY == str(product_id),
            table.CLOSED_GMT.is_(None),
        )
        .order_by(table.DEAD_LETTER_ID)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def read_like_item_numbers(connection: Connection, text: str) -> list[str]:
    """Item numbers that begin alike or hold the text: what may have been meant."""
    number = IM_ITEM.c.ITEM_NO
    begins = starts_with_text(number, text[:_FIRST_LETTERS])
    holds = contains_text(number, text)
    statement = select(number).where(or_(begins, holds)).order_by(number)
    return list(connection.execute(statement).scalars())
