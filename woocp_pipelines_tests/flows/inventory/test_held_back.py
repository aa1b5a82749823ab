"""Quantities that may not rise, since nobody knows what the web sold: said with a next step."""

import json

import pytest

from woocp_pipelines.commands.output import show_report
from woocp_pipelines.defs.metadata import report_metadata
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.sandbox.store.faults import Fault

RUN = [{"kind": "run", "key": "orders", "code": "ORDERS_NOT_PULLED"}]


@pytest.fixture
def rising(shop):
    """One product that would rise and one that would fall."""
    shop.item("UP", 10)
    shop.item("DOWN", 2)
    shop.up, shop.down = shop.product("UP", 5), shop.product("DOWN", 5)
    return shop


def planned_orders(shop):
    shop.settings = {"flows": {"orders": {"mode": "plan"}}}
    shop.pull.mode = "plan"


def test_orders_that_cannot_be_read_are_a_problem_of_the_run(rising):
    rising.pull.steps = [lambda: rising.client.get("orders/not-there")] * 3
    report = rising.sync()
    assert (rising.shown(rising.up), rising.shown(rising.down)) == (5, 2)
    document = json.loads(json.dumps(report.to_json()))
    assert (document["problems"], document["refused"]) == (RUN, 1)
    (refused,) = report.refused
    assert "could not be read" in refused.problem.found
    assert refused.problem.arithmetic == "1 quantities would rise and are held back"
    assert "Next step" not in refused.problem.found
    assert "once `woocp sync orders` succeeds" in refused.problem.next_step
    (row,) = document["tables"]["stock_raises_held_back_table"]
    assert (row["sku"], row["store_shows"], row["may_show"]) == ("UP", "5", "10")
    assert row["why"].startswith("held back: web orders could not be read")


def test_orders_that_cannot_be_read_are_a_problem_though_nothing_would_rise(shop):
    shop.pull.steps = [lambda: shop.client.get("orders/not-there")] * 3
    shop.item("A", 5)
    shop.product("A", 5)
    report = shop.sync()
    assert report.to_json()["problems"] == RUN
    assert report.refused[0].problem.arithmetic == ""


def test_a_pull_that_succeeds_in_a_later_round_leaves_no_problem(rising):
    rising.pull.steps = [lambda: rising.client.get("orders/not-there")]
    report = rising.sync()
    assert (report.refused, rising.shown(rising.up)) == ([], 10)
    assert "stock_raises_held_back_table" not in report.tables


def test_orders_in_plan_mode_are_a_problem_while_a_quantity_would_rise(rising):
    planned_orders(rising)
    report = rising.sync()
    assert report.to_json()["problems"] == RUN
    assert '[flows.orders] mode = "apply"' in report.refused[0].problem.next_step
    rising.stock("UP", 5)
    assert rising.sync().refused == []


def test_another_pull_at_work_is_a_problem_while_a_quantity_would_rise(rising):
    rising.pull.outcome = "skipped"
    report = rising.sync()
    assert report.to_json()["problems"] == RUN
    assert report.refused[0].problem.found == "another run of orders is at work"


@pytest.mark.parametrize("reason", ["planned", "unreadable"])
def test_a_plan_promises_what_an_apply_run_would_do_and_lists_the_rest_as_held_back(rising, reason):
    if reason == "planned":
        planned_orders(rising)
    else:
        rising.pull.steps = [lambda: rising.client.get("orders/not-there")] * 9
    plan, done = rising.sync(mode="plan"), rising.sync()
    assert [change.key for change in plan.changes] == ["DOWN"]
    assert (plan.written, plan.waiting) == (done.written, done.waiting) == (1, 1)
    assert plan.to_json()["problems"] == done.to_json()["problems"] == RUN
    assert (
        plan.tables["stock_raises_held_back_table"] == done.tables["stock_raises_held_back_table"]
    )


def test_a_plan_of_a_shop_that_applies_orders_promises_the_raise(rising):
    plan = rising.sync(mode="plan")
    assert [change.key for change in plan.changes] == ["UP", "DOWN"]
    assert (plan.refused, plan.waiting) == ([], 0)


def test_people_and_dagster_see_the_problem_and_the_rows(rising, capsys):
    planned_orders(rising)
    plan = rising.sync(mode="plan")
    show_report(plan)
    printed = capsys.readouterr().out
    assert "raises held back" in printed
    assert "not complete, orders: ORDERS_NOT_PULLED: orders: found orders are in plan" in printed
    metadata = report_metadata(plan, rising.context().settings)
    assert metadata["state"] == "degraded"
    assert metadata["stock_raises_held_back"] == 1
    assert metadata["stock_raises_held_back_table"].records[0].data["sku"] == "UP"
    assert metadata["refused_records"].records[0].data["record"] == "run orders"


def test_the_real_order_sync_that_the_store_refuses_is_the_problem(rising):
    rising.server.faults.add(Fault("server_error", method="GET", path="/orders$", times=99))
    report = rising.sync(pull=pull_orders)
    assert report.to_json()["problems"] == RUN
    assert rising.shown(rising.up) == 5
