"""What a run of a flow did, in one shape for CLI, Dagster metadata and USER_SYNC_LOG.

The JSON form is a contract that others rely on (design §6).
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from woocp_pipelines.rules.problems import Problem, ProblemKind
from woocp_pipelines.settings import FlowName, Mode

Outcome = Literal["done", "skipped"]
# Enough to act on: the count among the facts says how many there are.
TABLE_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """One record that was refused in this run, and its first problem.

    Kind `run` is of the run itself: something that all its records depend on.
    """

    kind: ProblemKind | Literal["run"]
    key: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, planned or made: a person reads it, so values are texts."""

    key: str
    what: str
    before: str = ""
    after: str = ""


@dataclass(slots=True)
class FlowReport:
    """Counts are records of the flow's own kind: orders, customers, products, notes.

    `written` = `created` + `updated` (in plan mode: what would be written). `waiting` is what is
    left for later: claimed by others, held, or not due yet. `facts` holds further numbers and
    texts for people, such as money totals and the watermark; all values are JSON-safe. `tables`
    list records that need no action of this flow, at most TABLE_ROWS each.
    """

    flow: FlowName
    mode: Mode
    outcome: Outcome = "done"
    seconds: float = 0.0
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    waiting: int = 0
    refused: list[RefusedRecord] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    facts: dict[str, str | int] = field(default_factory=dict)
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    skip_reason: str = ""

    @property
    def written(self) -> int:
        """Records written, or that would be written in plan mode."""
        return self.created + self.updated

    def refuse(self, kind: ProblemKind | Literal["run"], key: str, problem: Problem) -> None:
        """Count one refused record."""
        self.refused.append(RefusedRecord(kind, key, problem))

    def to_json(self) -> dict[str, Any]:
        """The contract of `woocp sync --json`, with what people see beside it."""
        return {**self.to_log(), "tables": self.tables}

    def to_log(self) -> dict[str, Any]:
        """The same without tables, which would fill the log of runs with one text every time."""
        return {
            "flow": self.flow,
            "mode": self.mode,
            "outcome": self.outcome,
            "seconds": round(self.seconds, 3),
            "read": self.read,
            "written": self.written,
            "unchanged": self.unchanged,
            "refused": len(self.refused),
            "waiting": self.waiting,
            "problems": [
                {"kind": item.kind, "key": item.key, "code": item.problem.code}
                for item in self.refused
            ],
            "changes": [asdict(change) for change in self.changes],
            "facts": self.facts,
            "skip_reason": self.skip_reason,
        }
