"""The thresholds of CP §3.9, one by one, on both sides of each."""

from datetime import UTC, datetime, timedelta

import pytest

from woocp_pipelines.rules.health import WATCHED_FLOWS, span, sync_findings
from woocp_pipelines.rules.health_facts import FailedRun, Letters, SyncFacts, worst
from woocp_pipelines.rules.health_services import (
    database_is_away,
    no_price_service,
    price_service,
    tables,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GOOD = dict.fromkeys(WATCHED_FLOWS, NOW - MINUTE)
EVERY = frozenset({*WATCHED_FLOWS, "outbox"})


def findings(*, planned=frozenset(), **facts):
    known = {"last_success": GOOD, **facts}
    found = sync_findings(SyncFacts(now=NOW, planned=planned, **known))
    return {each.check: each for each in found}


def level(check, **facts):
    return findings(**facts)[check].level


def letters(*ages, **others):
    over = {hours: sum(age > hours * HOUR for age in ages) for hours in (1, 6, 24)}
    return Letters(len(ages), NOW - max(ages), over, **others)


def failed(flow="orders", minutes=5, *, of_store=False, run_id="run"):
    return FailedRun(
        run_id, flow, NOW - minutes * MINUTE, "StoreUnavailable: 503", of_store=of_store
    )


def test_where_all_is_well_nothing_is_to_do():
    found = findings()
    assert worst(list(found.values())) == "ok"
    assert not [each for each in found.values() if each.next_step]


@pytest.mark.parametrize(
    ("age", "expected"),
    [(HOUR, "ok"), (HOUR + MINUTE, "warning"), (2 * HOUR, "warning"), (3 * HOUR, "critical")],
)
def test_the_oldest_pending_order(age, expected):
    assert level("oldest_pending_order", pending=3, oldest_pending=NOW - age) == expected


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ([MINUTE], "warning"),
        ([2 * HOUR] * 5, "warning"),
        ([MINUTE] * 9, "warning"),
        ([2 * HOUR] * 6, "critical"),
    ],
)
def test_refused_orders(ages, expected):
    assert level("refused_orders", letters={"order": letters(*ages)}) == expected


@pytest.mark.parametrize("kind", ["order", "revision"])
@pytest.mark.parametrize(
    ("age", "expected"), [(6 * HOUR, "ok"), (7 * HOUR, "warning"), (25 * HOUR, "critical")]
)
def test_dead_letters_of_money(kind, age, expected):
    assert level("old_dead_letters", letters={kind: letters(age)}) == expected


@pytest.mark.parametrize(("age", "expected"), [(24 * HOUR, "ok"), (30 * 24 * HOUR, "warning")])
def test_other_dead_letters_are_never_critical(age, expected):
    found = findings(letters={"product": letters(age, records=("product X1: NO_ITEM (sku)",))})
    assert found["other_dead_letters"].level == expected
    assert found["old_dead_letters"].level == "ok"


@pytest.mark.parametrize(
    ("flow", "hours", "expected"),
    [
        ("documents", 3, "ok"),
        ("documents", 4, "warning"),
        ("documents", 7, "critical"),
        ("inventory", 7, "critical"),
        ("customers", 7, "ok"),
        ("customers", 27, "warning"),
        ("customers", 51, "critical"),
    ],
)
def test_the_last_successful_run(flow, hours, expected):
    last = {**GOOD, flow: NOW - hours * HOUR}
    assert level(f"last_success_{flow}", last_success=last) == expected


def test_a_flow_that_never_ended_well_is_a_warning():
    found = findings(last_success={**GOOD, "orders": None})["last_success_orders"]
    assert found.level == "warning"
    assert "woocp sync orders" in found.next_step


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "ok"), (1, "warning"), (3, "warning"), (4, "critical")]
)
def test_failed_runs_of_the_last_hour(count, expected):
    runs = [failed(run_id=f"run-{number}") for number in range(count)]
    found = findings(failed_runs=runs)["failed_runs"]
    assert found.level == expected
    assert len(found.records) == count


def test_a_run_whose_own_order_sync_failed_too_is_one_failed_run():
    runs = [failed("inventory", 5), failed("orders", 6), failed("orders", 3, run_id="another")]
    found = findings(failed_runs=runs)["failed_runs"]
    assert found.found == "2 in the last hour"
    assert [each.partition(":")[0] for each in found.records] == ["inventory", "orders"]
    assert found.since == NOW - 6 * MINUTE


@pytest.mark.parametrize(
    ("last", "of_store", "expected"),
    [
        (2 * MINUTE, True, "ok"),
        (30 * MINUTE, False, "ok"),
        (30 * MINUTE, True, "warning"),
        (2 * HOUR, True, "critical"),
    ],
)
def test_the_store_is_seen_by_what_the_runs_met(last, of_store, expected):
    runs = [failed(of_store=of_store)]
    good = {**GOOD, "orders": NOW - last}
    assert level("store", failed_runs=runs, last_success=good) == expected


@pytest.mark.parametrize(
    ("age", "expected"), [(HOUR, "ok"), (2 * HOUR, "warning"), (25 * HOUR, "critical")]
)
def test_notes_that_the_store_has_not_got(age, expected):
    assert level("unsent_notes", unsent=1, oldest_unsent=NOW - age) == expected


@pytest.mark.parametrize(("age", "expected"), [(15 * MINUTE, "ok"), (16 * MINUTE, "warning")])
def test_claims_of_a_run_that_is_gone(age, expected):
    assert level("expired_claims", expired_claims=2, oldest_expiry=NOW - age) == expected


def test_a_stock_change_that_waits_names_the_run_to_approve():
    found = findings(blocked_run="run-7")["stock_breaker"]
    assert found.level == "warning"
    assert "--approve run-7" in found.next_step


def test_a_flow_that_only_plans_is_never_late():
    found = findings(
        planned=EVERY,
        last_success={},
        pending=9,
        oldest_pending=NOW - 90 * HOUR,
        unsent=1,
        oldest_unsent=NOW - 90 * HOUR,
        blocked_run="run-7",
    )
    assert worst(list(found.values())) == "ok"
    assert "plan mode" in found["oldest_pending_order"].found
    assert "plan mode" in found["last_success_inventory"].found


@pytest.mark.parametrize(
    ("state", "age", "expected"),
    [
        ("ok", MINUTE, "ok"),
        ("ok", None, "ok"),
        ("ok", 13 * HOUR, "warning"),
        ("ok", 25 * HOUR, "critical"),
        ("degraded", MINUTE, "warning"),
        ("cannot_price", MINUTE, "critical"),
        ("unreachable", None, "critical"),
        ("no_health", None, "critical"),
    ],
)
def test_the_pricing_service_and_the_age_of_its_book(state, age, expected):
    found = price_service(state, "found", "start it", age, 24 * HOUR)
    assert found.level == expected
    assert bool(found.next_step) is (expected != "ok")


def test_services_that_are_away_or_not_there():
    assert database_is_away("no route").level == "critical"
    assert no_price_service().level == "ok"
    assert tables(upgraded=False, planning=True).level == "ok"
    assert "woocp db upgrade" in tables(upgraded=False, planning=False).next_step


@pytest.mark.parametrize(
    ("age", "said"),
    [(119 * MINUTE, "119 min"), (47 * HOUR, "47 h"), (72 * HOUR, "3 days"), (-HOUR, "0 min")],
)
def test_ages_are_said_in_words(age, said):
    assert span(age) == said
