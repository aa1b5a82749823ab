"""What is wrong with one record, said so that a person can act on it.

Belongs here: the shape of a refusal and its codes. Does not: where refusals are kept
(counterpoint/dead_letters.py) or how they are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

ProblemKind = Literal["order", "customer", "product", "price", "outbox", "revision"]

# What a rule that does not know a record's shape raises; never a fault of database or store.
RULE_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: which field of a record, what was read, what was expected, what to do next.

    `retryable` problems pass by themselves (a closed drawer, a lock); the others wait for people.
    `arithmetic` holds the failing sum as text, where there is one. `sku` and `cust_no` say which
    product or customer it is about, where the record itself is another one.
    """

    code: str
    field: str
    found: str
    expected: str
    next_step: str
    arithmetic: str = ""
    retryable: bool = False
    sku: str | None = None
    cust_no: str | None = None

    def sentence(self) -> str:
        """One line for logs and error texts."""
        sums = f" ({self.arithmetic})" if self.arithmetic else ""
        return f"{self.code}: {self.field}: found {self.found}, expected {self.expected}{sums}"


class RefusedError(Exception):
    """A record that cannot be processed as it is; it becomes a dead letter, the batch goes on."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.sentence() for problem in problems))
        self.problems = problems

    @property
    def first(self) -> Problem:
        """The problem that names the dead letter."""
        return self.problems[0]

    @property
    def retryable(self) -> bool:
        """True when every problem passes by itself."""
        return all(problem.retryable for problem in self.problems)


def decisive(problems: Sequence[Problem]) -> Problem:
    """The problem that decides what becomes of a record: one permanent problem makes it wait."""
    return next((one for one in problems if not one.retryable), problems[0])


def unexpected(error: Exception) -> Problem:
    """A record that no rule is prepared for: it waits for people and never stops the others."""
    return Problem(
        code="UNEXPECTED",
        field="record",
        found=f"{type(error).__name__}: {error}",
        expected="a record that the rules of woocp know",
        next_step="report it with the record's JSON (the log holds the traceback); an order: enter "
        "it by hand and `woocp settle` it; or install a mended version, then replay",
    )
