"""Plan mode writes nothing anywhere; the circuit breaker stops mass changes until approved."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import func, select

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.flows.inventory_breaker import BreakerTripped, UnknownApprovalError
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.sandbox.store.faults import Fault


def count_rows(shop):
    with reading(shop.engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in METADATA.tables.items()
            if name.startswith("USER_")
        }


@pytest.fixture
def mass(shop):
    """Forty equal products, about to change when Counterpoint is changed."""
    shop.equal_products(40, 5)
    shop.sync()
    return shop.stock_of_first


def test_plan_lists_each_change_with_its_arithmetic_and_writes_nothing(shop):
    shop.item("A", 15, 5)
    shop.order(1, "HELD", ("A", 2))
    shop.item("B", 1)
    product, _, odd = shop.product("A", 3), shop.product("B", 1), shop.product("ODD", 1)
    before = count_rows(shop)
    report = shop.sync(mode="plan")
    change = report.changes[0]
    assert (change.key, change.before, change.after) == ("A", "3", "8")
    assert change.what == ("stock: on hand 15 - committed 5 - unbooked web orders 2 = 8 PK")
    assert (report.read, report.written, report.unchanged) == (2, 1, 1)
    assert [item.problem.code for item in report.refused] == ["SKU_NOT_FOUND"]
    assert (count_rows(shop), shop.shown(product), shop.shown(odd)) == (before, 3, 1)
    assert all(request.startswith("GET ") for request in shop.requests())
    assert shop.pull.calls == [{"mode": "plan"}]


def test_plan_after_an_apply_run_reads_only_what_changed(shop):
    shop.item("A", 5)
    shop.product("A", 5)
    shop.sync()
    shop.sync()
    shop.stock("A", 6)
    assert shop.sync(mode="plan").written == 1
    assert shop.requests() == ["GET /products"]


def test_plan_works_before_the_database_was_upgraded(shop, new_database):
    shop.engine = new_database()
    create_vendor_tables(shop.engine)
    shop.locations("01")
    shop.item("A", 5)
    shop.product("A", 2)
    report = shop.sync(mode="plan")
    assert [(change.before, change.after) for change in report.changes] == [("2", "5")]


def test_plan_says_that_orders_are_not_staged_yet(shop):
    shop.item("A", 5)
    shop.pull.written = 2
    assert shop.sync(mode="plan").facts["orders_not_staged"].startswith("2 orders")


@pytest.mark.parametrize(("quantity", "count"), [(6, 13), (0, 10)])
def test_a_mass_change_is_stopped_before_anything_is_written(shop, mass, quantity, count):
    mass(count, quantity)
    with pytest.raises(BreakerTripped) as trip:
        shop.sync()
    assert trip.value.run_id == "run-2"
    assert trip.value.extent.changed == count
    assert f"--approve {trip.value.run_id}" in str(trip.value)
    assert not any(request.startswith("POST") for request in shop.requests())
    facts = shop.sync(mode="plan").facts
    assert facts["circuit_breaker"].startswith("an apply run would stop")


@pytest.mark.parametrize(("quantity", "count"), [(6, 12), (0, 4)])
def test_changes_up_to_the_share_pass(shop, mass, quantity, count):
    mass(count, quantity)
    assert shop.sync().written == count


def test_a_few_products_never_trip_the_breaker(shop):
    shop.equal_products(9, 5)
    shop.sync()
    shop.stock_of_first(9, 0)
    assert shop.sync().written == 9


def test_a_plan_says_that_few_products_do_not_stop_a_run_whatever_their_share(shop):
    shop.equal_products(9, 5)
    shop.sync()
    shop.stock_of_first(9, 4)
    breaker = shop.sync(mode="plan").facts["circuit_breaker"]
    assert breaker.startswith("an apply run would write: 9 of 9 quantities")
    assert breaker.endswith("fewer than breaker_least_items = 10")
    shop.settings = {"inventory": {"breaker_least_items": 9}}
    with pytest.raises(BreakerTripped):
        shop.sync()


def test_any_blocked_run_may_be_approved_once(shop, mass):
    mass(30, 0)
    for _ in range(2):
        with pytest.raises(BreakerTripped):
            shop.sync()
    assert shop.sync(approve="run-2").written == 30
    with pytest.raises(UnknownApprovalError, match="no run is blocked"):
        shop.sync(approve="run-2")


def test_an_approval_holds_until_the_shop_has_taken_everything(shop, mass):
    mass(30, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    shop.settings = {"inventory": {"batch_size": 10, "senders": 1}}
    # Two batches pass, then the shop is down until the run gives up.
    shop.server.faults.add(Fault("maintenance", method="POST", after=1, times=20))
    report = shop.sync(approve="run-2")
    assert 0 < report.written < 30
    shop.server.faults.clear()
    assert shop.sync(approve="run-2").written == 30 - report.written
    with pytest.raises(UnknownApprovalError, match="no run is blocked"):
        shop.sync(approve="run-2")


def test_a_change_that_went_away_needs_no_approval_any_more(shop, mass):
    mass(30, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    facts = shop.sync(mode="plan").facts
    assert facts["run_waiting_for_approval"].startswith("run-2 waits for --approve")
    mass(30, 5)
    assert "run_waiting_for_approval" not in shop.sync().facts
    with pytest.raises(UnknownApprovalError, match="no run is blocked"):
        shop.sync(approve="run-2")


def test_a_blocked_rise_is_remembered_while_no_orders_can_be_pulled(shop, mass):
    mass(30, 9)
    with pytest.raises(BreakerTripped):
        shop.sync()
    shop.pull.outcome = "skipped"
    held = shop.sync()
    assert (held.waiting, held.written) == (30, 0)
    assert held.facts["run_waiting_for_approval"].startswith("run-2 waits for --approve")
    assert shop.sync(approve="run-2").written == 0
    shop.pull.outcome = "done"
    assert shop.sync(approve="run-2").written == 30
    with pytest.raises(UnknownApprovalError, match="no run is blocked"):
        shop.sync(approve="run-2")


def test_the_first_run_ever_says_that_it_is_the_first(shop):
    shop.equal_products(40, 5)
    shop.stock_of_first(40, 6)
    with pytest.raises(BreakerTripped, match="never written to this shop") as trip:
        shop.sync()
    assert "approve_stock_change with run: run-1" in str(trip.value)
    assert shop.sync(approve="run-1").written == 40
    shop.stock_of_first(40, 7)
    with pytest.raises(BreakerTripped) as trip:
        shop.sync()
    assert "never written" not in str(trip.value)


def test_an_approval_waits_for_a_run_that_is_at_work(shop, mass):
    mass(30, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    with ThreadPoolExecutor(1) as pool, ExitStack() as busy:
        busy.enter_context(flow_lock(shop.engine, "inventory"))
        approval = pool.submit(shop.sync, approve="run-2")
        assert shop.sync().outcome == "skipped"
        busy.close()
        assert approval.result().written == 30


def test_an_approval_covers_only_what_was_blocked(shop, mass):
    mass(15, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    mass(40, 0)
    with pytest.raises(BreakerTripped) as trip:
        shop.sync(approve="run-2")
    assert trip.value.extent.zeroed == 40


def test_an_unknown_approval_writes_nothing(shop, mass):
    mass(30, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    with pytest.raises(UnknownApprovalError, match="latest blocked run is run-2"):
        shop.sync(approve="run-99")
    assert shop.requests() == []


def test_the_blocked_run_is_in_the_sync_log_with_its_reason(shop, mass):
    mass(30, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    table = METADATA.tables["USER_SYNC_LOG"]
    with reading(shop.engine) as connection:
        rows = connection.execute(select(table).order_by(table.c.LOG_ID)).mappings().all()
    assert [row["SUCCESS"] for row in rows] == [True, False]
    assert "circuit breaker: 30 of 40" in rows[-1]["ERROR_MESSAGE"]
