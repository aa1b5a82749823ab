"""What ends a run, at the edge of an asset: permanent or transient, in the error's own words.

Belongs here: which errors may pass by themselves. Does not: refused records, which are data.

Dagster repeats an op on any exception when it has a RetryPolicy. Every error is therefore turned
into a `dg.Failure` that says whether repeating makes sense: only transient ones are repeated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import dagster as dg
from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.connection_failures import connection_failure, sqlstate
from woocp_pipelines.counterpoint.engine import may_be_repeated
from woocp_pipelines.counterpoint.locks import LockBusyError
from woocp_pipelines.counterpoint.refusals import shown
from woocp_pipelines.flows.doctor.gate import UnansweredError
from woocp_pipelines.flows.inventory_breaker import BreakerTripped
from woocp_pipelines.woocommerce.errors import StoreError

# SQLSTATE classes: 08 connection lost or not made, HYT time-out expired.
_PASSING_STATES: Final = ("08", "HYT")


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn whatever a flow raises into a failure that people can act on."""
    try:
        yield
    except Exception as error:
        raise failure_of(error) from error


def failure_of(error: Exception) -> dg.Failure:
    """The failure to raise for an error; its description is the error's own sentence."""
    transient = is_transient(error)
    return dg.Failure(
        description=_sentence(error),
        metadata={
            "error": type(error).__name__,
            "passes_by_itself": transient,
            "database_is_away": _is_away(error),
            "next_step": _next_step(error, transient=transient),
        },
        allow_retries=transient,
    )


def is_transient(error: Exception) -> bool:
    """True when the same run may pass a little later."""
    if isinstance(error, StoreError):
        return error.transient
    if isinstance(error, DBAPIError):
        return _is_lost(error) or may_be_repeated(error)
    return isinstance(error, LockBusyError | UnansweredError)


def _is_lost(error: DBAPIError) -> bool:
    return error.connection_invalidated or sqlstate(error).startswith(_PASSING_STATES)


def _is_away(error: BaseException | None) -> bool:
    """True when nobody can use the database, also for a reason that does not pass by itself."""
    if isinstance(error, UnansweredError):
        return _is_away(error.__cause__)
    return isinstance(error, DBAPIError) and (
        _is_lost(error) or connection_failure(error) is not None
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, DBAPIError):
        # str(error) would append the statement, which hides the reason in a wall of SQL.
        return f"Counterpoint's database: {shown(error)}"
    # Our own errors are sentences; of others the text alone may be no more than a key.
    return str(error) if _is_ours(error) else f"{type(error).__name__}: {error}"


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.startswith(__name__.partition(".")[0])


def _next_step(error: Exception, *, transient: bool) -> str:
    if isinstance(error, StoreError):
        return error.next_step
    if isinstance(error, BreakerTripped):
        return (
            "run inventory_sync in plan mode and look; if it is right, run approve_stock_change "
            f"with run: {error.run_id}"
        )
    if isinstance(error, DBAPIError) and not transient:
        return "check that `woocp db upgrade` was run and that the login may read and write"
    if transient:
        return "wait, it is tried again"
    return "see the message" if _is_ours(error) else "report it to woocp with this run's log"
