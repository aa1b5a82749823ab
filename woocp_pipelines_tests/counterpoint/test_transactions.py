"""Units of work: all or nothing, repeated where the database asks for it."""

import threading

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from woocp_pipelines.counterpoint.engine import open_engine, reading, writing
from woocp_pipelines.counterpoint.statements import put_row
from woocp_pipelines.counterpoint.tables import USER_SYNC_STATE
from woocp_pipelines.counterpoint.transactions import each_in_transaction, in_transaction
from woocp_pipelines_tests.customer_world import NOW, rows

KEY = {"STORE_ID": "main", "NAME": "n"}


def state(value):
    return {**KEY, "VALUE": value, "UPDATED_GMT": NOW}


def test_an_exception_leaves_nothing_behind(engine):
    def work(connection):
        connection.execute(insert(USER_SYNC_STATE).values(state("x")))
        raise KeyError("stop")

    with pytest.raises(KeyError):
        in_transaction(engine, work)
    assert rows(engine, USER_SYNC_STATE) == []


def test_what_was_done_before_the_item_that_fails_stays(engine):
    def work(connection, value):
        connection.execute(insert(USER_SYNC_STATE).values({**state("x"), "NAME": value}))
        if value == "bad":
            raise KeyError(value)

    with pytest.raises(KeyError):
        each_in_transaction(engine, ["good", "bad", "never"], work)
    assert [row["NAME"] for row in rows(engine, USER_SYNC_STATE)] == ["good"]


def test_a_key_that_another_writer_took_meanwhile_costs_one_more_try(engine):
    tries = []

    def work(connection):
        tries.append(True)
        if len(tries) == 1:
            # As if it had come between the look and the insert.
            connection.execute(insert(USER_SYNC_STATE).values(state("theirs")))
            connection.execute(insert(USER_SYNC_STATE).values(state("ours")))
        put_row(connection, USER_SYNC_STATE, KEY, {"VALUE": "ours", "UPDATED_GMT": NOW})

    in_transaction(engine, work)
    assert (len(tries), rows(engine, USER_SYNC_STATE)[0]["VALUE"]) == (2, "ours")


def test_what_fails_every_time_fails_after_five_tries(engine):
    tries = []

    def work(connection):
        tries.append(True)
        connection.execute(insert(USER_SYNC_STATE).values([state("a"), state("b")]))

    with pytest.raises(IntegrityError):
        in_transaction(engine, work)
    assert len(tries) == 5


def test_a_wrong_statement_is_not_repeated(engine):
    tries = []

    def work(connection):
        tries.append(True)
        connection.execute(insert(USER_SYNC_STATE).values({**KEY, "UPDATED_GMT": NOW}))

    with pytest.raises(IntegrityError):
        in_transaction(engine, work)
    assert len(tries) == 1


def test_writers_of_one_row_wait_for_each_other_and_lose_nothing(engine):
    def add(connection):
        found = connection.execute(select(USER_SYNC_STATE.c.VALUE)).scalar_one_or_none()
        value = str(int(found or 0) + 1)
        put_row(connection, USER_SYNC_STATE, KEY, {"VALUE": value, "UPDATED_GMT": NOW})

    if engine.dialect.name == "mssql":
        pytest.skip("a read and a write are no counter under read committed; numbers.py is")
    url = engine.url.render_as_string(hide_password=False)

    def work():
        own = open_engine(url)
        for _ in range(10):
            in_transaction(own, add)
        own.dispose()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(engine, USER_SYNC_STATE)[0]["VALUE"] == "30"


def test_a_reader_sees_one_moment_and_never_waits_for_a_writer(engine):
    if engine.dialect.name == "mssql":
        pytest.skip("depends on the database's snapshot option")
    with reading(engine) as reader:
        assert reader.execute(select(USER_SYNC_STATE.c.VALUE)).all() == []
        with writing(engine) as writer:
            writer.execute(insert(USER_SYNC_STATE).values(state("x")))
        assert reader.execute(select(USER_SYNC_STATE.c.VALUE)).all() == []
    assert len(rows(engine, USER_SYNC_STATE)) == 1


def test_a_database_without_our_tables_is_an_error_at_once(new_database):
    tries = []

    def work(connection):
        tries.append(True)
        connection.execute(select(USER_SYNC_STATE)).all()

    with pytest.raises(DBAPIError, match=r"(?i)USER_SYNC_STATE"):
        in_transaction(new_database(), work)
    assert len(tries) == 1
