"""What is made of counters, of numbers beyond them, and of strangers at the station (CP §7 Q5)."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from woocp_pipelines.rules.doctor.findings import Finding
from woocp_pipelines.settings import Counterpoint


class _Beyond(Protocol):
    @property
    def count(self) -> int: ...
    @property
    def highest(self) -> str: ...


class _Strangers(Protocol):
    @property
    def table(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def example(self) -> str: ...
    @property
    def user(self) -> str: ...


def judge_beyond(
    beyond: _Beyond | None, number: str, table: str, column: str, what: str
) -> Iterator[Finding]:
    """Numbers that the counter will still come to."""
    if beyond is None:
        return
    many = f"{beyond.count} {what} are" if beyond.count > 1 else f"one of the {what} is"
    yield Finding(
        id="numbers.beyond_counter",
        level="yellow",
        table=table,
        column=column,
        found=f"next is {number}, but {many} numbered from there on, up to {beyond.highest}",
        expected="no number in use from the counter on",
        why="somebody numbers without the counter, as the old scripts did; woocp passes by what "
        "is taken, a till does not",
        fix=f"set the counter in Counterpoint beyond {beyond.highest}, and stop who numbers "
        "without it",
    )


def judge_strangers(found: Iterable[_Strangers], where: Counterpoint) -> Iterator[Finding]:
    """The web station is nobody else's: its numbers and ids must not meet a till's."""
    for each in found:
        yield Finding(
            id="numbers.station_is_shared",
            level="yellow",
            table=each.table,
            column="STA_ID",
            found=f"{each.count} documents of station {where.station} by another user than "
            f"{where.user}, such as {each.example} by {each.user}",
            expected=f"documents of {where.user} only",
            why="two who count at one station wait for each other, and reports mix till and web",
            fix="give the web a station of its own in counterpoint.station, or let the till use "
            "another",
        )
