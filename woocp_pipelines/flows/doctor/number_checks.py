"""The questions about counters, and about who numbers beside them (CP §1.6, §7 Q5, Q6).

Belongs here: which question, and which judgement. Which counter numbers what is asked of the
booking's own functions (counterpoint/document_keys.py, numbers.py). A counter is read before runs
as well; numbers beyond it, which takes all documents of all years, by doctor alone.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.codes import StationNumbers, read_station
from woocp_pipelines.counterpoint.document_keys import Counter, counter_of
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.examination import codes, numbers
from woocp_pipelines.counterpoint.numbers import read_counter
from woocp_pipelines.counterpoint.tables import SY_WRKGRP
from woocp_pipelines.flows.doctor.checks import DatabaseCheck, DatabasePatient
from woocp_pipelines.rules.doctor import numbers as judge
from woocp_pipelines.rules.doctor.codes import judge_workgroup
from woocp_pipelines.rules.doctor.findings import CUSTOMERS, DOCUMENTS, Finding, Flows
from woocp_pipelines.rules.document_keys import MAX_NUMBER
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Settings


def _documents(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        for counter in _counters(connection, patient.settings):
            number = _next(connection, counter, DOCUMENTS)
            if isinstance(number, Finding):
                yield number


def _customers(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        number = _next(connection, _of_customers(patient.settings), CUSTOMERS)
    if isinstance(number, Finding):
        yield number


def _beyond(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    with reading(patient.engine) as connection:
        for counter in _counters(connection, settings):
            number = _next(connection, counter, DOCUMENTS)
            # What is wrong with a counter itself is said by the checks above.
            if isinstance(number, str):
                beyond = numbers.documents_beyond(connection, number, settings.counterpoint.store)
                yield from judge.judge_beyond(beyond, number, *_place(counter), "documents")
        counter = _of_customers(settings)
        number = _next(connection, counter, CUSTOMERS)
        if isinstance(number, str):
            beyond = numbers.customers_beyond(connection, number)
            yield from judge.judge_beyond(beyond, number, *_place(counter), "customers")


def _workgroup(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    with reading(patient.engine) as connection:
        group = codes.read_workgroup(connection, settings.counterpoint)
    # Where it is missing, the check of its counter says so.
    if group is not None:
        yield from judge_workgroup(
            group.template_no,
            has_template=group.has_template,
            counts=group.counts_by_itself,
            settings=settings,
        )


def _automatic(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        for counter in _counters(connection, patient.settings):
            column = f"{counter.column}_AUTO"
            if not numbers.is_automatic(connection, counter.table.name, column, counter.key):
                yield judge.not_automatic(counter.table.name, column, counter.key)


def _strangers(patient: DatabasePatient) -> Iterator[Finding]:
    where = patient.settings.counterpoint
    with reading(patient.engine) as connection:
        found = numbers.read_strangers(connection, where)
    yield from judge.judge_strangers(found, where)


def _namesakes(patient: DatabasePatient) -> Iterator[Finding]:
    where = patient.settings.counterpoint
    with reading(patient.engine) as connection:
        station = _known_station(connection, patient.settings)
        found = numbers.read_namesakes(connection, where, station) if station else []
    if station is not None:
        yield from judge.judge_namesakes(found, station.store_no, station.station_no)


def _next(connection: Connection, counter: Counter, stops: Flows) -> str | Finding:
    """The next number of a counter, or what is wrong with the counter."""
    try:
        number = read_counter(
            connection, counter.table, counter.column, counter.longest, counter.key
        )
    except RefusedError as refused:
        return judge.no_counter(refused.first, *_place(counter), stops)
    if judge.is_number(number):
        return number
    return judge.no_number(number, *_place(counter), stops)


def _place(counter: Counter) -> tuple[str, str]:
    return counter.table.name, counter.column


def _of_customers(settings: Settings) -> Counter:
    key = {"WRKGRP_ID": settings.counterpoint.workgroup}
    return Counter(SY_WRKGRP, "NXT_CUST_NO", MAX_NUMBER, key)


def _counters(connection: Connection, settings: Settings) -> Iterator[Counter]:
    """The counters of web documents; none where the station is not known, as its check says."""
    station = _known_station(connection, settings)
    if station is not None:
        for doc_typ in _types(settings):
            yield counter_of(settings.counterpoint, station, doc_typ)


def _known_station(connection: Connection, settings: Settings) -> StationNumbers | None:
    try:
        return read_station(connection, settings.counterpoint)
    except RefusedError:
        return None


def _types(settings: Settings) -> str:
    """The types of document that a web order becomes, each with a counter of its own."""
    documents = settings.documents
    if documents.type == "T":
        return "T"
    return "OT" if documents.payments == "deposit" else "O"


NUMBER_CHECKS: Final = (
    DatabaseCheck("numbers.documents", _documents, gates=DOCUMENTS),
    DatabaseCheck("numbers.customers", _customers, gates=CUSTOMERS),
    DatabaseCheck("numbers.station_number", _namesakes, gates=DOCUMENTS),
    DatabaseCheck("numbers.beyond", _beyond),
    DatabaseCheck("numbers.workgroup", _workgroup),
    DatabaseCheck("numbers.automatic", _automatic),
    DatabaseCheck("numbers.station", _strangers),
)
