"""One check: a question with a name, and what becomes of one that cannot be asked.

Belongs here: the shape, and that no failure of one check stops the others. Does not: any question.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError, StatementError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.refusals import shown
from woocp_pipelines.rules.doctor.findings import Finding, Flows, unanswered
from woocp_pipelines.settings import Settings
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines.woocommerce.store_info import Site


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined, and when: the settings, and those systems that could be reached."""

    settings: Settings
    now: datetime


@dataclass(frozen=True, slots=True)
class StorePatient(Patient):
    """With the store, what it says of itself, and the second witness of its time zone."""

    store: StoreClient
    site: Site
    server: Engine


@dataclass(frozen=True, slots=True)
class DatabasePatient(Patient):
    """With Counterpoint's database. `at_gate`: a run is about to write."""

    engine: Engine
    at_gate: bool = False


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """A question to the store. `gates`: the flows that what it finds may keep from writing."""

    name: str
    ask: Callable[[StorePatient], Iterable[Finding]]
    gates: Flows = ()


@dataclass(frozen=True, slots=True)
class DatabaseCheck:
    """A question to the database. `gates` as there."""

    name: str
    ask: Callable[[DatabasePatient], Iterable[Finding]]
    gates: Flows = ()


_TO_READ: Final = "let the login read what the message names (`woocp grants`), or correct it"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer: which flows it could have stopped, and why there is none.

    `of_all`: the system is away, and no other question was asked.
    """

    check: str
    gates: Flows
    error: SQLAlchemyError | StoreError | PriceBookError
    of_all: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What some checks found; `green` counts those that found nothing.

    Each of `unanswered` is among the findings, too, as unknown or as a system that is away.
    """

    findings: tuple[Finding, ...]
    asked: int
    green: int
    unanswered: tuple[Unanswered, ...] = ()

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.findings + other.findings,
            self.asked + other.asked,
            self.green + other.green,
            self.unanswered + other.unanswered,
        )


NOTHING: Final = Answers((), 0, 0)


def ask_store(checks: Sequence[StoreCheck], patient: StorePatient) -> Answers:
    """Ask them all; one that cannot be answered is unknown."""
    each = (_ask(check.name, check.gates, partial(check.ask, patient)) for check in checks)
    return sum(each, NOTHING)


def ask_database(checks: Sequence[DatabaseCheck], patient: DatabasePatient) -> Answers:
    """Ask them all; one that cannot be answered is unknown."""
    each = (_ask(check.name, check.gates, partial(check.ask, patient)) for check in checks)
    return sum(each, NOTHING)


def _ask(name: str, gates: Flows, question: Callable[[], Iterable[Finding]]) -> Answers:
    try:
        found = tuple(question())
    except (SQLAlchemyError, StoreError, PriceBookError) as error:
        next_step = error.next_step if isinstance(error, StoreError) else _TO_READ
        told = unanswered(name, reason_of(error), next_step)
        return Answers((told,), 1, 0, (Unanswered(name, gates, error),))
    return Answers(found, 1, int(not found))


def reason_of(error: SQLAlchemyError | StoreError | PriceBookError) -> str:
    """The system's own words, without statement and values."""
    if isinstance(error, StoreError):
        return error.reason
    # Only a statement that was sent, or a connection that was tried, has the driver's error.
    if isinstance(error, StatementError):
        return shown(error)
    return type(error).__name__ if isinstance(error, SQLAlchemyError) else str(error)
