"""What a booked order is compared with, and what people were told of an order already.

Belongs here: reading both for many orders at once. The judgement is rules/order_revisions.py;
opening and closing is dead_letters.py; what people settle is settlements.py.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.staged_lines import read_first_sight
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER, USER_ORDER_STAGING
from woocp_pipelines.rules.order_revisions import REVISION_CODES

# Beside the ids: the store, the kind, the codes.
_OTHER_PARAMETERS: Final = 20


def read_open_revisions(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> dict[int, tuple[str, str | None]]:
    """Code and kept order of the open revision of each of these orders that has one."""
    letter = USER_DEAD_LETTER.c
    found: dict[int, tuple[str, str | None]] = {}
    for part in chunks(order_ids, MAX_PARAMETERS - _OTHER_PARAMETERS):
        statement = (
            select(letter.WOO_ORDER_ID, letter.CODE, letter.RECORD_JSON)
            .where(
                letter.STORE_ID == store_id,
                letter.WOO_ORDER_ID.in_(part),
                letter.KIND == "revision",
                letter.CODE.in_(REVISION_CODES),
                letter.CLOSED_GMT.is_(None),
            )
            .order_by(letter.DEAD_LETTER_ID)
        )
        found.update(
            {row.WOO_ORDER_ID: (row.CODE, row.RECORD_JSON) for row in connection.execute(statement)}
        )
    return found


def read_ids_with_letters(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> set[int]:
    """Those of these orders of which people were told why they are not booked, and wait to be."""
    letter = USER_DEAD_LETTER.c
    found: set[int] = set()
    for part in chunks(order_ids, MAX_PARAMETERS - _OTHER_PARAMETERS):
        statement = select(letter.WOO_ORDER_ID).where(
            letter.STORE_ID == store_id,
            letter.KIND == "order",
            # Not by WOO_ORDER_ID: letters about single rows of the old scripts have other keys.
            letter.RECORD_KEY.in_([str(order_id) for order_id in part]),
            letter.CLOSED_GMT.is_(None),
        )
        found.update(connection.execute(statement).scalars())
    return found


def read_accepted(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> dict[int, str | None]:
    """The order that a person accepted last, else the one that was booked, as it was kept.

    None where it is not kept any more; nothing for orders without a row.
    """
    row, letter = USER_ORDER_STAGING.c, USER_DEAD_LETTER.c
    found: dict[int, str | None] = {}
    for part in chunks(order_ids, MAX_PARAMETERS - _OTHER_PARAMETERS):
        booked = select(row.WOO_ORDER_ID, row.ORDER_JSON).where(
            row.STORE_ID == store_id, row.WOO_ORDER_ID.in_(part), row.STATUS == "BOOKED"
        )
        settled = (
            select(letter.WOO_ORDER_ID, letter.RECORD_JSON)
            .where(
                letter.STORE_ID == store_id,
                letter.WOO_ORDER_ID.in_(part),
                letter.KIND == "revision",
                letter.CODE.in_(REVISION_CODES),
                letter.SETTLED_BY.is_not(None),
            )
            .order_by(letter.DEAD_LETTER_ID)
        )
        found.update({each.WOO_ORDER_ID: each.ORDER_JSON for each in connection.execute(booked)})
        found.update({each.WOO_ORDER_ID: each.RECORD_JSON for each in connection.execute(settled)})
    return found


def read_ids(
    connection: Connection, store_id: str, order_ids: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """The numbers that outlive a kept order, in its own shape: account, products, variations.

    Two statements for up to 2,000 orders.
    """
    row = USER_ORDER_STAGING.c
    found: dict[int, dict[str, Any]] = {}
    for part in chunks(order_ids, MAX_PARAMETERS - _OTHER_PARAMETERS):
        statement = select(row.WOO_ORDER_ID, row.WOO_CUSTOMER_ID).where(
            row.STORE_ID == store_id, row.WOO_ORDER_ID.in_(part), row.STATUS == "BOOKED"
        )
        for each in connection.execute(statement):
            account = each.WOO_CUSTOMER_ID or 0
            found[each.WOO_ORDER_ID] = {"customer_id": account, "line_items": []}
    for (order_id, line_id), seen in read_first_sight(connection, store_id, found).items():
        found[order_id]["line_items"].append(
            {"id": line_id, "product_id": seen.product_id, "variation_id": seen.variation_id}
        )
    return found
