"""Taking the next number from one of Counterpoint's text counters (CP §1.6.2, design §3).

Belongs here: the compare-and-swap. Does not: how a number goes up (rules/document_keys.py), or
which counter is meant. The tills use the same counters at the same time.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, select, update

from woocp_pipelines.rules.document_keys import MAX_NUMBER, increment_number
from woocp_pipelines.rules.problems import Problem, RefusedError

Taken = Callable[[Collection[str]], Collection[str]]
_MOST_TRIES: Final = 20
_LOOK_AHEAD: Final = 100
_MOST_LOOKS: Final = 20


def next_number(
    connection: Connection,
    table: Table,
    column: str,
    key: Mapping[str, Any],
    *,
    taken: Taken = lambda _: (),
    max_length: int = MAX_NUMBER,
) -> str:
    """Take a number inside the caller's transaction: a rollback gives it back.

    Args:
        connection: in a transaction that writes.
        table: where the counter is, such as SY_WRKGRP.
        column: holds the next number, such as NXT_CUST_NO.
        key: the counter's row.
        taken: which of some numbers are in use already; a counter that somebody passed by is
            moved past them, never handed out again (CP §6.1 bugs 2 and 3).
        max_length: 15, or 12 for order numbers that tickets extend.

    Raises:
        RefusedError: NO_COUNTER, COUNTER_EXHAUSTED, or COUNTER_BUSY (passes by itself).
    """
    where = and_(*(table.c[name] == value for name, value in key.items()))
    name = f"{table.name}.{column}"
    for _ in range(_MOST_TRIES):
        read = connection.execute(select(table.c[column]).where(where)).scalar_one_or_none()
        if not read or len(read) > max_length:
            raise _no_counter(name, key, read, max_length)
        number = _first_free(name, read, taken, max_length)
        swap = update(table).where(where, table.c[column] == read)
        following = increment_number(number, max_length)
        if connection.execute(swap.values({column: following})).rowcount == 1:
            return number
    raise RefusedError(
        Problem(
            code="COUNTER_BUSY",
            field=name,
            found=f"changed by others {_MOST_TRIES} times in a row",
            expected="a number that stays long enough to be taken",
            next_step="nothing: it is tried again",
            retryable=True,
        )
    )


def _first_free(name: str, start: str, taken: Taken, max_length: int) -> str:
    numbers = _series(start, max_length)
    for _ in range(_MOST_LOOKS):
        batch = list(islice(numbers, _LOOK_AHEAD))
        used = set(taken(batch))
        free = next((number for number in batch if number not in used), None)
        if free is not None:
            return free
    raise RefusedError(
        Problem(
            code="COUNTER_EXHAUSTED",
            field=name,
            found=f"{start} and the {_MOST_LOOKS * _LOOK_AHEAD - 1} numbers after it are in use",
            expected="a free number near the counter",
            next_step=f"set {name} past the numbers that are in use",
        )
    )


def _series(number: str, max_length: int) -> Iterator[str]:
    while True:
        yield number
        number = increment_number(number, max_length)


def _no_counter(name: str, key: Mapping[str, Any], read: str | None, longest: int) -> RefusedError:
    row = ", ".join(f"{column} {value}" for column, value in key.items())
    return RefusedError(
        Problem(
            code="NO_COUNTER",
            field=name,
            found=f"{read!r} for {row}",
            expected=f"the next number, 1 to {longest} characters",
            next_step=f"set {name} in Counterpoint, or correct [counterpoint] in woocp.toml",
        )
    )
