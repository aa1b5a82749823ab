"""What the old scripts left, and whether they still write (CP §2.10, §6.9, §7 Q30).

Belongs here: counting their rows. Nothing of theirs is ever changed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Select,
    and_,
    column,
    exists,
    func,
    null,
    or_,
    select,
    table,
)

from woocp_pipelines.counterpoint.rights import RETAILERS
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import (
    PS_DOC_HDR,
    PS_DOC_HDR_TOT,
    USER_CUSTOMER_STAGING,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_SYNC_LOG,
)

_US: Final = "woocp"
_LOOK_BACK: Final = timedelta(days=30)
# The old jobs ran every few minutes; what is older than this is over.
_RECENT: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Leftover:
    """Rows of one table: how many, and the newest time or the highest number.

    `recent`: whoever wrote them is most likely still at work.
    """

    table: str
    count: int
    newest: str = ""
    recent: bool = False


def read_broken_documents(connection: Connection) -> Leftover | None:
    """Open documents that say they are orders and have no order total (CP §6.3 bug 19).

    Native orders and ours always have TOT_TYP 'O'; the old scripts wrote 'S'.
    """
    row = connection.execute(broken_documents_question()).one()
    return Leftover(PS_DOC_HDR.name, row.documents, str(row.highest)) if row.documents else None


def read_still_written(connection: Connection) -> list[Leftover]:
    """Rows of the last days that somebody else wrote since woocp works here; none before that.

    All times are those that the server itself stamped: ours and theirs can be compared.
    """
    log, staged, customers = USER_SYNC_LOG.c, USER_ORDER_STAGING.c, USER_CUSTOMER_STAGING.c
    clock = select(func.current_timestamp(type_=DateTime()), func.min(log.CREATED_DT))
    now, began = connection.execute(clock.where(log.FLOW.is_not(None))).one()
    if began is None:
        return []
    theirs = {
        USER_ORDER_STAGING.name: (staged.CREATED_DT, _not_ours(staged)),
        USER_SYNC_LOG.name: (log.CREATED_DT, log.FLOW.is_(None)),
        # Of customers ours are those with a hash.
        USER_CUSTOMER_STAGING.name: (
            customers.CREATED_DT,
            and_(customers.CONTENT_HASH.is_(None), _not_ours(customers)),
        ),
    }
    since = max(began, now - _LOOK_BACK)
    found = (
        _newest(connection, name, moment, and_(whose, moment > since), now)
        for name, (moment, whose) in theirs.items()
    )
    return [each for each in found if each is not None]


def read_other_stores(connection: Connection, known: Collection[str]) -> list[str]:
    """STORE_IDs under which orders were booked, but for those that are known."""
    store = USER_ORDER_KEY.c.STORE_ID
    statement = select(store).where(store.not_in(known)).distinct().order_by(store)
    return list(connection.execute(statement).scalars())


def read_undrained(connection: Connection) -> list[Leftover]:
    """Rows that the old scripts staged and never applied."""
    staged = USER_ORDER_STAGING.c
    waiting = [
        _newest(connection, USER_ORDER_STAGING.name, staged.CREATED_DT, staged.STATUS == "REREAD")
    ]
    for name in RETAILERS:
        if table_exists(connection, name):
            old = table(name, column("IS_APPLIED"), column("CREATED_DT"))
            undone = or_(old.c.IS_APPLIED == 0, old.c.IS_APPLIED == null())
            waiting.append(_newest(connection, name, old.c.CREATED_DT, undone))
    return [each for each in waiting if each is not None]


def broken_documents_question() -> Select[Any]:
    """Count and highest number of such documents."""
    total = PS_DOC_HDR_TOT.c
    has_order_total = exists().where(total.DOC_ID == PS_DOC_HDR.c.DOC_ID, total.TOT_TYP == "O")
    return select(
        func.count().label("documents"), func.max(PS_DOC_HDR.c.TKT_NO).label("highest")
    ).where(PS_DOC_HDR.c.DOC_TYP == "O", ~has_order_total)


def _not_ours(columns: Any) -> ColumnElement[bool]:
    return or_(columns.CREATED_BY != _US, columns.CREATED_BY.is_(None))


def _newest(
    connection: Connection,
    name: str,
    moment: Any,
    condition: ColumnElement[bool],
    now: datetime | None = None,
) -> Leftover | None:
    statement = select(func.count().label("rows"), func.max(moment).label("newest"))
    row = connection.execute(statement.where(condition)).one()
    if not row.rows:
        return None
    newest = row.newest
    if not isinstance(newest, datetime):
        return Leftover(name, row.rows, str(newest or ""))
    recent = now is not None and now - newest < _RECENT
    return Leftover(name, row.rows, f"{newest:%Y-%m-%d %H:%M}", recent)
