"""Which orders a run looks at: all that may still go on, and no years of old keys."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.statements import insert_rows
from woocp_pipelines.counterpoint.tables import USER_ORDER_FULFILMENT, USER_ORDER_KEY
from woocp_pipelines_tests.order_world import holds


def age(tills, **duration):
    """Whatever was told to its end, was told so long ago."""
    then = tills.world.clock.now - timedelta(**duration)
    with writing(tills.world.engine) as connection:
        connection.execute(
            USER_ORDER_FULFILMENT.update()
            .where(USER_ORDER_FULFILMENT.c.CLOSED_GMT.is_not(None))
            .values(CLOSED_GMT=then, UPDATED_GMT=then)
        )


def test_a_cancelled_order_that_is_reinstated_after_months_is_followed_to_its_end(tills):
    tills.cancel(leaves=False)
    tills.later()
    assert tills.world.letters() == [("revision", "20001", "DOCUMENT_CANCELLED")]
    holds(tills.world.rows("USER_ORDER_FULFILMENT")[0], STATE="CANCELLED", CLOSED_GMT=None)
    age(tills, days=90)
    tills.log("I")
    tills.later()
    assert (tills.state(), tills.world.letters()) == ("OPEN", [])
    tills.post(tills.release())
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")


def test_one_that_is_reinstated_and_shipped_between_two_looks_is_met_in_the_history(tills):
    tills.cancel(leaves=False)
    tills.later()
    age(tills, days=90)
    tills.log("I")
    tills.post(tills.release())
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")


def test_a_cancelled_order_that_left_is_looked_at_for_some_days_only(tills):
    tills.cancel(leaves=False)
    tills.later()
    (order,) = tills.world.rows("PS_DOC_HDR", DOC_ID=tills.doc_id())
    tills.delete_document()
    tills.insert("PS_ORD_HIST", {"DOC_ID": order["DOC_ID"], "TKT_NO": order["TKT_NO"]})
    assert tills.later().written == 0
    closed = tills.world.clock.now
    holds(tills.world.rows("USER_ORDER_FULFILMENT")[0], STATE="CANCELLED", CLOSED_GMT=closed)
    age(tills, days=15)
    assert tills.later().read == 0


def test_a_short_order_that_comes_back_from_the_history_is_followed_again(tills):
    (kept, *_), lines = (
        tills.world.rows(name, DOC_ID=tills.doc_id()) for name in ("PS_DOC_HDR", "PS_DOC_LIN")
    )
    log = tills.world.rows("PS_DOC_AUDIT_LOG", DOC_ID=tills.doc_id())
    tills.cancel()
    tills.later()
    age(tills, days=90)
    assert tills.later().read == 0
    tills.put_back([("PS_DOC_HDR", kept), *(("PS_DOC_LIN", line) for line in lines)])
    tills.put_back([("PS_DOC_AUDIT_LOG", row) for row in log])
    tills.later()
    assert (tills.state(), tills.world.letters()) == ("OPEN", [])


@pytest.mark.parametrize(("days", "state"), [(29, "CANCELLED"), (31, "GONE")])
def test_a_document_that_was_gone_is_looked_for_a_month_whatever_the_tracking_days(
    tills, days, state
):
    tills.world.configure(fulfilment={"tracking_days": 0})
    kept = tills.delete_document()
    tills.later()
    tills.later()
    assert tills.state() == "GONE"
    age(tills, days=days)
    header = kept[0][1]
    tills.insert("PS_ORD_HIST", {"DOC_ID": header["DOC_ID"], "TKT_NO": header["TKT_NO"]})
    tills.later()
    assert tills.state() == state


def test_an_order_that_closed_before_anyone_looked_is_looked_at_once(world_booked):
    tills = world_booked
    tills.post(tills.release())
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")


def test_years_of_old_orders_are_no_work(tills):
    if tills.world.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite tells how many steps a statement took")
    tills.later()
    few = steps(tills)
    old = tills.world.clock.now - timedelta(days=400)
    with writing(tills.world.engine) as connection:
        insert_rows(connection, USER_ORDER_KEY, [key(each, old) for each in range(1, 3_000)])
        insert_rows(connection, USER_ORDER_KEY, [key(each, None) for each in range(3_000, 6_000)])
        marks = [mark(each, old) for each in range(1, 3_000)]
        insert_rows(connection, USER_ORDER_FULFILMENT, marks)
    assert steps(tills) < few * 1.1


def test_until_when_all_were_looked_at_stands_still_while_one_cannot_be_read(tills):
    world = tills.world
    bad = {"DOC_ID": tills.doc_id(), "LIN_SEQ_NO": 1}
    world.set_rows("PS_DOC_LIN", bad, QTY_DENOM=0, QTY_SHIPPED=1)
    before = looked_until(tills)
    world.grow_old(hours=2)
    tills.sync()
    assert world.letters() == [("revision", "20001", "DOCUMENT_UNREADABLE")]
    assert looked_until(tills) == before
    world.set_rows("PS_DOC_LIN", bad, QTY_DENOM=1)
    tills.sync()
    assert looked_until(tills) > before


def looked_until(tills):
    (row,) = tills.world.rows("USER_SYNC_STATE", NAME="fulfilment.looked_until")
    return row["VALUE"]


def steps(tills):
    """How many hundred steps SQLite takes for a planned run."""
    taken = []

    def watch(connection, *_):
        connection.set_progress_handler(lambda: taken.append(1), 100)

    engine = tills.world.engine
    event.listen(engine, "checkout", watch)
    tills.sync(mode="plan")
    event.remove(engine, "checkout", watch)
    with engine.connect() as connection:
        connection.connection.dbapi_connection.set_progress_handler(None, 0)
    return len(taken)


def key(order_id, booked):
    return {
        "STORE_ID": "main",
        "WOO_ORDER_ID": order_id,
        "DOC_ID": 7_000_000 + order_id,
        "BOOKED_GMT": booked,
    }


def mark(order_id, closed):
    return {
        "STORE_ID": "main",
        "WOO_ORDER_ID": order_id,
        "STATE": "SHIPPED",
        "TOLD_JSON": "{}",
        "MESSAGES": 1,
        "UPDATED_GMT": closed,
        "CLOSED_GMT": closed,
    }
