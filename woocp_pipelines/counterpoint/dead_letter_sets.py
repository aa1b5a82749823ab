"""Dead letters of one code for many records at once: a few statements, however many they are.

Belongs here: what a run finds wrong in hundreds of records alike. Does not: the problems of one
record (dead_letters.py).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select, update

from woocp_pipelines.counterpoint.dead_letters import Record, letter_values
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks, insert_rows
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.rules.problems import Problem, ProblemKind


@dataclass(frozen=True, slots=True)
class LetterSet:
    """Which letters one caller speaks for, and all of them."""

    store_id: str
    flow: str
    kind: ProblemKind
    code: str


def report_all(
    connection: Connection,
    letters: LetterSet,
    found: Sequence[tuple[Record, Problem]],
    now: datetime,
) -> None:
    """Make the open letters of a set exactly these; the others are closed.

    What is open already is counted once more, by one statement for all. A letter whose text is
    another one by now is closed and written anew.

    Args:
        connection: of the transaction that knows the problems.
        letters: every record and problem found is one of it; a record has one at most.
        found: none when all are solved.
        now: UTC.
    """
    rows = {record.key: letter_values(record, problem, now) for record, problem in found}
    known = _read_open(connection, letters)
    same = {key for key in known.keys() & rows.keys() if known[key][1] == rows[key]["FOUND"]}
    _close(connection, [known[key][0] for key in known.keys() - same], now)
    if same:
        _count_again(connection, letters, now)
    first = {"ATTEMPTS": 1, "FIRST_SEEN_GMT": now}
    fresh = [{**rows[key], **first} for key in rows if key not in same]
    insert_rows(connection, USER_DEAD_LETTER, fresh)


def _read_open(connection: Connection, letters: LetterSet) -> Mapping[str, tuple[int, str]]:
    """Id and text of the open letters by record key."""
    table = USER_DEAD_LETTER.c
    statement = select(table.RECORD_KEY, table.DEAD_LETTER_ID, table.FOUND)
    rows = connection.execute(statement.where(_is_open(letters)))
    return {key: (letter_id, text) for key, letter_id, text in rows}


def _close(connection: Connection, letter_ids: Collection[int], now: datetime) -> None:
    table = USER_DEAD_LETTER.c
    for part in chunks(sorted(letter_ids), MAX_PARAMETERS - 1):
        mine = and_(table.DEAD_LETTER_ID.in_(part), table.CLOSED_GMT.is_(None))
        connection.execute(update(USER_DEAD_LETTER).where(mine).values(CLOSED_GMT=now))


def _count_again(connection: Connection, letters: LetterSet, now: datetime) -> None:
    """Of all that are open: the solved ones are closed before, and new ones come after."""
    attempts = USER_DEAD_LETTER.c.ATTEMPTS + 1
    values = {"LAST_SEEN_GMT": now, "ATTEMPTS": attempts}
    connection.execute(update(USER_DEAD_LETTER).where(_is_open(letters)).values(values))


def _is_open(letters: LetterSet) -> ColumnElement[bool]:
    table = USER_DEAD_LETTER.c
    return and_(
        table.STORE_ID == letters.store_id,
        table.KIND == letters.kind,
        table.FLOW == letters.flow,
        table.CODE == letters.code,
        table.CLOSED_GMT.is_(None),
    )
