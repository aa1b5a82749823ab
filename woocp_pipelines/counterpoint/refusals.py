"""When the database refuses one record: which errors those are, and what people are told.

Belongs here: telling a record's fault (a constraint, a value too long) from a fault of the database
(down, locked, without our tables), which concerns every record and stops a run.
"""

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from woocp_pipelines.counterpoint.engine import may_be_repeated
from woocp_pipelines.rules.problems import Problem


def is_about_the_record(error: StatementError) -> bool:
    """True when another record could pass: a constraint, a length, a value of the wrong scale."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | DataError) and not error.connection_invalidated
    return True


def is_conflict(error: StatementError) -> bool:
    """True when the record may pass a moment later, also after all repeating: others hold locks."""
    return isinstance(error, DBAPIError) and may_be_repeated(error)


def refused_by_database(error: StatementError, table: str) -> Problem:
    """The problem of a record that breaks a rule of the database; values are never shown."""
    return Problem(
        code="DATABASE_REFUSED",
        field=table,
        found=str(error.orig),
        expected="rows that keep the constraints of the database",
        next_step="run `woocp doctor`, correct what the message names, then replay",
    )


def busy_database(error: StatementError, table: str) -> Problem:
    """The problem of a record whose rows others keep locked."""
    return Problem(
        code="DATABASE_BUSY",
        field=table,
        found=str(error.orig),
        expected="rows that nobody keeps locked for long",
        next_step="nothing: it is tried again; if it stays so, see who holds the locks",
        retryable=True,
    )
