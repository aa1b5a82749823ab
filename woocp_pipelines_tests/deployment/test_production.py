"""A day in production, on PostgreSQL, by the command lines of the service files.

Two stories, each with servers of its own: what is started by systemd and, after a crash of the
machine, by Docker's command lines; and how every service ends.
"""

import signal
import time
from collections import Counter

import dagster as dg
import pytest
import requests
from dagster._core.scheduler.instigation import ScheduleInstigatorData, TickStatus

from woocp_pipelines.sandbox.store.faults import Fault
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
RUNTIME = "20"


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
    def ask():
        now = deployment.run(run_id).status
        assert now in {status} or not deployment.run(run_id).is_finished, now
        return now is status

    eventually(f"run {run_id} is {status.value}", ask)


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


def test_a_day_with_a_crash_of_the_whole_machine(deployment):
    set_up(deployment)
    limits = {
        pool.name: pool.limit for pool in deployment.instance.event_log_storage.get_pool_limits()
    }
    assert limits == {"counterpoint_writes": 1}

    start_as_systemd_does(deployment, *SERVICES)
    ui = deployment.ui("webserver")
    eventually("the UI shows the code location", ui.answers)
    healthy(deployment)

    # A schedule is off until somebody switches it on; then it ticks, and its run reads the orders.
    assert deployment.instance.all_instigator_state() == []
    ui.switch_on(SCHEDULE)
    state = five_minutes_pass(deployment)

    def ticks():
        return deployment.instance.get_ticks(state.instigator_origin_id, state.selector_id)

    tick = eventually(
        "the schedule ticks", lambda: [t for t in ticks() if t.status is TickStatus.SUCCESS]
    )[-1]
    ended(deployment, tick.run_ids[0], dg.DagsterRunStatus.SUCCESS)
    assert len(deployment.ledger().of("USER_ORDER_STAGING", STATUS="PENDING")) > 1

    # Power fails while the store has the first note of an order, and before we know that it has.
    deployment.store.faults.add(Fault("timeout_after_write", "POST", "/notes", seconds=600))
    killed = launched(ui, "order_creation", dagster__max_runtime=RUNTIME)
    eventually("a note is on its way", lambda: not deployment.store.faults.as_json())
    booked = deployment.ledger()
    for name in SERVICES:
        deployment.services.kill(name)
    assert deployment.run(killed).status is dg.DagsterRunStatus.STARTED

    # The machine is back. Nobody does anything: what looked alive is failed and run again.
    start_as_docker_does(deployment, *SERVICES)
    ended(deployment, killed, dg.DagsterRunStatus.FAILURE)
    eventually("the UI is back", ui.answers)
    healthy(deployment)
    eventually("every run has ended", lambda: not deployment.unfinished())
    last = launched(ui, "order_creation")
    ended(deployment, last, dg.DagsterRunStatus.SUCCESS)

    after = deployment.ledger()
    assert len(after.of("USER_ORDER_KEY")) > 1
    assert after.of("USER_ORDER_KEY") == booked.of("USER_ORDER_KEY")
    assert after.counts["PS_DOC_HDR"] == booked.counts["PS_DOC_HDR"]
    assert set(Counter(row["DOC_ID"] for row in after.of("USER_ORDER_KEY")).values()) == {1}
    assert {len(notes) for notes in after.notes.values()} == {1}
    assert set(after.notes) == {
        row["WOO_ORDER_ID"] for row in after.of("USER_ORDER_KEY") if row["DOC_ID"]
    }


def test_the_daemon_may_die_and_every_service_ends_when_told(deployment):
    set_up(deployment)
    start_as_systemd_does(deployment, *SERVICES)
    ui, viewer = deployment.ui("webserver"), deployment.ui("viewer")
    eventually("the UI shows the code location", ui.answers)
    eventually("the viewer shows it, too", viewer.answers)

    # Who may only look starts nothing.
    assert viewer.launch("order_sync")["__typename"] == "UnauthorizedError"

    deployment.store.faults.add(Fault("timeout_after_write", "GET", "/orders$", seconds=4))
    running = launched(ui, "order_sync")
    eventually("the store is asked", lambda: not deployment.store.faults.as_json())
    deployment.services.kill("daemon")
    ended(deployment, running, dg.DagsterRunStatus.SUCCESS)
    waiting = launched(ui, "order_sync")
    assert deployment.run(waiting).status is dg.DagsterRunStatus.QUEUED
    start_as_docker_does(deployment, "daemon")
    ended(deployment, waiting, dg.DagsterRunStatus.SUCCESS)

    # A run in flight ends by itself while the code server is told to stop.
    deployment.store.faults.add(Fault("timeout_after_write", "GET", "/orders$", seconds=4))
    last = launched(ui, "order_sync")
    eventually("the store is asked", lambda: not deployment.store.faults.as_json())
    for name in SERVICES:
        assert signal.Signals[unit(f"woocp-{name}.service")["KillSignal"]] is signal.SIGTERM
        assert deployment.services.stop(name) in {0, -signal.SIGTERM}, deployment.services.log(
            name
        ).read_text()
    assert deployment.run(last).status is dg.DagsterRunStatus.SUCCESS
    with pytest.raises(requests.ConnectionError):
        requests.get(ui.url, timeout=5)
