"""deploy/README.md, "After a restore": one of both systems goes back in time, and all goes on."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.flows.reconciliation import reconcile_day
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines_tests.fulfilment_world import Tills
from woocp_pipelines_tests.order_world import book_all, line, order_world, plain_order
from woocp_pipelines_tests.worked_example import seed_example

# What became of each order after the backup; the first was booked before it.
BEFORE, SHIPPED, REFUNDED, CANCELLED, PLAIN = 20001, 20002, 20003, 20004, 20005
MENDED = 20006
SINCE = (SHIPPED, REFUNDED, CANCELLED, PLAIN)


@pytest.fixture
def file(database_url):
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        pytest.skip("a file is put back in time; a server's database is its administrator's")
    return Path(url.database)


@pytest.fixture
def world(engine, tmp_path):
    seed_example(engine)
    with order_world(engine, tmp_path) as made:
        yield made


def put(world, source, target):
    world.engine.dispose()
    shutil.copyfile(source, target)
    world.wait(seconds=30)


def a_day_is_lost(world, file):
    """Backup; orders are booked, told, shipped, refunded, cancelled; then the restore."""
    backup = file.with_name("backup.db")
    world.order(BEFORE)
    run_all(world)
    put(world, file, backup)
    world.orders(*SINCE)
    run_all(world)
    tills = Tills(world)
    for order_id in (BEFORE, SHIPPED):
        tills.release(order_id)
    tills.later()
    world.store.post(f"orders/{REFUNDED}/refunds", {"amount": "1.00", "api_refund": False})
    world.change(CANCELLED, status="cancelled")
    world.pull()
    told = {order_id: notes(world, order_id) for order_id in (BEFORE, *SINCE)}
    put(world, backup, file)
    return told


def mend(world):
    """Map the SKU, and replay all that was refused, first as a plan."""
    row = {"SKU": "XX-1", "WOO_PRODUCT_ID": 201, "ITEM_NO": "01-10100", "IS_ACTIVE": True}
    with writing(world.engine) as connection:
        insert_rows(connection, USER_PRODUCT_MAP, [{**row, "SELL_UNIT": "0"}])
    assert replay_orders(world.context, [], every=True, mode="plan").report.created == 1
    assert replay_orders(world.context, [], every=True).report.created == 1
    assert world.orders_booked() == [f"WOO {MENDED}"]


def run_all(world):
    book_all(world)
    world.notify()
    Tills(world).sync()


def notes(world, order_id):
    found = world.store.get(f"orders/{order_id}/notes").data
    return [note["note"] for note in found if "CounterPoint" in note["note"]]


def differences(world):
    zone = world.context.settings.store.zone
    report = reconcile_day(world.context, world.clock.now.astimezone(zone).date(), with_stock=False)
    found = {each.row.number: each.difference.cause for each in report.differences}
    return found, report.unexplained_cents


def test_after_a_restore_of_counterpoint_no_order_is_lost_and_none_is_booked_twice(world, file):
    told = a_day_is_lost(world, file)
    assert world.orders_booked() == [f"WOO {BEFORE}"]
    planned = world.pull(mode="plan")
    assert {change.key for change in planned.changes} == {
        str(each) for each in SINCE if each != CANCELLED
    }
    run_all(world)
    again = [BEFORE, SHIPPED, REFUNDED, PLAIN]
    assert world.orders_booked() == [f"WOO {each}" for each in again]
    assert [row["WOO_ORDER_ID"] for row in world.rows("USER_ORDER_KEY")] == again
    assert world.letters() == [("revision", str(REFUNDED), "REFUNDED_BEFORE_BOOKING")]
    assert differences(world) == ({str(REFUNDED): "refunded"}, 0)
    # The shop names the new document, beside the note of the one that is gone.
    (key,) = world.rows("USER_ORDER_KEY", WOO_ORDER_ID=PLAIN)
    assert Tills(world).meta(PLAIN)["cp_doc_id"] == str(key["DOC_ID"])
    new = [note for note in notes(world, PLAIN) if str(key["DOC_ID"]) in note]
    assert sorted(notes(world, PLAIN)) == sorted({*told[PLAIN], *new})
    assert world.pull().created == 0
    assert world.book().read == 0


def test_what_was_shipped_since_the_backup_is_open_again_and_is_not_told_twice(world, file):
    a_day_is_lost(world, file)
    run_all(world)
    tills = Tills(world)
    assert {tills.status(each) for each in (BEFORE, SHIPPED)} == {"completed"}
    assert {tills.state(each) for each in (BEFORE, SHIPPED)} == {"OPEN"}
    before = tills.notes(SHIPPED)
    tills.release(SHIPPED)
    tills.later()
    assert tills.state(SHIPPED) == "SHIPPED"
    assert tills.notes(SHIPPED) == before
    assert world.letters() == [("revision", str(REFUNDED), "REFUNDED_BEFORE_BOOKING")]


def test_what_was_mended_since_the_backup_is_mended_again_and_replayed(world, file):
    """Refused in the backup, mapped and booked since: the row of the map went back, too."""
    backup = file.with_name("backup.db")
    world.order(MENDED, **plain_order([line(1, "XX-1", 1, "5.00")]))
    world.pull()
    world.book()
    put(world, file, backup)
    mend(world)
    put(world, backup, file)
    world.pull()
    world.book()
    assert world.orders_booked() == []
    assert world.letters() == [("order", str(MENDED), "SKU_NOT_FOUND")]
    mend(world)
    assert world.letters() == []
    assert differences(world) == ({}, 0)


def test_where_completed_is_no_status_of_orders_it_must_be_one_for_the_catch_up(world, file):
    """An order that was shipped since the backup is left out otherwise; reconciliation tells it."""
    orders = {"start_date": "2026-01-01", "statuses": ["processing"]}
    world.configure(orders=orders)
    a_day_is_lost(world, file)
    run_all(world)
    assert f"WOO {SHIPPED}" not in world.orders_booked()
    assert differences(world)[0][str(SHIPPED)] == "not_taken"

    put(world, file.with_name("backup.db"), file)
    world.configure(orders={**orders, "statuses": ["processing", "completed"]})
    run_all(world)
    world.configure(orders=orders)
    world.pull(full=True)
    assert world.orders_booked() == [f"WOO {each}" for each in (BEFORE, SHIPPED, REFUNDED, PLAIN)]
    assert differences(world) == ({str(REFUNDED): "refunded"}, 0)


def test_after_a_restore_of_the_shop_a_number_that_is_given_again_is_told_and_not_booked(world):
    world.orders(BEFORE, PLAIN)
    run_all(world)
    gone = world.state.find("order", PLAIN)
    world.state.remove("order", PLAIN)
    world.pull(full=True)
    assert world.letters() == [("revision", str(PLAIN), "ORDER_GONE")]
    world.order(PLAIN, billing={**gone["billing"], "first_name": "Zoe"})
    world.pull()
    world.book()
    assert world.orders_booked() == [f"WOO {BEFORE}", f"WOO {PLAIN}"]
    assert ("revision", str(PLAIN), "ORDER_EDITED") in world.letters()
