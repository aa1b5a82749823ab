"""Taking the next number from one of Counterpoint's text counters (CP §1.6.2, design §3).

Belongs here: the compare-and-swap. Does not: how a number goes up (rules/document_keys.py), or
which counter is meant. The tills use the same counters at the same time.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, Table, bindparam, select

from woocp_pipelines.counterpoint.statements import update_rows
from woocp_pipelines.rules.document_keys import increment_number
from woocp_pipelines.rules.problems import Problem, RefusedError

Taken = Callable[[Collection[str]], Collection[str]]
_MOST_TRIES: Final = 20
# Almost always the first number is free; only then is it worth asking for many.
_FIRST_LOOK: Final = 5
_LOOK_AHEAD: Final = 100
_MOST_LOOKS: Final = 20


def next_numbers(
    connection: Connection,
    table: Table,
    columns: Mapping[str, int],
    key: Mapping[str, Any],
    *,
    taken: Taken = lambda _: (),
) -> dict[str, str]:
    """Take a number of each counter in one row: read, look, and one swap for all of them.

    A rollback of the caller's transaction gives them back.

    Args: as of `next_series`, but for the count, which is one.
    """
    taken_now = next_series(connection, table, columns, key, 1, taken=taken)
    return {name: numbers[0] for name, numbers in taken_now.items()}


def read_counter(
    connection: Connection, table: Table, column: str, longest: int, key: Mapping[str, Any]
) -> str:
    """The number that a counter gives next; nothing is taken.

    Raises:
        RefusedError: NO_COUNTER, as taking it would.
    """
    row = connection.execute(_counters(table, (column,), tuple(key)), dict(key)).mappings()
    return _checked(table, column, key, row.one_or_none(), longest)


def next_series(
    connection: Connection,
    table: Table,
    columns: Mapping[str, int],
    key: Mapping[str, Any],
    count: int,
    *,
    taken: Taken = lambda _: (),
) -> dict[str, list[str]]:
    """Take so many numbers of each counter in one row, with one swap for all of them.

    Args:
        connection: in a transaction that writes.
        table: where the counters are, such as SY_WRKGRP.
        columns: they hold the next number, such as NXT_CUST_NO, and its longest length: 15, or 12
            for order numbers that tickets extend.
        key: the counters' row.
        count: how many of each, at least one; they come as the counter counts them.
        taken: which of some numbers are in use already; a counter that somebody passed by is
            moved past them, never handed out again (CP §6.1 bugs 2 and 3).

    Raises:
        RefusedError: NO_COUNTER, COUNTER_EXHAUSTED, or COUNTER_BUSY (passes by itself).
    """
    counters = _counters(table, tuple(columns), tuple(key))
    for _ in range(_MOST_TRIES):
        row = connection.execute(counters, dict(key)).mappings().one_or_none()
        read = {name: _checked(table, name, key, row, longest) for name, longest in columns.items()}
        numbers = _first_free(table, read, columns, count, taken)
        following = {name: increment_number(numbers[name][-1], columns[name]) for name in columns}
        if update_rows(connection, table, {**key, **read}, following) == 1:
            return numbers
    raise RefusedError(
        Problem(
            code="COUNTER_BUSY",
            field=", ".join(f"{table.name}.{name}" for name in columns),
            found=f"changed by others {_MOST_TRIES} times in a row, or counted by a trigger of "
            f"{table.name}",
            expected="a number that stays long enough to be taken",
            next_step="nothing: it is tried again; if it stays so, see that the triggers of "
            f"{table.name} SET NOCOUNT ON",
            retryable=True,
        )
    )


@lru_cache
def _counters(table: Table, columns: tuple[str, ...], key: tuple[str, ...]) -> Select[Any]:
    row = (table.c[name] == bindparam(name) for name in key)
    return select(*(table.c[name] for name in columns)).where(*row)


def _first_free(
    table: Table, starts: Mapping[str, str], longest: Mapping[str, int], count: int, taken: Taken
) -> dict[str, list[str]]:
    """The first free numbers of each counter; one look for all of them while they need one."""
    series = {name: _series(start, longest[name]) for name, start in starts.items()}
    found: dict[str, list[str]] = {name: [] for name in starts}
    for look in range(_MOST_LOOKS):
        size = _LOOK_AHEAD if look else _FIRST_LOOK + count - 1
        short = [name for name in starts if len(found[name]) < count]
        batches = {name: list(islice(series[name], size)) for name in short}
        used = set(taken([number for batch in batches.values() for number in batch]))
        for name, batch in batches.items():
            found[name] += [number for number in batch if number not in used]
        if all(len(numbers) >= count for numbers in found.values()):
            return {name: numbers[:count] for name, numbers in found.items()}
    stuck = next(name for name in starts if len(found[name]) < count)
    raise _exhausted(f"{table.name}.{stuck}", starts[stuck], count, len(found[stuck]))


def _exhausted(name: str, start: str, count: int, free: int) -> RefusedError:
    passed = _FIRST_LOOK + count - 1 + (_MOST_LOOKS - 1) * _LOOK_AHEAD - 1
    all_but = f", but for {free}; {count} were wanted" if free else ""
    return RefusedError(
        Problem(
            code="COUNTER_EXHAUSTED",
            field=name,
            found=f"{start} and the {passed} numbers after it are in use{all_but}",
            expected="a free number near the counter",
            next_step=f"set {name} past the numbers that are in use; then replay",
        )
    )


def _series(number: str, max_length: int) -> Iterator[str]:
    while True:
        yield number
        number = increment_number(number, max_length)


def _checked(
    table: Table, name: str, key: Mapping[str, Any], row: RowMapping | None, longest: int
) -> str:
    read: str = (row[name] if row else None) or ""
    if 0 < len(read) <= longest:
        return read
    place = ", ".join(f"{column} {value}" for column, value in key.items())
    if row is None:
        found = f"no row of {table.name} with {place}"
    else:
        found = f"{read!r}, {len(read)} characters" if read else "an empty counter"
        found += f" in the row with {place}"
    raise RefusedError(
        Problem(
            code="NO_COUNTER",
            field=f"{table.name}.{name}",
            found=found,
            expected=f"the next number, 1 to {longest} characters",
            next_step=f"set {table.name}.{name} in Counterpoint, or correct [counterpoint] in "
            "woocp.toml; then replay",
        )
    )
