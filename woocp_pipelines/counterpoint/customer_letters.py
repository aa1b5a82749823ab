"""What dead letters already say about customers, read once for a whole run.

Belongs here: telling whether a problem is said already, or was settled by a person, so that a
second run writes none anew; counting all that are said again in one statement. Opening and closing
letters: dead_letters.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, or_, select, update

from woocp_pipelines.counterpoint.settled_letters import Said, SettledLetters, as_said
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.rules.problems import Problem


@dataclass(frozen=True, slots=True)
class CustomerLetters:
    """Letters by record key: the open ones, and those that people settled by hand."""

    open: Mapping[str, frozenset[Said]]
    settled: Mapping[str, frozenset[Said]]

    def say(self, key: str, problems: Collection[Problem]) -> bool:
        """True when the open letters of a record are exactly these problems."""
        return self.open.get(key, frozenset()) == _said(problems)

    def are_settled(self, key: str, problems: Collection[Problem]) -> bool:
        """True when a person has settled all these problems of a record, and none is open."""
        settled = SettledLetters(self.settled)
        return bool(problems) and key not in self.open and not settled.left(key, problems)

    def found(self, key: str, code: str) -> str | None:
        """What the letter of a record says was found; None where no such letter counts."""
        said = self.open.get(key) or self.settled.get(key) or frozenset()
        return next((found for known, _, found in sorted(said) if known == code), None)


NO_LETTERS: Final = CustomerLetters({}, {})


def read_customer_letters(connection: Connection, store_id: str) -> CustomerLetters:
    """Every letter about a customer that is open or was settled by hand, in one statement."""
    letter = USER_DEAD_LETTER.c
    statement = select(
        letter.RECORD_KEY, letter.CODE, letter.FIELD, letter.FOUND, letter.CLOSED_GMT
    ).where(
        letter.STORE_ID == store_id,
        letter.KIND == "customer",
        or_(letter.CLOSED_GMT.is_(None), letter.SETTLED_BY.is_not(None)),
    )
    opened: dict[str, set[Said]] = {}
    settled: dict[str, set[Said]] = {}
    for row in connection.execute(statement):
        found = opened if row.CLOSED_GMT is None else settled
        found.setdefault(row.RECORD_KEY, set()).add((row.CODE, row.FIELD, row.FOUND))
    return CustomerLetters(
        {key: frozenset(said) for key, said in opened.items()},
        {key: frozenset(said) for key, said in settled.items()},
    )


def keys_with_letters(
    connection: Connection, store_id: str, keys: Collection[str]
) -> frozenset[str]:
    """Which of these customers have an open letter."""
    letter = USER_DEAD_LETTER.c
    found: set[str] = set()
    for part in chunks(sorted(keys), MAX_PARAMETERS - 2):
        statement = select(letter.RECORD_KEY).where(
            letter.STORE_ID == store_id,
            letter.KIND == "customer",
            letter.RECORD_KEY.in_(part),
            letter.CLOSED_GMT.is_(None),
        )
        found |= set(connection.execute(statement).scalars())
    return frozenset(found)


def say_again(connection: Connection, store_id: str, keys: Collection[str], now: datetime) -> None:
    """Count one more attempt in the open letters of these records: they say it all already."""
    letter = USER_DEAD_LETTER
    for part in chunks(sorted(keys), MAX_PARAMETERS - 5):
        statement = (
            update(letter)
            .where(
                letter.c.STORE_ID == store_id,
                letter.c.KIND == "customer",
                letter.c.RECORD_KEY.in_(part),
                letter.c.CLOSED_GMT.is_(None),
            )
            .values(ATTEMPTS=letter.c.ATTEMPTS + 1, LAST_SEEN_GMT=now)
        )
        connection.execute(statement)


def is_settled(connection: Connection, store_id: str, key: str, problem: Problem) -> bool:
    """True when a person has settled this very problem of a record."""
    letter = USER_DEAD_LETTER.c
    statement = select(letter.CODE, letter.FIELD, letter.FOUND).where(
        letter.STORE_ID == store_id,
        letter.KIND == "customer",
        letter.RECORD_KEY == key,
        letter.SETTLED_BY.is_not(None),
    )
    return any(as_said(problem) == tuple(row) for row in connection.execute(statement))


def _said(problems: Collection[Problem]) -> frozenset[Said]:
    return frozenset(map(as_said, problems))
