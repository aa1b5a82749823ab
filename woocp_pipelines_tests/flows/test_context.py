"""The frame around every run: its lock, its row in USER_SYNC_LOG, what it never says."""

import json
import logging
from datetime import UTC

import pytest

from woocp_pipelines.counterpoint.locks import LockBusyError, flow_lock
from woocp_pipelines.flows.context import open_context, run_flow
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.settings import Mode
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, StoreUnavailable
from woocp_pipelines_tests.customer_world import KEY, SECRET, settings_for
from woocp_pipelines_tests.order_world import conflict_once, holds


def logs(world):
    return world.rows("USER_SYNC_LOG")


@pytest.mark.cp_bug(59)
def test_every_run_that_writes_leaves_its_row_in_the_log(world):
    world.orders(1, 2, 3)
    world.overwrite(2, total="a lot")
    world.pull()
    world.book()
    world.notify()
    pulled, booked, notified = logs(world)
    holds(pulled, OPERATION_TYPE="order_sync", DIRECTION="WOO_TO_CP", SUCCESS=True, DRY_RUN=False)
    holds(pulled, RECORDS_INPUT=3, RECORDS_CREATED=2, RECORDS_UPDATED=0, RECORDS_FAILED=1)
    holds(booked, OPERATION_TYPE="order_processing", DIRECTION="INTERNAL", RECORDS_CREATED=2)
    holds(notified, OPERATION_TYPE="order_notification", DIRECTION="CP_TO_WOO", RECORDS_CREATED=2)
    assert {row["SYNC_ID"] for row in logs(world)} == {"test-run"}
    assert json.loads(booked["REPORT_JSON"])["facts"] == {"money_booked": "472.22"}


def test_the_log_has_the_stores_time_and_utc_beside_it(world):
    world.pull()
    (row,) = logs(world)
    assert row["STARTED_GMT"] == world.clock.now
    assert row["START_TIME"] == store_local(world.clock.now, world.context.settings.store.zone)
    assert row["STARTED_GMT"].tzinfo is UTC


@pytest.mark.cp_bug(59, 60)
def test_a_run_that_fails_leaves_its_row_and_its_error_goes_on(world):
    world.fault("maintenance", path="/orders", times=2)
    with pytest.raises(StoreUnavailable):
        world.pull()
    (row,) = logs(world)
    holds(row, SUCCESS=False, RECORDS_INPUT=0)
    assert row["ERROR_MESSAGE"].startswith("StoreUnavailable: GET orders/statuses 503")


def test_a_conflict_over_the_log_costs_one_more_try(world):
    conflict_once(world.engine, "INSERT INTO", "USER_SYNC_LOG")
    world.order()
    assert world.pull().created == 1
    holds(*logs(world), SUCCESS=True, RECORDS_CREATED=1)


@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_a_run_that_does_nothing_is_said_to_be_done(world, mode: Mode):
    assert run_flow(world.context, "orders", lambda *_: None, mode=mode).outcome == "done"
    assert len(logs(world)) == (1 if mode == "apply" else 0)


def test_a_skipped_run_writes_no_log_and_says_who_is_at_work(world):
    with flow_lock(world.engine, "documents"):
        report = world.book()
    assert (report.outcome, report.skip_reason) == (
        "skipped",
        "another run of documents is at work",
    )
    assert logs(world) == []


def test_a_plan_needs_no_lock(world):
    world.order()
    with flow_lock(world.engine, "orders"):
        assert world.pull(mode="plan").created == 1


def test_a_foreign_lock_inside_a_run_is_no_skip(world):
    def body(context, report):
        raise LockBusyError("woocp:keys")

    with pytest.raises(LockBusyError):
        run_flow(world.context, "documents", body, mode="apply")
    assert [row["SUCCESS"] for row in logs(world)] == [False]


def test_no_secret_is_in_a_log_an_error_or_a_stored_row(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.order(1)
    world.order(2, total="a lot")
    world.pull()
    world.book()
    world.fault("fatal", path="/notes", times=2)
    world.notify()
    world.state.keys.clear()
    with pytest.raises(AuthenticationFailed) as failed:
        world.pull()
    stored = [
        str(row)
        for table in ("USER_SYNC_LOG", "USER_DEAD_LETTER", "USER_STORE_OUTBOX")
        for row in world.rows(table)
    ]
    texts = [caplog.text, str(failed.value), repr(failed.value), repr(world.context), *stored]
    for secret in (KEY, SECRET):
        assert not [text for text in texts if secret in text]


def test_a_context_cannot_be_opened_without_both_systems():
    with pytest.raises(ValueError, match="needs both systems"):
        open_context(settings_for("http://127.0.0.1:9"))
