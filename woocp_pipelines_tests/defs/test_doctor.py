"""Doctor's checks in a real run, and what they say of Dagster's own settings."""

from pathlib import Path

import dagster as dg
import pytest
import yaml
from sqlalchemy import update

import woocp_pipelines
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.defs.operations.doctor import facts_of
from woocp_pipelines.rules.doctor.orchestrator import InstanceFacts, judge_instance
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.defs.observed import checks, plain

ROOT = Path(woocp_pipelines.__file__).parents[1]


def connected(settings, **changes):
    """The same settings with other connections."""
    connections = settings.connections.model_copy(update=changes)
    return settings.model_copy(update={"connections": connections})


def test_the_examination_lists_findings_as_a_table_and_what_to_check_by_hand(serving, run_job):
    run = run_job(serving, "examination")
    assert run.success
    found = checks(run)
    counterpoint = found["counterpoint_is_fit_for_writing"]
    assert not counterpoint.passed
    assert counterpoint.severity == dg.AssetCheckSeverity.WARN
    told = plain(counterpoint.metadata)
    assert told["red"] == 0
    assert told["yellow"] == len(told["findings"]) > 0
    assert {"level", "place", "fix", "why"} <= set(told["findings"][0])
    assert told["to_check_by_hand"]
    assert found["the_store_is_fit"].passed


def test_a_red_finding_is_an_error_and_stops_the_booking(serving, run_job):
    with writing(serving.engine) as connection:
        connection.execute(update(vendor_tables()["PS_STR_CFG_PS"]).values(USE_MISC_1="N"))
    found = checks(run_job(serving, "examination"))["counterpoint_is_fit_for_writing"]
    assert found.severity == dg.AssetCheckSeverity.ERROR
    assert plain(found.metadata)["findings"][0]["place"] == "PS_STR_CFG_PS.USE_MISC_1"
    booking = run_job(serving, "order_creation")
    assert not booking.success
    failed = [event for event in booking.all_events if event.is_step_failure]
    data = failed[0].event_specific_data
    assert "USE_MISC_1" in data.user_failure_data.description
    assert not data.user_failure_data.metadata["passes_by_itself"].value


def test_a_store_that_is_away_fails_its_check_and_not_the_other(sandbox, run_job):
    away = connected(sandbox.settings, store_url="http://127.0.0.1:9")
    found = checks(run_job(sandbox, "examination", settings=away))
    assert found["the_store_is_fit"].severity == dg.AssetCheckSeverity.ERROR
    assert not found["the_store_is_fit"].passed
    assert plain(found["counterpoint_is_fit_for_writing"].metadata)["red"] == 0


@pytest.fixture
def instance_of(tmp_path):
    made = []

    def make(text):
        (tmp_path / "dagster.yaml").write_text(text)
        made.append(dg.DagsterInstance.from_config(str(tmp_path)))
        return made[-1]

    yield make
    for each in made:
        each.dispose()


def test_a_bare_instance_lacks_all_that_production_needs(instance_of):
    facts = facts_of(instance_of("telemetry: {enabled: true}"))
    assert facts == InstanceFacts(
        on_sqlite=True,
        telemetry=True,
        monitors_runs=False,
        limits_syncs=False,
        limits_pools=False,
        prunes_ticks=False,
    )
    assert [each.id for each in judge_instance(facts)] == [
        f"dagster.{name}"
        for name in ("storage", "telemetry", "run_monitoring", "concurrency", "pools", "retention")
    ]


def test_the_shipped_settings_lack_nothing_but_the_server(instance_of):
    shipped = yaml.safe_load((ROOT / "deploy" / "dagster.yaml").read_text())
    del shipped["storage"]
    found = [each.id for each in judge_instance(facts_of(instance_of(yaml.safe_dump(shipped))))]
    assert found == ["dagster.storage"]


def test_in_production_dagster_s_settings_are_among_the_findings(serving, run_job):
    real = connected(serving.settings, sandbox=False)
    run = run_job(serving, "examination", settings=real)
    found = checks(run)["counterpoint_is_fit_for_writing"]
    assert "dagster.run_monitoring" in {each["id"] for each in plain(found.metadata)["findings"]}
