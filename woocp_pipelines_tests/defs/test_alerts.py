"""The alerts sensor: real runs, checks and ticks of a real instance, mail to a real server."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.execution.plan.objects import StepFailureData, UserFailureData
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, OperationalError

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.sync_state import write_state
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.failures import failure_of
from woocp_pipelines.defs.operations.alert_graph import Graph
from woocp_pipelines.defs.operations.alerts import Look, look_and_tell, look_for_problems
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.inventory_breaker import BLOCKED, BreakerTripped
from woocp_pipelines.rules.alerting import QUIET
from woocp_pipelines.rules.stock_breaker import Extent
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, Call, StoreUnavailable

_GRAPHS = {}
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def quiet(sandbox):
    """Without a pricing service: on this machine another one may run at its port."""
    return sandbox.settings.model_copy(update={"pricing_access": PricingAccess()})


class _DriverError(Exception):
    """An error as pyodbc raises it: SQLSTATE, then text."""


@pytest.fixture
def told(sandbox, mail_server, certificates, access):
    """Settings of the sandbox whose alerts go to a mail server, and what that was sent."""
    box = mail_server("starttls")
    url = box.url(options=f"?ca={certificates.authority}")
    return with_access(quiet(sandbox), access(url)), box


def with_access(settings, access):
    return settings.model_copy(update={"alert_access": access})


def graph_of(settings):
    """The definitions; made once for the sandbox and once for production, which takes a while."""
    kind = settings.connections.sandbox
    if kind not in _GRAPHS:
        _GRAPHS[kind] = Graph(build_defs(settings).get_repository_def())
    return _GRAPHS[kind]


def look(settings, instance, cursor=None, after=timedelta(0)):
    now = datetime.now(UTC) + after
    return look_and_tell(instance, graph_of(settings), settings, cursor, now)


def problems(settings, instance, after=timedelta(0)):
    now = datetime.now(UTC) + after
    found = look_for_problems(instance, graph_of(settings), settings, now)
    return {each.key: each for each in found.problems}


def subjects(box):
    return [mail["Subject"].strip() for mail in box.mails]


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def fail(instance, settings, job_name, *, tags=None, success=False, error=None):
    """A run of a job that ended, in the instance's own storage."""
    run = instance.create_run_for_job(graph_of(settings).repository.get_job(job_name), tags=tags)
    kinds = dg.DagsterEventType
    end = kinds.RUN_SUCCESS if success else kinds.RUN_FAILURE
    for kind in (kinds.RUN_START, *([kinds.STEP_FAILURE] if error else []), end):
        event = dg.DagsterEvent(
            event_type_value=kind.value,
            job_name=job_name,
            step_key="step" if kind == kinds.STEP_FAILURE else None,
            event_specific_data=failed_step(error) if kind == kinds.STEP_FAILURE else None,
            message="the process is gone",
        )
        instance.report_dagster_event(event, run.run_id)
    return run.run_id


def failed_step(error):
    """What Dagster keeps of a step that our code ended."""
    failure = failure_of(error)
    said = UserFailureData("failure", failure.description, failure.metadata)
    return StepFailureData(error=None, user_failure_data=said)


def production(settings, mode="apply"):
    """As if the connections were real ones, with everything switched off as delivered."""
    real = settings.connections.model_copy(update={"sandbox": False})
    return settings.model_copy(update={"connections": real, "mode": mode})


def test_where_all_is_well_nobody_is_told_and_the_monitor_hears_of_it(
    sandbox, instance, hooks, access
):
    settings = with_access(
        quiet(sandbox),
        access(
            alert_slack_url=f"{hooks.url}/hook/T0SECRET",
            alert_ping_url=f"{hooks.url}/ping/T0SECRET",
        ),
    )
    found = look(settings, instance)
    assert (hooks.posts, hooks.pings) == ([], 1)
    assert found.skip_reason.skip_message.startswith("0 open problems; ping at 127.0.0.1: HTTP 200")


def test_a_store_that_is_away_is_one_mail_however_many_jobs_fail(told, instance):
    settings, box = told
    away = StoreUnavailable(Call("GET", "orders"), "the store is down", status=503)
    fail(instance, settings, "order_sync", error=away)
    first = look(settings, instance)
    fail(instance, settings, "inventory_sync", error=away)
    second = look(settings, instance, first.cursor, MINUTE)
    assert subjects(box) == ["[woocp main SANDBOX] WARNING: the store cannot be used"]
    said = text_of(box.mails[0])
    assert "the store is down" in said
    assert "- order_sync failed" in said
    assert "To do: open the shop" in said
    assert "Page: Dagster /runs/" in said
    fail(instance, settings, "order_sync", success=True)
    fail(instance, settings, "inventory_sync", success=True)
    third = look(settings, instance, second.cursor, 2 * MINUTE)
    look(settings, instance, third.cursor, 2 * MINUTE + QUIET)
    assert subjects(box)[1:] == ["[woocp main SANDBOX] recovered: the store cannot be used"]


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (OperationalError("x", None, _DriverError("08S01", "Communication failure")), "database"),
        (BreakerTripped("run-7", Extent(100, 90, 90), ["too much"]), "stock_breaker"),
        (AuthenticationFailed(Call("GET", "orders"), "revoked", status=401), "store"),
        (DBAPIError("x", None, _DriverError("42S22", "Invalid column")), "run:inventory_sync"),
        (KeyError("TKT_NO"), "run:inventory_sync"),
    ],
)
def test_runs_that_fail_for_one_reason_are_one_problem(sandbox, instance, error, key):
    fail(instance, quiet(sandbox), "inventory_sync", error=error)
    found = problems(quiet(sandbox), instance)
    assert list(found) == [key]
    assert found[key].next_step


def test_a_frequent_job_that_fails_three_times_in_a_row_is_critical(told, instance):
    settings, box = told
    cursor = None
    for number in range(4):
        fail(instance, settings, "order_creation")
        cursor = look(settings, instance, cursor, number * MINUTE).cursor
    assert subjects(box) == [
        "[woocp main SANDBOX] WARNING: order_creation failed",
        "[woocp main SANDBOX] CRITICAL: order_creation failed",
    ]
    assert "What: the process is gone (3 runs failed)" in text_of(box.mails[1])


def test_the_nightly_run_of_a_job_is_not_made_good_by_its_frequent_ones(sandbox, instance):
    settings = quiet(sandbox)
    night = {"dagster/schedule_name": "order_sync_in_full_every_night"}
    often = {"dagster/schedule_name": "order_sync_every_5_minutes"}
    fail(instance, settings, "order_sync", tags=night)
    fail(instance, settings, "order_sync", tags=often)
    fail(instance, settings, "order_sync", tags=often, success=True)
    found = problems(settings, instance)
    key = "run:order_sync:order_sync_in_full_every_night"
    assert list(found) == [key]
    assert found[key].level == "critical"
    fail(instance, settings, "order_sync", tags=night, success=True)
    assert problems(settings, instance) == {}


def test_a_run_that_dagster_repeats_by_itself_is_no_failure_yet(sandbox, instance):
    fail(instance, quiet(sandbox), "customer_sync", tags={"dagster/will_retry": "true"})
    assert problems(quiet(sandbox), instance) == {}
    fail(instance, quiet(sandbox), "customer_sync")
    assert list(problems(quiet(sandbox), instance)) == ["run:customer_sync"]


def test_days_that_failed_are_made_good_by_the_same_days_only(sandbox, instance):
    settings = quiet(sandbox)
    backfill = {"dagster/backfill": "abcdefgh"}
    for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
        fail(instance, settings, "order_backfill", tags={**backfill, "dagster/partition": day})
    fail(
        instance, settings, "order_backfill", tags={"dagster/partition": "2026-11-21"}, success=True
    )
    (found,) = problems(settings, instance).values()
    assert found.title == "the backfill abcdefgh of order_backfill failed"
    assert sorted(found.records) == ["2026-11-20", "2026-11-22"]
    # Whoever started it looks after it; a day later it is dropped without a word.
    assert not found.ends
    assert problems(settings, instance, 25 * HOUR) == {}


def test_what_a_person_started_and_failed_says_why(sandbox, instance, run_job):
    assert not run_job(sandbox, "replay").success
    found = problems(quiet(sandbox), instance)["run:replay"]
    assert found.level == "warning"
    assert "no order" in found.what
    assert found.page.startswith("/runs/")


def check_result(instance, name, asset, *, passed, severity=dg.AssetCheckSeverity.WARN, **metadata):
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(asset),
            check_name=name,
            passed=passed,
            severity=severity,
            metadata={name: dg.MetadataValue.text(str(text)) for name, text in metadata.items()},
        )
    )


def test_a_failed_check_is_told_although_its_run_did_not_fail(told, instance):
    settings, box = told
    name, asset = "every_product_has_its_stock", "woo_stock"
    check_result(instance, name, asset, passed=False, open_dead_letters=3)
    cursor = look(settings, instance).cursor
    assert subjects(box) == [
        "[woocp main SANDBOX] WARNING: the check every_product_has_its_stock of woo_stock failed"
    ]
    assert "What: open dead letters 3" in text_of(box.mails[0])
    assert "/assets/woo_stock?view=checks&checkDetail=every_product_has_its_stock" in text_of(
        box.mails[0]
    )
    check_result(instance, name, asset, passed=True)
    cursor = look(settings, instance, cursor, MINUTE).cursor
    look(settings, instance, cursor, MINUTE + QUIET)
    assert "recovered" in subjects(box)[1]


def test_an_error_is_critical_and_what_the_health_tells_is_not_told_twice(sandbox, instance):
    error = dg.AssetCheckSeverity.ERROR
    check_result(
        instance, "totals_match_store", "counterpoint_documents", passed=False, severity=error
    )
    check_result(instance, "every_order_could_be_booked", "counterpoint_documents", passed=False)
    check_result(instance, "every_sync_works", "sync_health", passed=False, severity=error)
    found = problems(quiet(sandbox), instance)
    assert {key: each.level for key, each in found.items()} == {
        "check:counterpoint_documents:totals_match_store": "critical"
    }


def refuse_order(flow, number, seen):
    row = {
        "STORE_ID": flow.store_id,
        "FLOW": "documents",
        "KIND": "order",
        "RECORD_KEY": str(number),
        "WOO_ORDER_ID": number,
        "WOO_ORDER_NO": str(number),
        "CODE": "NO_PAY_CODE",
        "FIELD": "payment_method",
        "FOUND": "nmi",
        "EXPECTED": "a gateway of [payments.pay_codes]",
        "ARITHMETIC": "",
        "NEXT_STEP": "add it",
        "RETRYABLE": False,
        "ATTEMPTS": 1,
        "FIRST_SEEN_GMT": seen,
        "LAST_SEEN_GMT": seen,
    }
    with writing(flow.engine) as connection:
        connection.execute(insert(USER_DEAD_LETTER).values(**row))


def test_refused_orders_are_named_and_told_again_when_they_get_old(told, instance):
    settings, box = told
    flow = open_context(settings)
    now = datetime.now(UTC)
    refuse_order(flow, 1042, now - 5 * MINUTE)
    cursor = look(settings, instance).cursor
    cursor = look(settings, instance, cursor, 7 * HOUR).cursor
    cursor = look(settings, instance, cursor, 25 * HOUR).cursor
    assert subjects(box) == [
        "[woocp main SANDBOX] WARNING: orders could not be booked",
        "[woocp main SANDBOX] WARNING: orders have waited for people too long",
        "[woocp main SANDBOX] CRITICAL: orders have waited for people too long (and 1 more)",
    ]
    said = text_of(box.mails[0])
    assert "- order 1042: NO_PAY_CODE (payment_method)" in said
    assert "woocp dead-letters" in said
    assert "STILL OPEN AFTER A DAY WARNING: orders could not be booked" in text_of(box.mails[2])
    flow.engine.dispose()


def test_a_database_that_is_away_is_told_and_ends_nothing_else(told, instance):
    settings, box = told
    flow = open_context(settings)
    refuse_order(flow, 1042, datetime.now(UTC))
    flow.engine.dispose()
    cursor = look(settings, instance).cursor
    away = settings.connections.model_copy(
        update={"database_url": SecretStr("sqlite:////no/such/folder/x.db")}
    )
    gone = settings.model_copy(update={"connections": away})
    for number in range(1, 5):
        cursor = look(gone, instance, cursor, number * QUIET).cursor
    assert subjects(box)[1:] == [
        "[woocp main SANDBOX] CRITICAL: Counterpoint's database does not answer"
    ]
    for number in range(5, 8):
        cursor = look(settings, instance, cursor, number * QUIET).cursor
    assert subjects(box)[2:] == [
        "[woocp main SANDBOX] recovered: Counterpoint's database does not answer"
    ]


def test_nothing_is_pinged_while_something_is_critical_or_cannot_be_told(
    sandbox, instance, hooks, access
):
    ping = {"alert_ping_url": f"{hooks.url}/ping/T0SECRET"}
    settings = with_access(quiet(sandbox), access("smtp://127.0.0.1:1?tls=none", **ping))
    fail(instance, settings, "replay")
    found = look(settings, instance)
    assert "no ping: alerts do not go out" in found.skip_reason.skip_message
    settings = with_access(quiet(sandbox), access(**ping))
    fail(instance, settings, "customer_sync")
    found = look(settings, instance)
    assert "no ping: something is critical" in found.skip_reason.skip_message
    assert hooks.pings == 0


def test_what_the_breaker_stopped_is_one_problem_with_the_run_to_approve(
    sandbox, instance, run_job
):
    flow = open_context(quiet(sandbox))
    with writing(flow.engine) as connection:
        blocked = json.dumps({"run-7": [100, 90, 90]})
        write_state(connection, flow.store_id, BLOCKED, blocked, datetime.now(UTC))
    flow.engine.dispose()
    found = problems(quiet(sandbox), instance)["stock_breaker"]
    assert found.level == "warning"
    assert "--approve run-7" in found.next_step


def test_a_scheduled_asset_that_is_not_made_any_more_is_told(sandbox, instance):
    settings = quiet(sandbox)
    instance.report_runless_asset_event(dg.AssetMaterialization("woo_stock"))
    instance.report_runless_asset_event(dg.AssetMaterialization("price_book"))
    assert problems(settings, instance, HOUR / 2) == {}
    found = problems(settings, instance, 2 * HOUR)
    assert {key: each.level for key, each in found.items()} == {"fresh:woo_stock": "warning"}
    assert found["fresh:woo_stock"].what == "last materialized 2 h ago; 60 min are allowed"
    assert problems(settings, instance, 7 * HOUR)["fresh:woo_stock"].level == "critical"
    assert "fresh:price_book" in problems(settings, instance, 51 * HOUR)


def test_an_old_asset_is_no_news_where_its_job_fails_or_only_plans(sandbox, instance):
    instance.report_runless_asset_event(dg.AssetMaterialization("woo_stock"))
    planning = quiet(sandbox).model_copy(update={"mode": "plan"})
    assert problems(planning, instance, 2 * HOUR) == {}
    fail(instance, quiet(sandbox), "inventory_sync")
    assert list(problems(quiet(sandbox), instance, 2 * HOUR)) == ["run:inventory_sync"]


def test_a_flow_in_apply_mode_whose_schedules_are_off_is_told(sandbox, instance):
    found = problems(production(quiet(sandbox)), instance)
    assert "stopped:orders" in found
    assert found["stopped:orders"].records == (
        "order_sync_every_5_minutes",
        "order_sync_in_full_every_night",
    )
    assert found["stopped:orders"].level == "warning"
    assert problems(production(quiet(sandbox), "plan"), instance) == {}


def test_a_source_that_fails_is_told_and_ends_neither_itself_nor_another():
    look = Look()

    def broken():
        raise KeyError("moved")

    assert look.ask("runs", ("run:",), broken, 7) == 7
    (found,) = look.problems
    assert found.title == "alerts cannot look at runs"
    assert look.is_unknown("run:order_sync")
    assert not look.is_unknown("check:x")


def test_the_sensor_itself_looks_at_the_definitions_that_dagster_gives_it(told, instance):
    settings, box = told
    fail(instance, settings, "customer_sync")
    graph = build_defs(settings).get_repository_def()
    with dg.build_sensor_context(
        instance=instance,
        repository_def=graph,
        resources={"woocp": WoocpResource(settings=settings)},
    ) as context:
        tick = graph.get_sensor_def("alerts").evaluate_tick(context)
    assert subjects(box) == ["[woocp main SANDBOX] CRITICAL: customer_sync failed"]
    assert "mail by localhost" in tick.skip_message
    assert "run:customer_sync" in tick.cursor


def test_the_sensors_watch_where_somebody_is_told_and_nowhere_else(sandbox, access):
    real = production(quiet(sandbox))
    wanted = with_access(real, access(alert_slack_url="https://hooks.slack.example/x"))
    for settings, status in ((real, "STOPPED"), (wanted, "RUNNING")):
        graph = build_defs(settings).get_repository_def()
        states = {graph.get_sensor_def(name).default_status.name for name in ("alerts", "health")}
        assert states == {status}
        assert graph.get_sensor_def("pending_orders").default_status.name == "STOPPED"
