"""Cursors and other small facts that a flow remembers between runs (USER_SYNC_STATE).

Written in the transaction that stores what the cursor stands for, never before.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.statements import put_row
from woocp_pipelines.counterpoint.tables import USER_SYNC_STATE


def read_state(connection: Connection, store_id: str, name: str) -> str | None:
    """The remembered text, or None when nothing was remembered yet."""
    table = USER_SYNC_STATE
    statement = select(table.c.VALUE).where(table.c.STORE_ID == store_id, table.c.NAME == name)
    return connection.execute(statement).scalar_one_or_none()


def read_states(connection: Connection, store_id: str, names: Collection[str]) -> dict[str, str]:
    """The remembered texts of several names in one statement, by name; only those there are."""
    table = USER_SYNC_STATE
    statement = select(table.c.NAME, table.c.VALUE).where(
        table.c.STORE_ID == store_id, table.c.NAME.in_(sorted(names))
    )
    return {row.NAME: row.VALUE for row in connection.execute(statement)}


def write_state(
    connection: Connection, store_id: str, name: str, value: str, now: datetime
) -> None:
    """Remember a text under a name."""
    put_row(
        connection,
        USER_SYNC_STATE,
        {"STORE_ID": store_id, "NAME": name},
        {"VALUE": value, "UPDATED_GMT": now},
    )
