"""Reads what the syncs' health is judged by: a fixed number of small statements.

Belongs here: the statements. What is too old is decided in rules/health.py. None reads a table as
a whole: each goes by an index of ours (status, open letters, flow and start).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, RowMapping, and_, case, distinct, func, inspect, select

from woocp_pipelines.counterpoint.statements import database_now, table_exists
from woocp_pipelines.counterpoint.tables import (
    METADATA,
    USER_DEAD_LETTER,
    USER_ORDER_STAGING,
    USER_STORE_OUTBOX,
    USER_SYNC_LOG,
)
from woocp_pipelines.rules.health_facts import RECORDS_SHOWN, FailedRun, Letters
from woocp_pipelines.rules.text import cut_unicode

LETTER_HOURS: Final = (1, 6, 24)
# Errors that say of the store as a whole that it cannot be used (woocommerce/errors.py).
STORE_IS_AWAY: Final = frozenset(
    {"AuthenticationFailed", "Redirected", "StoreUnavailable", "NotReachable", "NotJson"}
)
_HOUR: Final = timedelta(hours=1)
_RUNS_SHOWN: Final = 50
_ERROR: Final = 200


def missing_tables(connection: Connection) -> list[str]:
    """Counterpoint's tables and ours that this login does not see; one statement for all."""
    there = {name.upper() for name in inspect(connection).get_table_names()}
    return sorted(set(METADATA.tables) - there)


def is_upgraded(connection: Connection) -> bool:
    """Whether the tables are woocp's: the old scripts had some of the same names."""
    return table_exists(connection, USER_ORDER_STAGING.name, "CLAIM_TOKEN")


def read_pending(connection: Connection, store_id: str) -> tuple[int, datetime | None]:
    """Orders that wait to be booked, claimed ones included: how many, the oldest since when."""
    table = USER_ORDER_STAGING
    statement = select(func.count(), func.min(table.c.STAGED_GMT)).where(
        table.c.STORE_ID == store_id, table.c.STATUS.in_(("PENDING", "CLAIMED"))
    )
    count, oldest = connection.execute(statement).one()
    return int(count), oldest


def read_expired_claims(connection: Connection, store_id: str) -> tuple[int, datetime | None]:
    """Orders whose claim ran out and was not taken over: how many, the oldest since when."""
    table = USER_ORDER_STAGING
    statement = select(func.count(), func.min(table.c.CLAIM_UNTIL_GMT)).where(
        table.c.STORE_ID == store_id,
        table.c.STATUS == "CLAIMED",
        # By the clock that set it.
        table.c.CLAIM_UNTIL_GMT < database_now(connection),
    )
    count, oldest = connection.execute(statement).one()
    return int(count), oldest


def read_letters(connection: Connection, store_id: str, now: datetime) -> dict[str, Letters]:
    """Open dead letters by kind, counted by record, with the oldest few."""
    table = USER_DEAD_LETTER
    is_open = and_(table.c.STORE_ID == store_id, table.c.CLOSED_GMT.is_(None))
    over = [
        func.count(
            distinct(
                case((table.c.FIRST_SEEN_GMT < now - hours * _HOUR, table.c.RECORD_KEY)),
            )
        )
        for hours in LETTER_HOURS
    ]
    statement = (
        select(
            table.c.KIND,
            func.count(distinct(table.c.RECORD_KEY)),
            func.min(table.c.FIRST_SEEN_GMT),
            *over,
        )
        .where(is_open)
        .group_by(table.c.KIND)
        .order_by(table.c.KIND)
    )
    return {
        kind: Letters(
            int(count),
            oldest,
            dict(zip(LETTER_HOURS, map(int, counts), strict=True)),
            _oldest_letters(connection, store_id, kind),
        )
        for kind, count, oldest, *counts in connection.execute(statement).all()
    }


def _oldest_letters(connection: Connection, store_id: str, kind: str) -> tuple[str, ...]:
    table = USER_DEAD_LETTER
    statement = (
        select(
            table.c.RECORD_KEY,
            table.c.WOO_ORDER_NO,
            table.c.SKU,
            table.c.CODE,
            table.c.FIELD,
        )
        .where(table.c.STORE_ID == store_id, table.c.CLOSED_GMT.is_(None), table.c.KIND == kind)
        .order_by(table.c.FIRST_SEEN_GMT, table.c.DEAD_LETTER_ID)
        .limit(RECORDS_SHOWN)
    )
    rows = connection.execute(statement).mappings()
    return tuple(f"{kind} {_name(row)}: {row['CODE']} ({row['FIELD']})" for row in rows)


def _name(row: RowMapping) -> str:
    return str(row["WOO_ORDER_NO"] or row["SKU"] or row["RECORD_KEY"])


def read_unsent(connection: Connection, store_id: str) -> tuple[int, datetime | None]:
    """Notes that the store has not got: how many, the oldest since when."""
    table = USER_STORE_OUTBOX
    statement = select(func.count(), func.min(table.c.CREATED_GMT)).where(
        table.c.STORE_ID == store_id, table.c.STATUS == "PENDING"
    )
    count, oldest = connection.execute(statement).one()
    return int(count), oldest


def read_last_success(
    connection: Connection, store_id: str, flows: Iterable[str]
) -> dict[str, datetime | None]:
    """When each flow last ended well; None where no such run is recorded."""
    table = USER_SYNC_LOG
    found = {}
    for flow in flows:
        statement = (
            select(table.c.ENDED_GMT)
            .where(
                table.c.STORE_ID == store_id,
                table.c.FLOW == flow,
                table.c.SUCCESS == True,  # noqa: E712 - SQL
            )
            .order_by(table.c.STARTED_GMT.desc())
            .limit(1)
        )
        found[flow] = connection.execute(statement).scalar_one_or_none()
    return found


def read_failed_runs(
    connection: Connection, store_id: str, flows: Iterable[str], now: datetime
) -> list[FailedRun]:
    """Flows that ended by an error in the last hour, oldest first; who started one before it."""
    table = USER_SYNC_LOG
    statement = (
        select(table.c.SYNC_ID, table.c.FLOW, table.c.ENDED_GMT, table.c.ERROR_MESSAGE)
        .where(
            table.c.STORE_ID == store_id,
            table.c.FLOW.in_(list(flows)),
            table.c.STARTED_GMT >= now - _HOUR,
            table.c.SUCCESS == False,  # noqa: E712 - SQL
        )
        # Who starts another flow writes its row after it.
        .order_by(table.c.STARTED_GMT.desc(), table.c.LOG_ID)
        .limit(_RUNS_SHOWN)
    )
    rows = connection.execute(statement).all()
    return [_failed_run(*row) for row in reversed(rows)]


def _failed_run(run_id: str, flow: str, ended: datetime, error: str | None) -> FailedRun:
    said = error or "without a word"
    # flows/context.py writes the class of the error before its text.
    name = said.partition(":")[0]
    return FailedRun(run_id, flow, ended, cut_unicode(said, _ERROR), name in STORE_IS_AWAY)
