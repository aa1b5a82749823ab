"""A day in production, on PostgreSQL, by the command lines of the service files.

One story, since starting a server takes longer than all the rest: all is started by systemd's
command lines and, after a crash of the machine, by Docker's, which are those of Windows, too.
"""

import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import InstigatorStatus, ScheduleInstigatorData, TickStatus

from woocp_pipelines.defs.operations.run_history import prune
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.settings import Retention
from woocp_pipelines_tests.deployment.postgres import needs_postgres
from woocp_pipelines_tests.deployment.service_files import (
    compose_commands,
    health_command,
    unit,
    unit_commands,
)
from woocp_pipelines_tests.deployment.waiting import eventually

pytestmark = [pytest.mark.postgres, needs_postgres]

SERVICES = ("code", "webserver", "viewer", "daemon")
SCHEDULE = "order_sync_every_5_minutes"
FIVE_MINUTES = 300
# Of the run that is killed: long enough to be killed first, short enough to be waited for.
MAX_RUNTIME, RUNTIME = "dagster/max_runtime", "20"


def set_up(deployment):
    for command in unit_commands("woocp-setup.service"):
        deployment.services.call(deployment.machine.here(command))


def start_as_systemd_does(deployment, *names):
    for name in names:
        (command,) = unit_commands(f"woocp-{name}.service")
        deployment.services.start(name, deployment.machine.here(command))


def start_as_docker_does(deployment, *names):
    for name in names:
        (command,) = compose_commands(name)
        deployment.services.start(name, deployment.machine.here(command))


def healthy(deployment):
    for name in ("code", "daemon"):
        command = deployment.machine.here(health_command(name))
        eventually(f"{name} is healthy", lambda command=command: calls(deployment, command))


def calls(deployment, command):
    try:
        deployment.services.call(command)
    except AssertionError:
        return False
    return True


def ended(deployment, run_id, status):
    def end():
        run = deployment.run(run_id)
        return run.status if run.is_finished else None

    assert eventually(f"run {run_id} ends", end) is status


def launched(ui, job, **tags):
    answer = ui.launch(job, **tags)
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return answer["run"]["runId"]


def five_minutes_pass(deployment):
    """The schedule looks as if it had been switched on just before its last time was due."""
    (state,) = deployment.instance.all_instigator_state()
    due = time.time() // FIVE_MINUTES * FIVE_MINUTES
    data = ScheduleInstigatorData(state.instigator_data.cron_schedule, start_timestamp=due - 1)
    deployment.instance.update_instigator_state(state.with_data(data))
    return state


def all_is_started(deployment):
    set_up(deployment)
    pools = deployment.instance.event_log_storage.get_pool_limits()
    assert {pool.name: pool.limit for pool in pools} == {"counterpoint_writes": 1}
    start_as_systemd_does(deployment, *SERVICES)
    eventually("the UI shows the code location", deployment.ui("webserver").answers)
    eventually("the viewer shows it, too", deployment.ui("viewer").answers)


def the_schedule_ticks_when_it_is_switched_on(deployment):
    assert deployment.instance.all_instigator_state() == []
    deployment.ui("webserver").switch_on(SCHEDULE)
    state = five_minutes_pass(deployment)

    def started():
        ticks = deployment.instance.get_ticks(state.instigator_origin_id, state.selector_id)
        return [tick for tick in ticks if tick.status is TickStatus.SUCCESS]

    (run_id,) = eventually("the schedule ticks", started)[-1].run_ids
    ended(deployment, run_id, dg.DagsterRunStatus.SUCCESS)
    assert len(deployment.ledger().of("USER_ORDER_STAGING", STATUS="PENDING")) > 1
    # Off again: a run that nobody here started would take the faults that are meant for others.
    (state,) = deployment.instance.all_instigator_state()
    deployment.instance.update_instigator_state(state.with_status(InstigatorStatus.STOPPED))
    eventually("every run has ended", lambda: not deployment.unfinished())


def power_fails_in_mid_run(deployment):
    """While the store has the first note of an order, and before we know that it has."""
    deployment.store.faults.add(Fault("timeout_after_write", "POST", "/notes", seconds=600))
    run_id = launched(deployment.ui("webserver"), "order_creation", **{MAX_RUNTIME: RUNTIME})
    eventually("a note is on its way", lambda: not deployment.store.faults.as_json())
    for name in SERVICES:
        deployment.services.kill(name)
    assert deployment.run(run_id).status is dg.DagsterRunStatus.STARTED
    return run_id, deployment.ledger()


def nothing_is_doubled(deployment, before):
    after = deployment.ledger()
    keys = after.of("USER_ORDER_KEY")
    assert len(keys) > 1
    assert keys == before.of("USER_ORDER_KEY")
    assert after.counts["PS_DOC_HDR"] == before.counts["PS_DOC_HDR"]
    assert set(Counter(row["DOC_ID"] for row in keys).values()) == {1}
    assert {order: len(notes) for order, notes in after.notes.items()} == {
        row["WOO_ORDER_ID"]: 1 for row in keys
    }


def the_daemon_dies_alone(deployment):
    """The run goes on; the next one waits until there is a daemon again."""
    ui = deployment.ui("webserver")
    running = held_up(deployment)
    deployment.services.kill("daemon")
    ended(deployment, running, dg.DagsterRunStatus.SUCCESS)
    waiting = launched(ui, "order_sync")
    assert deployment.run(waiting).status is dg.DagsterRunStatus.QUEUED
    start_as_docker_does(deployment, "daemon")
    ended(deployment, waiting, dg.DagsterRunStatus.SUCCESS)


def old_runs_go(deployment):
    """On PostgreSQL, too, an asset still knows when it was made last."""
    removed = prune(
        deployment.instance, Retention(), datetime.now(UTC) + timedelta(days=500), apply=True
    )
    assert removed.runs >= len(SERVICES)
    assert deployment.instance.get_runs() == []
    key = dg.AssetKey("order_staging")
    assert deployment.instance.get_latest_materialization_event(key) is not None


def all_is_stopped(deployment):
    """A run in flight ends by itself first."""
    last = held_up(deployment)
    for name in SERVICES:
        assert unit(f"woocp-{name}.service")["KillSignal"] == "SIGTERM"
        assert deployment.services.stop(name) in {0, -signal.SIGTERM}
    assert deployment.run(last).status is dg.DagsterRunStatus.SUCCESS


def held_up(deployment):
    """A run in the middle of a request that the store leaves without an answer for a while."""
    deployment.store.faults.add(Fault("timeout_after_write", "GET", "/orders$", seconds=4))
    run_id = launched(deployment.ui("webserver"), "order_sync")
    eventually("the store is asked", lambda: not deployment.store.faults.as_json())
    assert deployment.run(run_id).status is dg.DagsterRunStatus.STARTED
    return run_id


def test_a_day_with_a_crash_of_the_machine_loses_and_doubles_nothing(deployment):
    all_is_started(deployment)
    the_schedule_ticks_when_it_is_switched_on(deployment)
    killed, before = power_fails_in_mid_run(deployment)

    # The machine is back. Nobody does anything: what looked alive is failed and run again.
    start_as_docker_does(deployment, *SERVICES)
    ended(deployment, killed, dg.DagsterRunStatus.FAILURE)
    ui, viewer = deployment.ui("webserver"), deployment.ui("viewer")
    eventually("the UI is back", ui.answers)
    healthy(deployment)
    eventually("every run has ended", lambda: not deployment.unfinished())
    ended(deployment, launched(ui, "order_creation"), dg.DagsterRunStatus.SUCCESS)
    nothing_is_doubled(deployment, before)

    eventually("the viewer is back", viewer.answers)
    assert viewer.launch("order_sync")["__typename"] == "UnauthorizedError"
    the_daemon_dies_alone(deployment)
    old_runs_go(deployment)
    all_is_stopped(deployment)
