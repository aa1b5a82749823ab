"""What a deadlock ends, or a busy file, is done once more: our sessions are the ones that give way.

Every one of these works is the database's alone, so that it may run twice.
"""

from sqlalchemy import event, insert
from sqlalchemy.exc import OperationalError

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING


def conflict(world, verb, table, about=""):
    """The next such statement with such a parameter is a deadlock's victim; gives its text."""
    victims = []

    def fail(_connection, _cursor, text, parameters, *_):
        is_it = text.startswith(verb) and table in text and about in repr(parameters)
        if is_it and not victims:
            victims.append(text)
            raise OperationalError(text, {}, Exception("database is locked (1205)"))

    event.listen(world.engine, "before_cursor_execute", fail)
    return victims


def spoil(world, order_id):
    """Two lines of one id, which the primary key refuses."""
    found = world.state.find("order", order_id)["line_items"]
    world.overwrite(order_id, line_items=[dict(line, id=7) for line in found])


def test_the_letter_of_an_order_that_the_database_refuses_outlives_a_deadlock(world):
    world.order(1)
    spoil(world, 1)
    victims = conflict(world, "INSERT", "USER_DEAD_LETTER")
    assert len(world.pull().refused) == 1
    assert world.letters() == [("order", "1", "DATABASE_REFUSED")]
    assert victims


def test_the_mark_of_a_page_that_was_stored_one_by_one_outlives_a_deadlock(world):
    world.orders(1, 2)
    spoil(world, 2)
    victims = conflict(world, "UPDATE", "USER_SYNC_STATE", "orders.modified_mark")
    world.pull()
    assert world.mark() == world.clock.now
    assert victims


def test_the_kept_list_of_statuses_outlives_a_deadlock(world):
    victims = conflict(world, "UPDATE", "USER_SYNC_STATE", "orders.store_statuses")
    world.pull()
    assert len(world.rows("USER_SYNC_STATE", NAME="orders.store_statuses")) == 1
    assert victims


def test_the_letter_of_an_order_that_is_not_shown_outlives_a_deadlock(world):
    with writing(world.engine) as connection:
        connection.execute(
            insert(USER_ORDER_STAGING).values(WOO_ORDER_ID=2, BATCH_ID="old", STATUS="REREAD")
        )
    world.fault("server_error", path="/orders/2", times=9)
    victims = conflict(world, "INSERT", "USER_DEAD_LETTER")
    world.pull()
    assert world.letters() == [("order", "2", "ORDER_NOT_SHOWN")]
    assert victims


def test_the_letter_of_a_booked_order_that_came_back_outlives_a_deadlock(world):
    world.order()
    world.pull()
    world.book()
    kept = world.state.find("order", 20001)
    world.state.remove("order", 20001)
    world.pull(full=True)
    assert world.letters() == [("revision", "20001", "ORDER_GONE")]
    world.state.save("order", kept)
    victims = conflict(world, "UPDATE", "USER_DEAD_LETTER")
    world.pull(full=True)
    assert world.letters() == []
    assert victims


def test_the_mark_of_the_refunds_outlives_a_deadlock(world):
    world.order()
    world.pull()
    world.wait(seconds=1)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    victims = conflict(world, "UPDATE", "USER_SYNC_STATE", "orders.refund_mark")
    world.pull(full=True)
    assert len(world.rows("USER_SYNC_STATE", NAME="orders.refund_mark")) == 1
    assert victims
