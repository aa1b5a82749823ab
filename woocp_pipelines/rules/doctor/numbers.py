"""What is made of counters, numbers beyond them, and who shares the station (CP §7 Q5, Q6)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from woocp_pipelines.rules.doctor.findings import DOCUMENTS, Finding, Flows
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings import Counterpoint

# What a person makes in Counterpoint, so that there is a row with counters.
_SET_UP: Final[Mapping[str, str]] = {
    "PS_STA_CFG_PS": "the station's point-of-sale configuration",
    "PS_STR_CFG_PS": "the store's point-of-sale configuration",
    "SY_WRKGRP": "the workgroup",
}


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


def is_number(number: str) -> bool:
    """Whether anything in it counts; letters alone would count, too (CP §1.6.2), by a typo."""
    return any(character.isdecimal() for character in number)


def no_number(number: str, table: str, column: str, stops: Flows) -> Finding:
    """Counterpoint's rule goes on from any text, so a slip of the pen becomes a number."""
    return Finding(
        id="numbers.counter",
        level="red",
        table=table,
        column=column,
        found=f"{number!r}, which has no digit",
        expected="a number such as O109-000001 or 10001",
        why=f"the next web {_counted(stops)} would be numbered {number!r} for good, and so on "
        "from there",
        fix=f"set {table}.{column} in Counterpoint to the next free number",
        stops=stops,
    )


def no_counter(problem: Problem, table: str, column: str, stops: Flows) -> Finding:
    """The counter is empty, too long or not there."""
    return Finding(
        id="numbers.counter",
        level="red",
        table=table,
        column=column,
        found=problem.found,
        expected=problem.expected,
        why=f"no web {_counted(stops)} can be numbered",
        fix=f"set {table}.{column} in Counterpoint to the next free number (where there is no row, "
        f"set up {_SET_UP[table]} there first), or correct [counterpoint] in woocp.toml when it "
        "names the wrong row",
        stops=stops,
    )


def not_automatic(table: str, column: str, key: Mapping[str, str]) -> Finding:
    """People type numbers where a counter could count."""
    return Finding(
        id="numbers.not_automatic",
        level="yellow",
        table=table,
        column=column,
        found=f"'N' in the row with {', '.join(f'{name} {code}' for name, code in key.items())}",
        expected="'Y'",
        why="a till asks its clerk for a number there instead of counting; woocp counts on all the "
        "same, and passes by what is taken",
        fix="switch automatic numbers on at this counter in Counterpoint",
    )


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


def judge_namesakes(
    found: Sequence[tuple[str, str]], store_no: int, station_no: int
) -> Iterator[Finding]:
    """The web station's number is its own: DOC_ID is made of it (CP §1.6.1)."""
    if not found:
        return
    others = ", ".join(f"station {station} of store {store}" for store, station in found)
    yield Finding(
        id="numbers.station_number",
        level="red",
        table="PS_STA",
        column="STA_NO",
        found=f"{station_no} (store number {store_no}), which is also that of {others}",
        expected="a number that no other station has",
        why="DOC_ID is made of it: web documents get ids in the part of the other station, and "
        "two documents may come to the same id",
        fix="give the web station a number of its own in Counterpoint, or name another station "
        "in counterpoint.station",
        stops=DOCUMENTS,
    )


def _counted(stops: Flows) -> str:
    return "document" if stops == DOCUMENTS else "customer"
