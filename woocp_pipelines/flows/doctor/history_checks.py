"""The questions about price rules, about what the old scripts left, and about what is not set yet.

Belongs here: which question, and which judgement. The price book is read once, for all of prices.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.examination import legacy
from woocp_pipelines.counterpoint.examination.server import read_procedures
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.facts import PriceGroup
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.counterpoint.prices.undecidable import (
    groups_in_use,
    rules_that_never_win,
    undecidable_rules,
)
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY, USER_ORDER_STAGING, USER_SYNC_LOG
from woocp_pipelines.flows.doctor.checks import DatabaseCheck, DatabasePatient
from woocp_pipelines.rules.doctor import leftovers as judge
from woocp_pipelines.rules.doctor.findings import DOCUMENTS, Finding


def _prices(patient: DatabasePatient) -> Iterator[Finding]:
    settings, now = patient.settings, patient.now
    with reading(patient.engine) as connection:
        book = read_price_book(
            connection,
            time_zone=settings.store.time_zone,
            read_at=now,
            codes=RuleCodes(settings.prices.methods),
        )
    in_use = list(groups_in_use(book, now))
    valid = {each.code for each in in_use if each.kind == "C"}
    yield from judge.judge_rules(
        undecidable_rules(book, at=now), rules_that_never_win(book, at=now)
    )
    open_ones = [code for code in book.open_contracts if code in valid]
    yield from judge.judge_open_contracts(open_ones, settings)
    yield from judge.judge_ties(_ties(in_use))


def _broken_documents(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        found = legacy.read_broken_documents(connection)
    yield from judge.judge_broken_documents(found)


def _still_written(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        if not table_exists(connection, USER_SYNC_LOG.name, "FLOW"):
            return
        found = legacy.read_still_written(connection)
    yield from judge.judge_still_written(found)


def _other_shops(patient: DatabasePatient) -> Iterator[Finding]:
    store = patient.settings.store
    with reading(patient.engine) as connection:
        if not table_exists(connection, USER_ORDER_KEY.name):
            return
        found = legacy.read_other_stores(connection, (store.id, *store.other_ids))
    yield from judge.judge_other_shops(found, store.id)


def _undrained(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        if not table_exists(connection, USER_ORDER_STAGING.name, "STATUS"):
            return
        found = legacy.read_undrained(connection)
    yield from judge.judge_undrained(found)


def _procedures(patient: DatabasePatient) -> Iterator[Finding]:
    with reading(patient.engine) as connection:
        found = read_procedures(connection, (judge.CLEAN_UP, *judge.OLD_WRITERS))
    yield from judge.judge_procedures(found)


def _ties(groups: Iterable[PriceGroup]) -> Iterator[tuple[str, int | None, list[str]]]:
    places: dict[tuple[str, int | None], list[str]] = defaultdict(list)
    for each in groups:
        places[each.kind, each.sequence].append(each.code)
    for (kind, sequence), found in places.items():
        if len(found) > 1:
            yield kind, sequence, sorted(found)


HISTORY_CHECKS: Final = (
    DatabaseCheck("prices.rules", _prices),
    DatabaseCheck("legacy.broken_documents", _broken_documents),
    DatabaseCheck("legacy.still_written", _still_written, gates=DOCUMENTS),
    DatabaseCheck("legacy.other_shops", _other_shops, gates=DOCUMENTS),
    DatabaseCheck("legacy.undrained", _undrained),
    DatabaseCheck("legacy.procedures", _procedures),
)
