"""The drawer session that a ticket is written into.

Belongs here: looking at it inside the booking. What is looked up before is codes.py.
"""

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.codes import read_drawer_session
from woocp_pipelines.counterpoint.tables import PS_DRW_SESSION
from woocp_pipelines.settings import Counterpoint


def hold_drawer_session(connection: Connection, where: Counterpoint) -> int:
    """The web drawer's active session, which cannot be closed before this transaction ends.

    A ticket in a session that is closed already is missing in its count (CP §7 Q3). SQL Server
    keeps the row locked for closing, not for reading; SQLite admits one writer anyway.

    Raises:
        RefusedError: NO_DRAWER_SESSION, retryable: it was closed since the order was prepared.
    """
    table = PS_DRW_SESSION
    statement = (
        select(table.c.DRW_SESSION_ID)
        .where(table.c.STR_ID == where.store, table.c.DRW_ID == where.drawer, table.c.STAT == "A")
        .order_by(table.c.DRW_SESSION_ID.desc())
        .with_hint(table, "WITH (REPEATABLEREAD)", "mssql")
    )
    session = connection.execute(statement).scalars().first()
    return read_drawer_session(connection, where) if session is None else int(session)
