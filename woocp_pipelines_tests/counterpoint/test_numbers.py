"""Numbers from Counterpoint's counters, on a real database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import DDL, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.numbers import next_number
from woocp_pipelines.counterpoint.tables import SY_WRKGRP
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.customer_world import rows, seed_codes

WEB = {"WRKGRP_ID": "WEB"}
# A site's trigger that takes the count of rows of an update away.
UNCOUNTED = {
    "sqlite": (
        "ALTER TABLE SY_WRKGRP RENAME TO KEPT",
        "CREATE VIEW SY_WRKGRP AS SELECT * FROM KEPT",
        "CREATE TRIGGER UNCOUNTED INSTEAD OF UPDATE ON SY_WRKGRP BEGIN SELECT 1; END",
    ),
    "mssql": (
        "CREATE TRIGGER UNCOUNTED ON SY_WRKGRP AFTER UPDATE AS DELETE FROM IM_LOC WHERE 1 = 0",
    ),
}


def take(connection, **options):
    return next_number(connection, SY_WRKGRP, "NXT_CUST_NO", WEB, **options)


@pytest.mark.cp_bug(3)
def test_a_number_is_taken_from_the_counter_with_its_leading_zeros(engine):
    seed_codes(engine, "00099")
    with writing(engine) as connection:
        assert take(connection) == "00099"
        assert take(connection) == "00100"
    assert rows(engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00101"


@pytest.mark.cp_bug(3)
def test_numbers_in_use_are_passed_by_and_the_counter_moves_past_them(engine):
    seed_codes(engine, "00099")
    used = {f"{number:05d}" for number in range(99, 350)}
    with writing(engine) as connection:
        assert take(connection, taken=used.intersection) == "00350"
    assert rows(engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00351"


def test_a_rollback_gives_the_number_back(engine):
    seed_codes(engine, "00099")
    with engine.connect() as connection, connection.begin() as transaction:
        assert take(connection) == "00099"
        transaction.rollback()
    assert rows(engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00099"


@pytest.mark.cp_bug(3)
def test_many_takers_at_once_never_get_the_same_number(engine):
    seed_codes(engine, "00100")
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda _: in_transaction(engine, take), range(30)))
    assert sorted(numbers) == [f"{number:05d}" for number in range(100, 130)]


def test_a_counter_that_is_empty_says_where_to_set_it(engine):
    seed_codes(engine)
    with writing(engine) as connection:
        connection.execute(update(SY_WRKGRP).values(NXT_CUST_NO=None))
        with pytest.raises(RefusedError) as refused:
            take(connection)
    assert refused.value.first.code == "NO_COUNTER"
    assert refused.value.first.found == "None for WRKGRP_ID WEB"


def test_a_counter_far_behind_is_an_error_and_no_endless_search(engine):
    seed_codes(engine)
    with writing(engine) as connection, pytest.raises(RefusedError) as refused:
        take(connection, taken=set)
    assert refused.value.first.code == "COUNTER_EXHAUSTED"


def test_a_counter_that_never_changes_by_our_hand_names_the_triggers_it_may_be(engine):
    """Whose change it was cannot be told, so no number is taken."""
    seed_codes(engine)
    with writing(engine) as connection:
        for statement in UNCOUNTED[engine.dialect.name]:
            connection.execute(DDL(statement))
    with writing(engine) as connection, pytest.raises(RefusedError) as refused:
        take(connection)
    if engine.dialect.name == "mssql":
        with writing(engine) as connection:
            connection.execute(DDL("DROP TRIGGER UNCOUNTED"))
    problem = refused.value.first
    assert (problem.code, problem.retryable) == ("COUNTER_BUSY", True)
    assert "a trigger of SY_WRKGRP" in problem.found
    assert "SET NOCOUNT ON" in problem.next_step
