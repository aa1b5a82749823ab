"""One check: a question with a name, and what becomes of one that cannot be asked.

Belongs here: the shape, and that no failure of one check stops the others. Does not: any question.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError, StatementError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.refusals import shown
from woocp_pipelines.rules.doctor.findings import Finding, unanswered
from woocp_pipelines.settings import Settings
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined, and when: the settings, and those systems that could be reached."""

    settings: Settings
    now: datetime


@dataclass(frozen=True, slots=True)
class StorePatient(Patient):
    """With the store."""

    store: StoreClient


@dataclass(frozen=True, slots=True)
class DatabasePatient(Patient):
    """With Counterpoint's database."""

    engine: Engine


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """A question to the store. `gates`: what it finds may keep a flow from writing."""

    name: str
    ask: Callable[[StorePatient], Iterable[Finding]]
    gates: bool = False


@dataclass(frozen=True, slots=True)
class DatabaseCheck:
    """A question to the database. `gates` as there."""

    name: str
    ask: Callable[[DatabasePatient], Iterable[Finding]]
    gates: bool = False


_TO_READ: Final = "let the login read what the message names (`woocp grants`), or correct it"


@dataclass(frozen=True, slots=True)
class Answers:
    """What some checks found; `green` counts those that found nothing."""

    findings: tuple[Finding, ...]
    asked: int
    green: int

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.findings + other.findings, self.asked + other.asked, self.green + other.green
        )


def ask_store(checks: Sequence[StoreCheck], patient: StorePatient) -> Answers:
    """Ask them all; one that cannot be answered is unknown."""
    return _all([_of_store(check, patient) for check in checks])


def ask_database(checks: Sequence[DatabaseCheck], patient: DatabasePatient) -> Answers:
    """Ask them all; one that cannot be answered is unknown."""
    return _all([_of_database(check, patient) for check in checks])


def _of_store(check: StoreCheck, patient: StorePatient) -> list[Finding]:
    try:
        return list(check.ask(patient))
    except StoreError as error:
        return [unanswered(check.name, error.reason, error.next_step)]


def _of_database(check: DatabaseCheck, patient: DatabasePatient) -> list[Finding]:
    try:
        return list(check.ask(patient))
    except SQLAlchemyError as error:
        return [unanswered(check.name, reason_of(error), _TO_READ)]
    except PriceBookError as error:
        return [unanswered(check.name, str(error), _TO_READ)]


def reason_of(error: SQLAlchemyError) -> str:
    """The database's own words, without statement and values."""
    # Only a statement that was sent, or a connection that was tried, has the driver's error.
    return shown(error) if isinstance(error, StatementError) else type(error).__name__


def _all(found: list[list[Finding]]) -> Answers:
    findings = tuple(each for answers in found for each in answers)
    return Answers(findings, len(found), sum(not answers for answers in found))
