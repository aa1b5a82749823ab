"""Claims as statements: who holds which row, and what becomes of rows that are given back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from woocp_pipelines.counterpoint.claims import (
    LEASE,
    ClaimLostError,
    claim,
    fence,
    put_back,
    read_claimed,
    read_pending,
    release,
    requeue,
    settle_booked,
)
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.pending import count_claimable, pending_fingerprint
from woocp_pipelines.counterpoint.statements import database_now
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY, USER_ORDER_STAGING
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines_tests.customer_world import rows

PASSING = Problem("CODE", "field", "found", "expected", "next", retryable=True)
LASTING = Problem("CODE", "field", "found", "expected", "next")


def now(engine):
    """The database's time, by which leases and pauses are measured."""
    with reading(engine) as connection:
        return database_now(connection)


def stage(engine, order_id, **changes):
    values = {
        "STORE_ID": "main",
        "WOO_ORDER_ID": order_id,
        "WOO_ORDER_NO": str(order_id),
        "BATCH_ID": "test",
        "STATUS": "PENDING",
        "ORDER_JSON": json.dumps({"id": order_id}),
        "CONTENT_HASH": f"{order_id:064d}",
        "ORD_CREATED_GMT": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=order_id),
        **changes,
    }
    with writing(engine) as connection:
        connection.execute(insert(USER_ORDER_STAGING).values(**values))


def take(engine, token="mine", limit=50):
    with writing(engine) as connection:
        claim(connection, "main", token, limit)
        return read_claimed(connection, "main", token)


def test_only_pending_rows_that_are_due_can_be_claimed(engine):
    for order_id, status in enumerate(("HELD", "REFUSED", "BOOKED", "CANCELLED", "SKIPPED"), 1):
        stage(engine, order_id, STATUS=status)
    stage(engine, 6, STATUS="REREAD")
    stage(engine, 7, STATUS="DUPLICATE")
    stage(engine, 8, NEXT_ATTEMPT_GMT=now(engine) + timedelta(minutes=5))
    stage(engine, 9, NEXT_ATTEMPT_GMT=now(engine) - timedelta(minutes=5))
    stage(engine, 10, STORE_ID="second")
    stage(engine, 11)
    with engine.connect() as connection:
        assert count_claimable(connection, "main") == 2
        assert [one.woo_order_id for one in read_pending(connection, "main", 9)] == [9, 11]
    assert [one.woo_order_id for one in take(engine)] == [9, 11]
    assert take(engine, "another") == []


def test_a_lease_is_held_until_it_runs_out(engine):
    stage(engine, 1)
    take(engine)
    (row,) = rows(engine, USER_ORDER_STAGING)
    left = row["CLAIM_UNTIL_GMT"] - now(engine)
    assert LEASE - timedelta(minutes=1) < left <= LEASE


def test_an_expired_lease_is_taken_over_and_the_first_holder_is_fenced_off(engine):
    stage(engine, 1)
    (first,) = take(engine, "first")
    with writing(engine) as connection:
        past = now(engine) - timedelta(seconds=1)
        connection.execute(update(USER_ORDER_STAGING).values(CLAIM_UNTIL_GMT=past))
    (second,) = take(engine, "second")
    with writing(engine) as connection:
        with pytest.raises(ClaimLostError):
            fence(connection, "main", "first", first)
        fence(connection, "main", "second", second)
        release(connection, "main", "first")
    assert rows(engine, USER_ORDER_STAGING)[0]["CLAIM_TOKEN"] == "second"


def test_a_passing_problem_waits_and_a_lasting_one_waits_for_people(engine):
    stage(engine, 1)
    stage(engine, 2)
    one, two = take(engine)
    with writing(engine) as connection:
        due = put_back(connection, "main", "mine", one, PASSING, now(engine))
        assert put_back(connection, "main", "mine", two, LASTING, now(engine)) is None
    first, second = rows(engine, USER_ORDER_STAGING)
    assert (first["STATUS"], first["NEXT_ATTEMPT_GMT"], first["ATTEMPTS"]) == ("PENDING", due, 1)
    assert timedelta(0) < due - now(engine) <= timedelta(minutes=1)
    assert (second["STATUS"], second["NEXT_ATTEMPT_GMT"]) == ("REFUSED", None)
    assert first["CLAIM_TOKEN"] is second["CLAIM_TOKEN"] is None


@pytest.mark.parametrize(
    ("document", "status"),
    [({"DOC_ID": 7, "TKT_NO": "O1"}, "BOOKED"), ({"TKT_NO": "O1"}, "BOOKED"), ({}, "SKIPPED")],
)
def test_a_row_that_somebody_put_back_follows_its_key(engine, document, status):
    """A key without a document is of an order that a person settled: nothing was booked."""
    stage(engine, 1)
    with writing(engine) as connection:
        key = insert(USER_ORDER_KEY).values(STORE_ID="main", WOO_ORDER_ID=1, **document)
        connection.execute(key)
    (claimed,) = take(engine)
    with writing(engine) as connection:
        settle_booked(connection, "main", "mine", claimed, now(engine))
    (row,) = rows(engine, USER_ORDER_STAGING)
    assert (row["STATUS"], row["DOC_ID"]) == (status, document.get("DOC_ID"))
    assert row["CLAIM_TOKEN"] is None


def test_refused_orders_can_be_put_back_in_line_and_no_others(engine):
    stage(engine, 1, STATUS="REFUSED", ATTEMPTS=4)
    stage(engine, 2, STATUS="BOOKED")
    stage(engine, 3, STATUS="CANCELLED")
    stage(engine, 4, NEXT_ATTEMPT_GMT=now(engine) + timedelta(hours=1))
    with writing(engine) as connection:
        assert requeue(connection, "main", [1, 2, 3, 4], now(engine)) == 2
    assert [one.woo_order_id for one in take(engine)] == [1, 4]


def test_the_fingerprint_changes_with_what_could_be_claimed(engine):
    def fingerprint():
        with engine.connect() as connection:
            return pending_fingerprint(connection, "main")

    assert fingerprint() == ""
    stage(engine, 1)
    one = fingerprint()
    with writing(engine) as connection:
        connection.execute(update(USER_ORDER_STAGING).values(CONTENT_HASH="f" * 64))
    edited = fingerprint()
    stage(engine, 2)
    assert len({one, edited, fingerprint(), ""}) == 4
