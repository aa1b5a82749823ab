"""The health of the syncs on its asset: checks that anybody can run, and a sensor that reports."""

import json

import dagster as dg
from pydantic import SecretStr

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.operations.health_checks import CHECKS
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines_tests.defs.observed import checks, plain


def look(settings, instance, cursor=None):
    sensor = build_defs(settings).resolve_sensor_def("health")
    resources = {"woocp": WoocpResource(settings=settings)}
    with dg.build_sensor_context(instance=instance, cursor=cursor, resources=resources) as context:
        return sensor.evaluate_tick(context)


def quiet(sandbox, **connections):
    settings = sandbox.settings.model_copy(update={"pricing_access": PricingAccess()})
    changed = settings.connections.model_copy(update=connections)
    return settings.model_copy(update={"connections": changed})


def test_the_sensor_reports_every_subject_once_and_then_what_changed(sandbox, instance):
    settings = quiet(sandbox)
    first = look(settings, instance)
    _, *told = first.asset_events
    assert {each.check_name: each.passed for each in told} == {
        "every_sync_works": False,
        "orders_are_booked_in_time": True,
        "refused_orders_are_dealt_with": True,
        "the_store_is_told_in_time": True,
        "no_stock_change_waits": True,
    }
    (failed,) = [each for each in told if not each.passed]
    levels = [row["level"] for row in plain(failed.metadata)["findings"]]
    assert set(levels) == {"ok", "warning"}
    assert levels == sorted(levels, reverse=True), "what is wrong stands first"
    assert failed.description.startswith("warning: last success ")
    again = look(settings, instance, first.cursor)
    assert again.asset_events == []
    assert again.skip_message == "as before: warning"
    old = json.dumps({**json.loads(first.cursor), "at": "2026-01-01T00:00:00+00:00"})
    assert look(settings, instance, old).asset_events


def test_without_the_database_no_check_passes(sandbox, instance):
    away = quiet(sandbox, database_url=SecretStr("sqlite:////no/such/folder/x.db"))
    _, *told = look(away, instance).asset_events
    assert {each.check_name for each in told if not each.passed} == set(CHECKS)
    assert {each.severity for each in told} == {dg.AssetCheckSeverity.ERROR}


def test_the_checks_can_be_run_by_a_person_and_slow_no_sync_down(sandbox, instance):
    graph = build_defs(quiet(sandbox)).get_repository_def()
    keys = {dg.AssetCheckKey(dg.AssetKey("sync_health"), name) for name in CHECKS}
    result = (
        graph.get_job("__ASSET_JOB")
        .get_subset(asset_selection=set(), asset_check_selection=keys)
        .execute_in_process(instance=instance)
    )
    assert set(checks(result)) == set(CHECKS)
    one = min(keys)
    alone = graph.get_job("__ASSET_JOB").get_subset(
        asset_selection=set(), asset_check_selection={one}
    )
    assert set(checks(alone.execute_in_process(instance=instance))) == {one.name}
    for job in ("order_creation", "order_sync", "inventory_sync"):
        assert not keys & graph.get_job(job).asset_layer.asset_graph.asset_check_keys, job
