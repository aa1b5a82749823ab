"""The questions about codes, counters and drawers that woocp.toml names (CP §4.8.3).

Belongs here: which question, and which judgement. What a booking would refuse for is asked by the
booking's own functions (counterpoint/codes.py, numbers.py).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.codes import (
    StationNumbers,
    UnknownLocationError,
    read_drawer_session,
    read_station,
    require_locations,
)
from woocp_pipelines.counterpoint.customer_creation import read_tax_codes
from woocp_pipelines.counterpoint.customer_tiers import check_bid_column
from woocp_pipelines.counterpoint.document_keys import counter_of
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.examination import codes, numbers
from woocp_pipelines.counterpoint.numbers import read_counter
from woocp_pipelines.counterpoint.tables import SY_WRKGRP
from woocp_pipelines.flows.doctor.checks import DatabaseCheck, DatabasePatient
from woocp_pipelines.rules.doctor import codes as judge
from woocp_pipelines.rules.doctor import numbers as judge_numbers
from woocp_pipelines.rules.doctor.findings import CUSTOMERS, DOCUMENTS, Finding, Flows, of_problem
from woocp_pipelines.rules.document_keys import MAX_NUMBER
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_loading import SettingsError


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
                why="every document carries them",
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


def _document_counters(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    where = settings.counterpoint
    with reading(patient.engine) as connection:
        station = _known_station(connection, settings)
        if station is None:
            return
        for doc_typ in _types(settings):
            counter = counter_of(where, station, doc_typ)
            place = (counter.table.name, counter.column)
            try:
                number = read_counter(
                    connection, counter.table, counter.column, counter.longest, counter.key
                )
            except RefusedError as refused:
                yield _no_counter(refused, *place, DOCUMENTS)
                continue
            beyond = numbers.documents_beyond(connection, number, where.store)
            yield from judge_numbers.judge_beyond(beyond, number, *place, "documents")


def _customer_counter(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    where = settings.counterpoint
    place = (SY_WRKGRP.name, "NXT_CUST_NO")
    with reading(patient.engine) as connection:
        key = {"WRKGRP_ID": where.workgroup}
        try:
            number = read_counter(connection, SY_WRKGRP, place[1], MAX_NUMBER, key)
        except RefusedError as refused:
            yield _no_counter(refused, *place, CUSTOMERS)
            return
        beyond = numbers.customers_beyond(connection, number)
        group = codes.read_workgroup(connection, where)
    yield from judge_numbers.judge_beyond(beyond, number, *place, "customers")
    if group is not None:
        yield from judge.judge_workgroup(
            group.template_no,
            has_template=group.has_template,
            counts=group.counts_by_itself,
            settings=settings,
        )


def _strangers(patient: DatabasePatient) -> Iterator[Finding]:
    where = patient.settings.counterpoint
    with reading(patient.engine) as connection:
        found = numbers.read_strangers(connection, where)
    yield from judge_numbers.judge_strangers(found, where)


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
                why="paid orders wait until then; woocp never opens a drawer itself",
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
            yield Finding(
                id="codes.inventory_location",
                level="red",
                table="IM_LOC",
                column="LOC_ID",
                found=str(unknown),
                expected="existing locations in inventory.locations",
                why="a slip of the pen hides goods from the shop",
                fix="correct [inventory] in woocp.toml, or add the location in Counterpoint",
                stops=("inventory",),
            )


def _bid_column(patient: DatabasePatient) -> Iterator[Finding]:
    name = patient.settings.customers.bid_no_source
    with reading(patient.engine) as connection:
        try:
            check_bid_column(connection, name)
        except SettingsError as error:
            yield Finding(
                id="codes.bid_column",
                level="red",
                table="AR_CUST",
                column=name,
                found=str(error),
                expected="a text column of AR_CUST, or nothing",
                why="no customer's contract is told to the store",
                fix="correct customers.bid_no_source in woocp.toml",
                stops=("customers",),
            )


def _tiers(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        counts = codes.count_tiers(connection)
    yield from judge.judge_tiers(counts, patient.settings)


def _known_station(connection: Connection, settings: Settings) -> StationNumbers | None:
    try:
        return read_station(connection, settings.counterpoint)
    except RefusedError:  # said by the check of the station
        return None


def _types(settings: Settings) -> str:
    """The types of document that a web order becomes, each with a counter of its own."""
    documents = settings.documents
    if documents.type == "T":
        return "T"
    return "OT" if documents.payments == "deposit" else "O"


def _no_counter(refused: RefusedError, table: str, column: str, stops: Flows) -> Finding:
    return of_problem(
        refused.first,
        id="numbers.counter",
        level="red",
        table=table,
        column=column,
        why="nothing can be numbered",
        stops=stops,
    )


CODE_CHECKS: Final = (
    DatabaseCheck("codes.station", _station, gates=True),
    DatabaseCheck("codes.switches", _switches, gates=True),
    DatabaseCheck("numbers.documents", _document_counters, gates=True),
    DatabaseCheck("numbers.customers", _customer_counter, gates=True),
    DatabaseCheck("numbers.station", _strangers),
    DatabaseCheck("codes.drawer", _drawer, gates=True),
    DatabaseCheck("codes.pay_codes", _pay_codes, gates=True),
    DatabaseCheck("codes.tax_codes", _tax_codes, gates=True),
    DatabaseCheck("codes.inventory_locations", _locations, gates=True),
    DatabaseCheck("codes.bid_column", _bid_column, gates=True),
    DatabaseCheck("codes.tiers", _tiers),
)
