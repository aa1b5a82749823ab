"""What doctor says: findings, their levels, and which flows they stop (design §6).

Belongs here: the shape of a finding and of the whole examination. Does not: any judgement.
Red is what would be written wrongly or could not be written at all; yellow is what people should
look at; unknown is what a system did not answer, which is never red.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings import FlowName

Level = Literal["red", "yellow", "unknown"]
Status = Literal["green", "yellow", "red"]
Flows = tuple[FlowName, ...]

LEVELS: Final[tuple[Level, ...]] = ("red", "yellow", "unknown")
ALL_FLOWS: Final[Flows] = (
    "customers",
    "orders",
    "documents",
    "inventory",
    "outbox",
    "fulfilment",
)
# Whoever asks the store; documents are made from what is staged.
STORE_FLOWS: Final[Flows] = ("customers", "orders", "inventory", "outbox", "fulfilment")
# Whoever gives a web order its document, and a web customer a number.
DOCUMENTS: Final[Flows] = ("documents",)
CUSTOMERS: Final[Flows] = ("customers", "documents")
# Whoever writes to the store.
KEY_WRITERS: Final[Flows] = ("inventory", "outbox", "fulfilment", "customers")
_EXIT_CODES: Final[dict[Status, int]] = {"green": 0, "yellow": 1, "red": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be: what, why it matters, how to mend it.

    `stops`: the flows that must not write while this is red. `table` and `column` are
    Counterpoint's; None where it is about the store or a setting.
    """

    id: str
    level: Level
    found: str
    expected: str
    why: str
    fix: str
    table: str | None = None
    column: str | None = None
    stops: Flows = ()

    def to_json(self) -> dict[str, str | list[str] | None]:
        """The keys of design §6, and the flows that it stops."""
        return {
            "id": self.id,
            "level": self.level,
            "table": self.table,
            "column": self.column,
            "found": self.found,
            "expected": self.expected,
            "why": self.why,
            "fix": self.fix,
            "stops": list(self.stops),
        }

    @property
    def place(self) -> str:
        """Table and column, or the id where there are none."""
        return ".".join(part for part in (self.table, self.column) if part) or self.id

    def sentence(self) -> str:
        """One line for logs and error texts."""
        return f"{self.place}: found {self.found}, expected {self.expected}; {self.fix}"


@dataclass(frozen=True, slots=True)
class ByHand:
    """What no table and no answer tells, so that a person must look."""

    what: str
    why: str
    how: str

    def to_json(self) -> dict[str, str]:
        """As it stands beside the findings."""
        return {"what": self.what, "why": self.why, "how": self.how}


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings, red ones first, and what could not be looked at.

    `asked` counts the checks that were made; `not_asked` names those whose system is away or is
    another than it should be.
    """

    findings: tuple[Finding, ...]
    by_hand: tuple[ByHand, ...] = ()
    asked: int = 0
    not_asked: tuple[str, ...] = ()
    green: int = 0

    @property
    def status(self) -> Status:
        """Red with a red finding, yellow with any other, else green."""
        if any(each.level == "red" for each in self.findings):
            return "red"
        return "yellow" if self.findings else "green"

    @property
    def exit_code(self) -> int:
        """0 green, 1 yellow or unknown, 2 red."""
        return _EXIT_CODES[self.status]

    @property
    def counts(self) -> dict[str, int]:
        """Findings by level, and checks."""
        levels: dict[str, int] = {level: _count(self.findings, level) for level in LEVELS}
        return {
            **levels,
            "checks": self.asked,
            "green": self.green,
            "not_asked": len(self.not_asked),
        }

    def to_json(self) -> dict[str, Any]:
        """The document of `woocp doctor --json`."""
        return {
            "status": self.status,
            "counts": self.counts,
            "findings": [each.to_json() for each in self.findings],
            "by_hand": [each.to_json() for each in self.by_hand],
            "not_asked": list(self.not_asked),
        }


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Red first, then yellow, then unknown; in each as they were found."""
    return tuple(sorted(findings, key=lambda each: LEVELS.index(each.level)))


def stopping(findings: Iterable[Finding], flow: FlowName) -> list[Finding]:
    """The red findings while which this flow must not write."""
    return [each for each in findings if each.level == "red" and flow in each.stops]


def of_problem(
    problem: Problem,
    *,
    id: str,  # noqa: A002 - the finding's own word
    level: Level,
    why: str,
    table: str,
    column: str | None,
    fix: str,
    stops: Flows = (),
) -> Finding:
    """What a booking would be refused for, as a finding: the rule stays where it is.

    `fix` is doctor's own: a problem's next step speaks of the one order that it was found in.
    """
    return Finding(
        id=id,
        level=level,
        table=table,
        column=column,
        found=problem.found,
        expected=problem.expected,
        why=why,
        fix=fix,
        stops=stops,
    )


def unanswered(check: str, reason: str, next_step: str) -> Finding:
    """A check that could not be asked; never red (design §6)."""
    return Finding(
        id=check,
        level="unknown",
        found=f"not known: {reason}",
        expected="an answer",
        why="whether what this check looks at is in order, nobody can tell until then",
        fix=f"{next_step}; then run doctor again",
    )


def _count(findings: Sequence[Finding], level: Level) -> int:
    return sum(each.level == level for each in findings)
