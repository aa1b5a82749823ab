"""Refused records: kept with their reason until solved (design §3, CP §3.9).

Belongs here: opening, closing and reading USER_DEAD_LETTER. What is wrong is rules/problems.py;
what people settle by hand is settlements.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from woocp_pipelines.counterpoint.statements import with_nulls
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.rules.problems import Problem, ProblemKind
from woocp_pipelines.rules.text import cut_unicode

_TEXT = 500
_SKU = 100
_OPEN = select(
    USER_DEAD_LETTER.c.DEAD_LETTER_ID, USER_DEAD_LETTER.c.CODE, USER_DEAD_LETTER.c.FIELD
).where(
    USER_DEAD_LETTER.c.STORE_ID == bindparam("store"),
    USER_DEAD_LETTER.c.KIND == bindparam("kind"),
    USER_DEAD_LETTER.c.RECORD_KEY == bindparam("key"),
    USER_DEAD_LETTER.c.CLOSED_GMT.is_(None),
)


@dataclass(frozen=True, slots=True)
class Record:
    """Whose dead letter it is. `key` identifies the record among those of its kind."""

    store_id: str
    flow: str
    kind: ProblemKind
    key: str
    woo_order_id: int | None = None
    woo_order_number: str | None = None
    woo_customer_id: int | None = None
    cust_no: str | None = None
    sku: str | None = None
    json: str | None = None


def report_problems(
    connection: Connection,
    record: Record,
    problems: Sequence[Problem],
    now: datetime,
    next_attempt: datetime | None = None,
    *,
    codes: Collection[str] | None = None,
) -> None:
    """Make the record's open dead letters exactly these problems; solved ones are closed.

    Args:
        connection: of the transaction that knows the problems.
        record: whose they are.
        problems: none when all are solved.
        now: UTC.
        next_attempt: when a retryable record is tried again.
        codes: the codes that this caller speaks for; letters of others stay open. None: of all.
    """
    keep = {(problem.code, problem.field[:100]) for problem in problems}
    open_now = {(row["CODE"], row["FIELD"]): row for row in _open(connection, record, codes)}
    for key, row in open_now.items():
        if key not in keep:
            _close(connection, row["DEAD_LETTER_ID"], now)
    for problem in _one_per_key(problems):
        known = open_now.get((problem.code, problem.field[:100]))
        values = with_nulls(letter_values(record, problem, now, next_attempt))
        if known is None or not _say_again(connection, known["DEAD_LETTER_ID"], values):
            connection.execute(
                insert(USER_DEAD_LETTER).values(**values, ATTEMPTS=1, FIRST_SEEN_GMT=now)
            )


def close_problems(connection: Connection, record: Record, now: datetime) -> None:
    """The record went through: close all its open dead letters."""
    report_problems(connection, record, (), now)


def read_dead_letters(
    connection: Connection, store_id: str, *, include_closed: bool = False
) -> list[Mapping[str, Any]]:
    """Dead letters, oldest first; open ones only unless asked otherwise."""
    table = USER_DEAD_LETTER
    statement = select(table).where(table.c.STORE_ID == store_id).order_by(table.c.DEAD_LETTER_ID)
    if not include_closed:
        statement = statement.where(table.c.CLOSED_GMT.is_(None))
    return [dict(row) for row in connection.execute(statement).mappings()]


def _one_per_key(problems: Sequence[Problem]) -> Collection[Problem]:
    return {(problem.code, problem.field[:100]): problem for problem in problems}.values()


def _say_again(connection: Connection, dead_letter_id: int, values: Mapping[str, Any]) -> bool:
    """Bring an open letter up to date; False when a person settled it meanwhile."""
    table = USER_DEAD_LETTER
    statement = (
        update(table)
        # What a settled letter holds is what the person accepted.
        .where(table.c.DEAD_LETTER_ID == dead_letter_id, table.c.CLOSED_GMT.is_(None))
        .values(**values, ATTEMPTS=table.c.ATTEMPTS + 1)
    )
    return connection.execute(statement).rowcount == 1


def _open(
    connection: Connection, record: Record, codes: Collection[str] | None
) -> list[Mapping[str, Any]]:
    statement = _OPEN
    if codes is not None:
        statement = _OPEN.where(USER_DEAD_LETTER.c.CODE.in_(list(codes)))
    whose = {"store": record.store_id, "kind": record.kind, "key": record.key}
    return [dict(row) for row in connection.execute(statement, whose).mappings()]


def _close(connection: Connection, dead_letter_id: int, now: datetime) -> None:
    connection.execute(
        update(USER_DEAD_LETTER)
        .where(
            USER_DEAD_LETTER.c.DEAD_LETTER_ID == dead_letter_id,
            USER_DEAD_LETTER.c.CLOSED_GMT.is_(None),
        )
        .values(CLOSED_GMT=now)
    )


def letter_values(
    record: Record, problem: Problem, now: datetime, next_attempt: datetime | None = None
) -> dict[str, Any]:
    """What a letter says, by column; texts are cut to what the columns hold."""
    return {
        "STORE_ID": record.store_id,
        "FLOW": record.flow,
        "KIND": record.kind,
        "RECORD_KEY": record.key,
        "WOO_ORDER_ID": record.woo_order_id,
        "WOO_ORDER_NO": record.woo_order_number,
        "WOO_CUSTOMER_ID": record.woo_customer_id,
        "CUST_NO": record.cust_no or problem.cust_no,
        "SKU": cut_unicode(record.sku or problem.sku or "", _SKU) or None,
        "CODE": problem.code,
        "FIELD": problem.field[:100],
        "FOUND": cut_unicode(problem.found, _TEXT),
        "EXPECTED": cut_unicode(problem.expected, _TEXT),
        "ARITHMETIC": cut_unicode(problem.arithmetic, _TEXT),
        "NEXT_STEP": cut_unicode(problem.next_step, _TEXT),
        "RETRYABLE": problem.retryable,
        "LAST_SEEN_GMT": now,
        "NEXT_ATTEMPT_GMT": next_attempt,
        "RECORD_JSON": record.json,
    }
