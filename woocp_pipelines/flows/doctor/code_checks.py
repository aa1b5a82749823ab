"""The questions about codes and drawers that woocp.toml names (CP §4.8.3).

Belongs here: which question, and which judgement. What a booking would refuse for is asked by the
booking's own functions (counterpoint/codes.py). Counters: number_checks.py.
"""

from collections.abc import Iterator
from typing import Final

from woocp_pipelines.counterpoint.codes import (
    UnknownLocationError,
    read_drawer_session,
    read_station,
    require_locations,
)
from woocp_pipelines.counterpoint.customer_creation import read_tax_codes
from woocp_pipelines.counterpoint.customer_tiers import NoBidColumnError, check_bid_column
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.examination import codes
from woocp_pipelines.flows.doctor.checks import DatabaseCheck, DatabasePatient
from woocp_pipelines.flows.doctor.number_checks import NUMBER_CHECKS
from woocp_pipelines.rules.doctor import codes as judge
from woocp_pipelines.rules.doctor.findings import CUSTOMERS, DOCUMENTS, Finding, of_problem
from woocp_pipelines.rules.problems import RefusedError


def _station(patient: DatabasePatient) -> Iterator[Finding]:
    where = patient.settings.counterpoint
    with reading(patient.engine) as connection:
        try:
            read_station(connection, where)
        except RefusedError as refused:
            location = refused.first.code == "NO_LOCATION"
            yield of_problem(
                refused.first,
                id="codes.location" if location else "codes.station",
                level="red",
                table="IM_LOC" if location else "PS_STA",
                column="LOC_ID" if location else "STA_ID",
                why="web orders take their goods and prices from there"
                if location
                else "every web document carries store and station, and is numbered by them",
                fix="correct [counterpoint] in woocp.toml, or add the "
                f"{'location' if location else 'station'} in Counterpoint",
                stops=DOCUMENTS,
            )


def _switches(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    with reading(patient.engine) as connection:
        found = codes.read_switches(connection, settings.counterpoint)
    if found is None:  # said by the check of the station
        return
    yield from judge.judge_slots(found.slots, settings)
    yield from judge.judge_orders_switch(used=found.uses_orders, settings=settings)
    yield from judge.judge_walk_in(found.walk_in_no, exists=found.has_walk_in, settings=settings)


def _drawer(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    where = settings.counterpoint
    with reading(patient.engine) as connection:
        exists = codes.drawer_exists(connection, where)
        yield from judge.judge_drawer(exists=exists, settings=settings)
        if not exists or settings.documents.payments == "none":
            return
        try:
            read_drawer_session(connection, where)
        except RefusedError as refused:
            yield of_problem(
                refused.first,
                id="codes.drawer_session",
                level="yellow",
                table="PS_DRW_SESSION",
                column="STAT",
                why="paid orders wait until somebody opens it; woocp never does",
                fix="open the drawer in Counterpoint; what waits is booked then by itself",
            )


def _pay_codes(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    with reading(patient.engine) as connection:
        found = codes.read_pay_codes(connection, set(settings.payments.pay_codes.values()))
    yield from judge.judge_pay_codes(found, settings)


def _tax_codes(patient: DatabasePatient) -> Iterator[Finding]:
    tax = patient.settings.tax
    with reading(patient.engine) as connection:
        existing = read_tax_codes(connection, {tax.default, *tax.by_state.values()} - {""})
    yield from judge.judge_tax_codes(existing, patient.settings)


def _locations(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        try:
            require_locations(connection, patient.settings.inventory.locations)
        except UnknownLocationError as unknown:
            yield judge.unknown_locations(unknown.unknown, unknown.known)


def _bid_column(patient: DatabasePatient) -> Iterator[Finding]:
    name = patient.settings.customers.bid_no_source
    with reading(patient.engine) as connection:
        try:
            check_bid_column(connection, name)
        except NoBidColumnError as error:
            yield judge.no_bid_column(name, error.found, error.near)


def _tiers(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        counts = codes.count_tiers(connection)
    yield from judge.judge_tiers(counts, patient.settings)


CODE_CHECKS: Final = (
    DatabaseCheck("codes.station", _station, gates=DOCUMENTS),
    DatabaseCheck("codes.switches", _switches, gates=DOCUMENTS),
    *NUMBER_CHECKS,
    DatabaseCheck("codes.drawer", _drawer, gates=DOCUMENTS),
    DatabaseCheck("codes.pay_codes", _pay_codes, gates=DOCUMENTS),
    DatabaseCheck("codes.tax_codes", _tax_codes, gates=CUSTOMERS),
    DatabaseCheck("codes.inventory_locations", _locations, gates=("inventory",)),
    DatabaseCheck("codes.bid_column", _bid_column, gates=("customers",)),
    DatabaseCheck("codes.tiers", _tiers),
)
