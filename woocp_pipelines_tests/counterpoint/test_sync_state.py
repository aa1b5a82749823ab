"""Cursors that flows remember: per store, replaced, gone with their transaction."""

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines_tests.customer_world import NOW


def read(engine, store_id="main"):
    with reading(engine) as connection:
        return read_state(connection, store_id, "mark")


def test_nothing_is_remembered_at_first(engine):
    assert read(engine) is None


def test_the_last_value_of_each_store_is_remembered(engine):
    with writing(engine) as connection:
        write_state(connection, "main", "mark", "1", NOW)
        write_state(connection, "main", "mark", "2", NOW)
        write_state(connection, "second", "mark", "3", NOW)
    assert (read(engine), read(engine, "second")) == ("2", "3")


def test_a_value_goes_with_the_transaction_that_wrote_it(engine):
    with engine.connect() as connection, connection.begin() as transaction:
        write_state(connection, "main", "mark", "1", NOW)
        transaction.rollback()
    assert read(engine) is None
