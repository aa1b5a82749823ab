"""The nightly job: what it says in Dagster, and which of Dagster's own runs go."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from woocp_pipelines.defs.operations.run_history import prune
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.settings import Retention
from woocp_pipelines.woocommerce.customers import read_customers
from woocp_pipelines_tests.defs.alert_world import problems, quiet
from woocp_pipelines_tests.defs.observed import failures
from woocp_pipelines_tests.sandbox_copies import context_of, copy_of

RETENTION = Retention(raw_days=400, run_days=30, failed_run_days=90)


@dg.asset
def made() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 7})


@dg.asset(partitions_def=dg.DailyPartitionsDefinition("2026-11-01"))
def made_by_day() -> None:
    """A day."""


@dg.asset
def broken() -> None:
    raise dg.Failure("on purpose")


def run(instance, asset, **options):
    return dg.materialize([asset], instance=instance, raise_on_error=False, **options).run_id


def later(days):
    return datetime.now(UTC) + timedelta(days=days)


def left(instance):
    return {record.run_id for record in instance.get_runs()}


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """DAGSTER_HOME with one run of each kind, each with a folder of its own; run ids by kind."""
    home = tmp_path_factory.mktemp("dagster")
    with dg.instance_for_test(temp_dir=str(home)) as instance:
        found = {
            "good": run(instance, made),
            "failed": run(instance, broken),
            "day": run(instance, made_by_day, partition_key="2026-11-02"),
        }
        for run_id in found.values():
            folder = Path(instance.storage_directory()) / run_id
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "log").write_text("x")
    return home, found


@pytest.fixture
def runs(history):
    return history[1]


@pytest.fixture
def on_disk(history, tmp_path):
    """An instance with a copy of these runs, as `dagster dev` keeps them."""
    shutil.copytree(history[0], tmp_path / "dagster")
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        yield instance


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (29, {"good", "failed", "day"}),
        (31, {"failed", "day"}),
        (91, {"day"}),
        (401, set()),
    ],
)
def test_runs_go_by_how_they_ended_and_those_of_days_last(on_disk, runs, days, kept):
    removed = prune(on_disk, RETENTION, later(days), apply=True)
    assert left(on_disk) == {runs[name] for name in kept}
    assert removed.runs == len(runs) - len(kept)
    root = Path(on_disk.storage_directory())
    assert {name for name, run_id in runs.items() if (root / run_id).exists()} == kept


def test_an_asset_still_knows_when_it_was_made_last(on_disk, runs):
    prune(on_disk, RETENTION, later(401), apply=True)
    event = on_disk.get_latest_materialization_event(dg.AssetKey("made"))
    assert event.asset_materialization.metadata["rows"].value == 7


def test_a_plan_counts_and_deletes_nothing(on_disk, runs):
    assert prune(on_disk, RETENTION, later(401), apply=False).runs == 3
    assert left(on_disk) == set(runs.values())


def test_folders_of_runs_that_are_gone_are_removed_and_no_others(on_disk, runs):
    root = Path(on_disk.storage_directory())
    orphan, other = root / str(uuid4()), root / "not-a-run"
    for folder in (orphan, other, root / str(uuid4())):
        shutil.copytree(root / runs["good"], folder)
    old = later(-2).timestamp()
    for folder in (orphan, other, root / runs["good"]):
        os.utime(folder, (old, old))
    assert prune(on_disk, RETENTION, datetime.now(UTC), apply=True).folders == 1
    assert not orphan.exists()
    # One is no run, one has its run, and one may be of a run that starts just now.
    assert len(list(root.iterdir())) >= len(runs) + 2


def test_more_runs_than_a_page_are_deleted(instance):
    for _ in range(5):
        instance.add_run(
            dg.DagsterRun("order_sync", str(uuid4()), status=dg.DagsterRunStatus.SUCCESS)
        )
    assert prune(instance, RETENTION, later(31), apply=True, page=2).runs == 5
    assert left(instance) == set()


def test_the_job_says_how_much_went(serving, run_job, instance):
    result = run_job(serving, "maintenance")
    assert result.success
    said = {
        event.step_key: event.step_output_data.metadata
        for event in result.all_events
        if event.is_successful_output
    }
    assert said["apply_retention"]["mode"].value == "apply"
    assert said["apply_retention"]["raw_orders_emptied"].value == 0
    assert said["apply_retention"]["persons_erased"].value == 0
    assert said["prune_dagster_history"]["runs_deleted"].value == 0
    assert result.run_id in left(instance)


@pytest.fixture(scope="module")
def emptied_home(_seeded_home, tmp_path_factory):
    home = tmp_path_factory.mktemp("emptied") / "home"
    with copy_of(_seeded_home, home) as sandbox, context_of(sandbox) as context:
        sync_customers(context)
        accounts = [each["id"] for page in read_customers(context.store) for each in page]
        for user_id in accounts:
            context.store.delete(f"customers/{user_id}", {"force": "true"})
    return home


@pytest.fixture
def emptied(emptied_home, tmp_path):
    """A sandbox with its customers synced, whose shop has lost them all."""
    with copy_of(emptied_home, tmp_path / "emptied") as sandbox:
        yield sandbox


def test_accounts_that_are_held_back_fail_the_run_after_all_else_and_are_told(
    emptied, run_job, instance
):
    result = run_job(emptied, "maintenance")
    assert not result.success
    failure = failures(result)["apply_retention"]
    assert "nothing of them was erased" in failure.description
    assert failure.metadata["raw_orders_emptied"].value == 0
    steps = [event.step_key for event in result.all_events if event.is_successful_output]
    assert steps == ["prune_dagster_history"]
    told = problems(quiet(emptied), instance)["run:maintenance"]
    assert told.level == "warning"
    assert told.what == failure.description
    assert "erase_however_many: true" in told.next_step


def test_a_person_may_say_that_they_are_gone_for_good(emptied, run_job):
    config = {"ops": {"apply_retention": {"config": {"erase_however_many": True}}}}
    result = run_job(emptied, "maintenance", run_config=config)
    assert result.success
    (said,) = [
        event.step_output_data.metadata
        for event in result.all_events
        if event.is_successful_output and event.step_key == "apply_retention"
    ]
    assert said["accounts_erased"].value >= 10


def test_a_plan_only_shows_what_would_be_held_back(emptied, run_job):
    config = {"ops": {"apply_retention": {"config": {"mode": "plan"}}}}
    assert run_job(emptied, "maintenance", run_config=config).success
