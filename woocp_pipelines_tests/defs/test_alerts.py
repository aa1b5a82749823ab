"""The alerts sensor: real runs, checks and ticks of a real instance, mail to a real server."""

from datetime import UTC, datetime

import dagster as dg
from pydantic import SecretStr

from woocp_pipelines.counterpoint import health
from woocp_pipelines.counterpoint.tables import USER_STORE_OUTBOX
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.operations.alerts import Look
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.rules.alerting import QUIET
from woocp_pipelines.woocommerce.errors import Call, StoreUnavailable
from woocp_pipelines_tests.defs.alert_world import (
    HOUR,
    MINUTE,
    check_result,
    fail,
    look,
    problems,
    production,
    quiet,
    refuse_order,
    subjects,
    text_of,
    with_access,
)


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
    assert "STILL OPEN WARNING: orders could not be booked" in text_of(box.mails[2])
    flow.engine.dispose()


def test_another_refused_order_is_told_although_the_problem_is_known(told, instance):
    settings, box = told
    flow = open_context(settings)
    now = datetime.now(UTC)
    refuse_order(flow, 1042, now)
    cursor = look(settings, instance).cursor
    for number in (1043, 1044):
        refuse_order(flow, number, now)
        cursor = look(settings, instance, cursor, 30 * MINUTE).cursor
    cursor = look(settings, instance, cursor, HOUR + MINUTE).cursor
    look(settings, instance, cursor, 3 * HOUR)
    assert subjects(box) == [
        "[woocp main SANDBOX] WARNING: orders could not be booked",
        "[woocp main SANDBOX] NEW RECORDS, WARNING: orders could not be booked",
    ]
    said = text_of(box.mails[1])
    assert "NEW RECORDS, WARNING: orders could not be booked" in said
    assert said.index("order 1043") < said.index("order 1044") < said.index("order 1042")
    flow.engine.dispose()


def test_a_note_that_the_store_refused_is_told(sandbox, instance):
    check_result(instance, "the_store_was_told", "counterpoint_documents", passed=False)
    assert list(problems(quiet(sandbox), instance)) == [
        "check:counterpoint_documents:the_store_was_told"
    ]


def test_tables_that_are_gone_end_nothing_that_is_known_by_them(told, instance):
    settings, box = told
    flow = open_context(settings)
    refuse_order(flow, 1042, datetime.now(UTC))
    cursor = look(settings, instance).cursor
    USER_STORE_OUTBOX.drop(flow.engine)
    flow.engine.dispose()
    for number in range(1, 4):
        cursor = look(settings, instance, cursor, number * QUIET).cursor
    assert [each for each in subjects(box) if "recovered" in each] == []


def test_a_look_at_health_that_fails_is_told_and_ends_nothing(
    told, instance, hooks, access, monkeypatch
):
    settings, box = told
    pinged = access(box.url(), alert_ping_url=f"{hooks.url}/ping/T0SECRET").ping_url
    settings = with_access(settings, settings.alert_access.model_copy(update={"ping_url": pinged}))
    flow = open_context(settings)
    refuse_order(flow, 1042, datetime.now(UTC))
    flow.engine.dispose()
    cursor = look(settings, instance).cursor
    assert hooks.pings == 1
    # Not a sentence that any version of ours would write there.
    monkeypatch.setattr(health, "LETTER_HOURS", ("no number",))
    for number in range(1, 4):
        found = look(settings, instance, cursor, number * QUIET)
        cursor = found.cursor
    assert subjects(box)[1:] == ["[woocp main SANDBOX] WARNING: alerts cannot look at health"]
    assert "no ping: alerts cannot look at health" in found.skip_reason.skip_message
    assert hooks.pings == 1


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
    assert "no ping: something is critical: customer_sync failed" in found.skip_reason.skip_message
    assert hooks.pings == 0


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


def test_a_practice_company_is_called_by_its_name_and_not_taken_for_the_real_one(told, instance):
    settings, box = told
    real = production(settings)
    practice = real.connections.model_copy(update={"name": "practice"})
    fail(instance, settings, "replay")
    look(real.model_copy(update={"connections": practice}), instance)
    look(real, instance)
    assert [each.partition(":")[0] for each in subjects(box)] == [
        "[woocp main practice] WARNING",
        "[woocp main counterpoint] WARNING",
    ]
    assert text_of(box.mails[0]).startswith("woocp, practice, store main, ")
    graph = build_defs(real).get_repository_def()
    assert graph.get_job("order_sync").tags["environment"] == "counterpoint"


def test_the_sensors_watch_where_somebody_is_told_and_nowhere_else(sandbox, access):
    real = production(quiet(sandbox))
    wanted = with_access(real, access(alert_slack_url="https://hooks.slack.example/x"))
    for settings, status in ((real, "STOPPED"), (wanted, "RUNNING")):
        graph = build_defs(settings).get_repository_def()
        states = {graph.get_sensor_def(name).default_status.name for name in ("alerts", "health")}
        assert states == {status}
        assert graph.get_sensor_def("pending_orders").default_status.name == "STOPPED"
