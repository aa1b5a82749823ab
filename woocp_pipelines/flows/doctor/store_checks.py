"""The questions to the store, each of one request (WC §1 to §5).

Belongs here: which question, and which judgement. Does not: what is said (rules/doctor/store.py).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import server_offset
from woocp_pipelines.flows.doctor.checks import StoreCheck, StorePatient
from woocp_pipelines.rules.doctor import store as judge
from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, CUSTOMERS, KEY_WRITERS, Finding
from woocp_pipelines.rules.doctor.gateways import judge_gateways
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import NotFound, NotJson, Refused, StoreError
from woocp_pipelines.woocommerce.store_info import (
    Site,
    manages_stock,
    read_gateways,
    read_order_statuses,
    read_site,
    read_system_status,
    refusal_to_write,
)
from woocp_pipelines.woocommerce.users import as_wordpress_user, refusal_to_list

_NO_SUCH_PAGE: Final = 404


def look_at_site(store: StoreClient, now: datetime) -> tuple[Site | None, list[Finding]]:
    """The first question: is there a store at all, None where there is none.

    It is asked once: nobody is served by patience.
    """
    try:
        site = read_site(store.impatient())
    except StoreError as error:
        return None, [_unreachable(error)]
    found = list(judge.judge_address(store.url))
    if site.sent is not None:
        found += judge.judge_clock(site.sent - now)
    return site, found


def no_api() -> Finding:
    """A WordPress without WooCommerce's API."""
    return Finding(
        id="store.rest_api",
        level="red",
        found="a WordPress site without wc/v3",
        expected="WooCommerce's REST API",
        why="nothing can be read or written",
        fix="switch WooCommerce on, and see that no plugin takes its REST API away",
    )


def not_configured() -> Finding:
    """Settings that name no store."""
    return Finding(
        id="store.configured",
        level="red",
        found="no WOOCP_STORE_URL",
        expected="address, key and secret of the store",
        why="no sync can run",
        fix="set WOOCP_STORE_URL, WOOCP_STORE_KEY and WOOCP_STORE_SECRET (see .env.example)",
    )


def _unreachable(error: StoreError) -> Finding:
    plain = isinstance(error, NotJson | NotFound | Refused) and error.status == _NO_SUCH_PAGE
    return Finding(
        id="store.permalinks" if plain else "store.reachable",
        level="red",
        found=error.reason,
        expected="WordPress's index at /wp-json/",
        why="nothing can be read or written; every sync of the store fails until then",
        fix="in WordPress (Settings, Permalinks) choose any structure but Plain, and check "
        "WOOCP_STORE_URL"
        if plain
        else error.next_step,
    )


def _time_zone(patient: StorePatient) -> Iterator[Finding]:
    zone = judge.ShopZone(patient.site.time_zone, patient.site.gmt_offset)
    if zone.is_like(patient.settings.store.zone, patient.now):
        return
    with reading(patient.server) as connection:
        offset = server_offset(connection)
    yield judge.judge_time_zone(zone, patient.settings, patient.now, offset)


def _system(patient: StorePatient) -> Iterator[Finding]:
    status, settings = read_system_status(patient.store), patient.settings
    yield from judge.judge_version(status.version)
    yield from judge.judge_currency(status.currency, settings)
    yield from judge.judge_decimals(status.decimals)
    yield from judge.judge_storage(status.order_storage)


def _writing(patient: StorePatient) -> Iterator[Finding]:
    yield from judge.judge_writing(refusal_to_write(patient.store))


def _stock_switch(patient: StorePatient) -> Iterator[Finding]:
    yield from judge.judge_stock_switch(managed=manages_stock(patient.store))


def _statuses(patient: StorePatient) -> Iterator[Finding]:
    known = read_order_statuses(patient.store)
    if known is not None:
        yield from judge.judge_statuses(known, patient.settings)


def _gateways(patient: StorePatient) -> Iterator[Finding]:
    yield from judge_gateways(read_gateways(patient.store), patient.settings)


def _roles(patient: StorePatient) -> Iterator[Finding]:
    login = patient.settings.connections
    if login.wp_user is None or login.wp_app_password is None:
        return
    secret = login.wp_app_password.get_secret_value()
    with as_wordpress_user(patient.store, login.wp_user, secret) as client:
        yield from judge.judge_roles(refusal_to_list(client))


STORE_CHECKS: Final = (
    StoreCheck("store.time_zone", _time_zone, gates=CUSTOMERS),
    StoreCheck("store.system", _system, gates=ALL_FLOWS),
    StoreCheck("store.key_writes", _writing, gates=KEY_WRITERS),
    StoreCheck("store.manage_stock", _stock_switch, gates=("inventory",)),
    StoreCheck("store.statuses", _statuses),
    StoreCheck("store.payment_gateways", _gateways),
    StoreCheck("store.application_password", _roles),
)
