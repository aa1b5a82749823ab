"""When the database refuses one record: which errors those are, and what people are told.

Belongs here: telling a record's fault (a constraint, a value too long) from a fault of the database
(down, locked, without our tables), which concerns every record and stops a run.
"""

import re
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from woocp_pipelines.counterpoint.connection_failures import connection_failure, sqlstate
from woocp_pipelines.counterpoint.engine import may_be_repeated
from woocp_pipelines.rules.problems import Problem

_FIRST_RAISED: Final = 50_000
_NUMBER: Final = re.compile(r"\((\d+)\) \(SQL")
# Whose words they are, before each message, and the driver's function after it.
_ENVELOPE: Final = re.compile(r"\[[0-9A-Z]{5}\] (?:\[[^\]]*\])+| \(SQL\w+\)")
_VALUES: Final = re.compile(
    r"(Truncated value: |duplicate key value is ).*?(?=\.? \(\d+\)|$)", re.S
)


def is_about_the_record(error: StatementError) -> bool:
    """True when another record could pass: a constraint, a length, a value of the wrong scale."""
    if not isinstance(error, DBAPIError):
        return True
    if error.connection_invalidated:
        return False
    return isinstance(error, IntegrityError | DataError) or _raised_by_trigger(error)


def problem_of_record(error: StatementError, table: str) -> Problem | None:
    """The refusal of one record; None when the error concerns every record."""
    if is_conflict(error):
        return busy_database(error, table)
    return refused_by_database(error, table) if is_about_the_record(error) else None


def shown(error: StatementError) -> str:
    """The database's message alone, without the values of the record: they are people's data.

    Of a connection that did not come about a sentence: the driver's text may quote the password.
    """
    failure = connection_failure(error)
    if failure is not None:
        return f"{failure} ({sqlstate(error) or type(error.orig).__name__})"
    # ODBC's errors are a state and a text, whose own form would be that of a Python tuple.
    text = str(error.orig.args[-1] if error.orig and sqlstate(error) else error.orig)
    return _VALUES.sub(r"\1(not shown)", _ENVELOPE.sub("", text))


def _raised_by_trigger(error: DBAPIError) -> bool:
    """RAISERROR and THROW of a trigger or procedure: numbers from 50000 on."""
    number = _NUMBER.search(str(error.orig))
    return number is not None and int(number[1]) >= _FIRST_RAISED


def is_conflict(error: StatementError) -> bool:
    """True when the record may pass a moment later, also after all repeating: others hold locks."""
    return isinstance(error, DBAPIError) and may_be_repeated(error)


def refused_by_database(error: StatementError, table: str) -> Problem:
    """The problem of a record that breaks a rule of the database; values are never shown."""
    return Problem(
        code="DATABASE_REFUSED",
        field=table,
        found=shown(error),
        expected="rows that keep the constraints of the database",
        next_step="run `woocp doctor`, correct what the message names; then replay",
    )


def busy_database(error: StatementError, table: str) -> Problem:
    """The problem of a record whose rows others keep locked."""
    return Problem(
        code="DATABASE_BUSY",
        field=table,
        found=shown(error),
        expected="rows that nobody keeps locked for long",
        next_step="nothing: it is tried again; if it stays so, see who holds the locks",
        retryable=True,
    )
