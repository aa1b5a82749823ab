"""The whole examination: both systems and the settings, whichever of them is away.

Belongs here: the order of things. Reads only, also before `woocp db upgrade`. Does not: what a
check asks, how findings are shown, nor what is done about them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.flows.doctor.checks import (
    Answers,
    DatabasePatient,
    StorePatient,
    Unanswered,
    ask_database,
    ask_store,
    reason_of,
)
from woocp_pipelines.flows.doctor.code_checks import CODE_CHECKS
from woocp_pipelines.flows.doctor.database_checks import CONTRACT, DATABASE_CHECKS, unreachable
from woocp_pipelines.flows.doctor.history_checks import HISTORY_CHECKS
from woocp_pipelines.flows.doctor.store_checks import (
    STORE_CHECKS,
    look_at_site,
    no_api,
    not_configured,
)
from woocp_pipelines.rules.doctor.by_hand import by_hand
from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, Examination, Finding, in_order
from woocp_pipelines.settings import Settings
from woocp_pipelines.woocommerce.client import StoreClient

ALL_DATABASE_CHECKS: Final = (CONTRACT, *DATABASE_CHECKS, *CODE_CHECKS, *HISTORY_CHECKS)


def examine(
    settings: Settings, engine: Engine, store: StoreClient | None, now: datetime
) -> Examination:
    """Ask everything that can be asked. A system that is away is one red finding."""
    database = examine_database(settings, engine, now)
    shop = examine_store(settings, store, engine, now)
    # A system that is away has answered one question: whether it is there at all.
    not_asked = [
        check.name
        for found, checks in ((database, ALL_DATABASE_CHECKS), (shop, STORE_CHECKS))
        if found.asked == 1
        for check in checks
    ]
    if _is_no_company(database):
        not_asked += [check.name for check in ALL_DATABASE_CHECKS if check is not CONTRACT]
    answers = examine_settings(settings) + database + shop
    return Examination(
        in_order(answers.findings),
        by_hand(settings),
        answers.asked,
        tuple(not_asked),
        answers.green,
    )


def examine_database(
    settings: Settings, engine: Engine, now: datetime, *, gate: bool = False
) -> Answers:
    """The database's part; `gate`: only what may keep a flow from writing."""
    away = _away(engine)
    if away is not None:
        found = unreachable(reason_of(away))
        return Answers((found,), 1, 0, (Unanswered(found.id, ALL_FLOWS, away, of_all=True),))
    patient = DatabasePatient(settings, now, engine, gate)
    first = Answers((), 1, 1) + ask_database([CONTRACT], patient)
    if _is_no_company(first):
        # Every other question would only fail, and hide this answer.
        return first
    checks = [each for each in ALL_DATABASE_CHECKS if each.gates or not gate]
    return first + ask_database([each for each in checks if each is not CONTRACT], patient)


def examine_store(
    settings: Settings,
    store: StoreClient | None,
    engine: Engine,
    now: datetime,
    *,
    gate: bool = False,
) -> Answers:
    """The store's part; `gate` as there. The database is asked for nothing but its time zone."""
    if store is None:
        return Answers((not_configured(),), 1, 0)
    site, found = look_at_site(store, now)
    if site is None:
        return Answers(tuple(found), 1, 0)
    if not site.has_rest_api:
        return Answers((*found, no_api()), 1, 0)
    checks = [each for each in STORE_CHECKS if each.gates or not gate]
    patient = StorePatient(settings, now, store, site, engine)
    return Answers(tuple(found), 1, int(not found)) + ask_store(checks, patient)


def examine_settings(settings: Settings) -> Answers:
    """What the settings themselves lack."""
    found = tuple(_start_date(settings))
    return Answers(found, 1, int(not found))


def _start_date(settings: Settings) -> Iterator[Finding]:
    if settings.orders.start_date is None:
        yield Finding(
            id="settings.start_date",
            level="yellow",
            found="no orders.start_date",
            expected="the first day whose orders woocp takes over",
            why="apply mode refuses to start without: older orders must stay out",
            fix="set orders.start_date in woocp.toml to the day the old scripts stop",
        )


def _is_no_company(answers: Answers) -> bool:
    return any(each.id == "database.company" for each in answers.findings)


def _away(engine: Engine) -> SQLAlchemyError | None:
    try:
        with reading(engine) as connection:
            connection.execute(select(1))
    except SQLAlchemyError as error:
        return error
    return None
