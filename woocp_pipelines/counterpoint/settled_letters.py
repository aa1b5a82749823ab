"""Problems that people settled by hand: they are not said anew while they stay what they were.

Belongs here: the one rule of what counts as the same problem, and reading what was settled. Does
not: settling (settlements.py), nor opening and closing letters (dead_letters.py).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.rules.problems import Problem, ProblemKind
from woocp_pipelines.rules.text import cut_unicode

_TEXT: Final = 500
# Code, field and what was found, as the columns hold them.
Said = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SettledLetters:
    """What people settled by hand, by record key."""

    said: Mapping[str, Collection[Said]] = field(default_factory=dict)

    def left(self, key: str, problems: Iterable[Problem]) -> list[Problem]:
        """The problems of a record without those that a person has settled."""
        settled = self.said.get(key, ())
        return [one for one in problems if as_said(one) not in settled]


def as_said(problem: Problem) -> Said:
    """A problem as its letter holds it."""
    return problem.code, problem.field[:100], cut_unicode(problem.found, _TEXT)


def read_settled(connection: Connection, store_id: str, kind: ProblemKind) -> SettledLetters:
    """What people settled of records of one kind, in one statement."""
    letter = USER_DEAD_LETTER.c
    statement = select(letter.RECORD_KEY, letter.CODE, letter.FIELD, letter.FOUND).where(
        letter.STORE_ID == store_id, letter.KIND == kind, letter.SETTLED_BY.is_not(None)
    )
    found: dict[str, set[Said]] = {}
    for key, code, of_field, text in connection.execute(statement):
        found.setdefault(key, set()).add((code, of_field, text))
    return SettledLetters(found)
