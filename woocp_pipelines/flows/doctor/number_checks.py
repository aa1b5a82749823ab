"""The questions about counters, and about who numbers beside them (CP §1.6.2, §7 Q5).

Belongs here: which question, and which judgement. Which counter numbers what is asked of the
booking's own functions (counterpoint/document_keys.py, numbers.py).
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
from woocp_pipelines.rules.doctor.findings import CUSTOMERS, DOCUMENTS, Finding
from woocp_pipelines.rules.document_keys import MAX_NUMBER
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Settings


def _documents(patient: DatabasePatient) -> Iterator[Finding]:
    where = patient.settings.counterpoint
    with reading(patient.engine) as connection:
        for counter in _counters(connection, patient.settings):
            place = (counter.table.name, counter.column)
            try:
                number = read_counter(
                    connection, counter.table, counter.column, counter.longest, counter.key
                )
            except RefusedError as refused:
                yield judge.no_counter(refused.first, *place, DOCUMENTS)
                continue
            if not judge.is_number(number):
                yield judge.no_number(number, *place, DOCUMENTS)
                continue
            beyond = numbers.documents_beyond(connection, number, where.store)
            yield from judge.judge_beyond(beyond, number, *place, "documents")


def _customers(patient: DatabasePatient) -> Iterator[Finding]:
    settings = patient.settings
    where = settings.counterpoint
    place = (SY_WRKGRP.name, "NXT_CUST_NO")
    with reading(patient.engine) as connection:
        key = {"WRKGRP_ID": where.workgroup}
        try:
            number = read_counter(connection, SY_WRKGRP, place[1], MAX_NUMBER, key)
        except RefusedError as refused:
            yield judge.no_counter(refused.first, *place, CUSTOMERS)
            return
        if judge.is_number(number):
            beyond = numbers.customers_beyond(connection, number)
            yield from judge.judge_beyond(beyond, number, *place, "customers")
        else:
            yield judge.no_number(number, *place, CUSTOMERS)
        group = codes.read_workgroup(connection, where)
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
    DatabaseCheck("numbers.documents", _documents, gates=True),
    DatabaseCheck("numbers.customers", _customers, gates=True),
    DatabaseCheck("numbers.automatic", _automatic),
    DatabaseCheck("numbers.station", _strangers),
)
