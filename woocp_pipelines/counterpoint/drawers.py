"""The drawer session that a ticket is written into.

Belongs here: looking at it inside the booking. What is looked up before is codes.py.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from woocp_pipelines.counterpoint.codes import no_drawer_session
from woocp_pipelines.counterpoint.tables import PS_DRW_SESSION
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Counterpoint

_ACTIVE: Final = (
    select(PS_DRW_SESSION.c.DRW_SESSION_ID)
    .where(
        PS_DRW_SESSION.c.STR_ID == bindparam("store"),
        PS_DRW_SESSION.c.DRW_ID == bindparam("drawer"),
        PS_DRW_SESSION.c.STAT == "A",
    )
    .order_by(PS_DRW_SESSION.c.DRW_SESSION_ID.desc())
    .with_hint(PS_DRW_SESSION, "WITH (REPEATABLEREAD)", "mssql")
)


def hold_drawer_session(connection: Connection, where: Counterpoint) -> int:
    """The web drawer's active session, which cannot be closed before this transaction ends.

    A ticket in a session that is closed already is missing in its count (CP §7 Q3). SQL Server
    keeps the row locked for closing, not for reading; SQLite admits one writer anyway.

    Raises:
        RefusedError: NO_DRAWER_SESSION, retryable: it was closed since the order was prepared.
    """
    drawer = {"store": where.store, "drawer": where.drawer}
    session = connection.execute(_ACTIVE, drawer).scalars().first()
    if session is None:
        raise RefusedError(no_drawer_session(where))
    return int(session)
