"""One unit of work in one transaction, repeated when the database asks for it.

Belongs here: the repeating of a whole unit after a deadlock, a lock time-out, a snapshot conflict,
or a key that another writer (a till, a backfill) took meanwhile. What a unit does must come from
the database alone: it may run more than once.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from woocp_pipelines.counterpoint.engine import is_duplicate_key, may_be_repeated, writing

T = TypeVar("T")
Item = TypeVar("Item")
_ATTEMPTS: Final = 5


def in_transaction(database: Engine | Connection, work: Callable[[Connection], T]) -> T:
    """Run `work` in a transaction of its own and commit; an exception rolls it back.

    Args:
        database: an engine; or a connection without a transaction, for many units in a row:
            opening one for each costs a round trip or more.
        work: may run more than once.

    Raises:
        DBAPIError: also after five attempts, when each ended in a conflict.
    """
    retrying = Retrying(
        retry=retry_if_exception(_is_conflict),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )
    for attempt in retrying:
        with attempt, _begun(database) as connection:
            return work(connection)
    raise AssertionError("tenacity ends with a result or an exception")  # pragma: no cover


def each_in_transaction(
    engine: Engine, items: Iterable[Item], work: Callable[[Connection, Item], object]
) -> None:
    """Do every item in a transaction of its own: an exception ends it, what was done before stays.

    Raises:
        DBAPIError: as `in_transaction`.
    """
    for item in items:

        def of_one(connection: Connection, item: Item = item) -> None:
            work(connection, item)

        in_transaction(engine, of_one)


@contextmanager
def _begun(database: Engine | Connection) -> Iterator[Connection]:
    if isinstance(database, Engine):
        with writing(database) as connection:
            yield connection
        return
    with database.begin():
        yield database


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and (may_be_repeated(error) or is_duplicate_key(error))
