"""Locks around runs: one at a time, and free again whatever happens."""

import threading

import pytest
from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.locks import LockBusyError, flow_lock, transaction_lock


@pytest.fixture
def other(engine):
    """Another process's engine on the same database."""
    made = open_engine(engine.url.render_as_string(hide_password=False))
    yield made
    made.dispose()


def test_a_lock_is_for_one_at_a_time_and_names_itself(engine, other):
    with flow_lock(engine, "orders"):
        with pytest.raises(LockBusyError) as busy, flow_lock(other, "orders"):
            pass
        assert busy.value.name == "woocp:orders"
    with flow_lock(other, "orders"):
        pass


def test_locks_of_other_flows_are_free(engine, other):
    with flow_lock(engine, "orders"), flow_lock(other, "documents"):
        pass


def test_a_lock_is_free_again_after_an_exception(engine, other):
    with pytest.raises(KeyError), flow_lock(engine, "orders"):
        raise KeyError("stop")
    with flow_lock(other, "orders"):
        pass


def test_a_lock_can_be_waited_for(engine, other):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with flow_lock(other, "orders"):
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(30)
    threading.Timer(0.05, leave.set).start()
    with flow_lock(engine, "orders", wait_seconds=30):
        assert leave.is_set()
    thread.join()


def test_a_lock_of_a_transaction_ends_with_it(engine, other):
    with writing(engine) as connection:
        transaction_lock(connection, "keys")
    with writing(other) as connection:
        transaction_lock(connection, "keys")
        transaction_lock(connection, "keys")


def test_a_connection_that_is_lost_at_a_lock_is_known_as_lost(engine, other):
    if engine.dialect.name == "sqlite":
        pytest.skip("a file's lock needs no connection: needs WOOCP_TEST_DATABASE_URL")
    with other.connect() as connection:
        connection.connection.dbapi_connection.close()
        with pytest.raises(DBAPIError) as lost:
            transaction_lock(connection, "keys")
    assert lost.value.connection_invalidated
    with writing(other) as connection:
        transaction_lock(connection, "keys")
