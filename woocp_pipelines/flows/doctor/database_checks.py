"""The questions to the database server: version, rights, the USER_* tables, the contract, triggers.

Belongs here: which question, and which judgement. Each has a connection of its own: a statement
that fails ends its transaction, not the next question.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from woocp_pipelines.counterpoint.contract import INSERTED, UPDATED, check_contract
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.examination.server import (
    missing_rights,
    read_server,
    read_triggers,
)
from woocp_pipelines.counterpoint.migrations import current, newest
from woocp_pipelines.counterpoint.rights import grant_statement, rights_of
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.flows.doctor.checks import DatabaseCheck, DatabasePatient
from woocp_pipelines.rules.doctor import server as judge
from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, Finding

_OURS: Final = frozenset(name for name in METADATA.tables if name.startswith("USER_"))


def unreachable(reason: str) -> Finding:
    """The one finding while the database is away; nothing else can be asked then."""
    return Finding(
        id="database.reachable",
        level="red",
        found=reason,
        expected="a connection to Counterpoint's database",
        why="nothing can be read or booked; every sync fails until then",
        fix="check WOOCP_DATABASE_URL, that the server runs and lets this machine in, and that the "
        "ODBC driver named in the URL is installed",
    )


def _server(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        facts = read_server(connection)
    if facts is not None:
        yield from judge.judge_server(facts.version, facts.edition)
        yield from judge.judge_collation(facts.collation)
        yield from judge.judge_snapshots(allowed=facts.has_snapshots)


def _revision(patient: DatabasePatient) -> Iterator[Finding]:
    yield from judge.judge_revision(current(patient.engine), newest())


def _contract(patient: DatabasePatient) -> Iterator[Finding]:
    upgraded = current(patient.engine) == newest()
    differences = check_contract(patient.engine)
    yield from judge.judge_contract(differences, upgraded=upgraded)


def _rights(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        lacking = missing_rights(connection, rights_of("syncs"))
    # Whoever comes to the gate is about to write, whatever the settings say.
    writing = patient.at_gate or any(
        patient.settings.mode_of(flow) == "apply" for flow in ALL_FLOWS
    )
    grant = partial(grant_statement, "syncs")
    yield from judge.judge_rights(lacking, writing=writing, grant=grant)


def _triggers(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        triggers = read_triggers(connection)
    # SQLite counts no rows of triggers.
    counted = frozenset() if patient.engine.dialect.name == "sqlite" else UPDATED | _OURS
    written = INSERTED | UPDATED | _OURS
    yield from judge.judge_triggers((each for each in triggers if each.table in written), counted)


# Whether it is a company's database at all: asked first.
CONTRACT: Final = DatabaseCheck("database.contract", _contract, gates=ALL_FLOWS)
DATABASE_CHECKS: Final = (
    DatabaseCheck("database.server", _server),
    DatabaseCheck("database.upgrade", _revision, gates=ALL_FLOWS),
    DatabaseCheck("database.rights", _rights, gates=ALL_FLOWS),
    DatabaseCheck("database.triggers", _triggers, gates=ALL_FLOWS),
)
