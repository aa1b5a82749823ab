"""Numbers from Counterpoint's counters, on a real database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import DDL, event, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.numbers import next_numbers, next_series
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
    columns = {"NXT_CUST_NO": 15}
    return next_numbers(connection, SY_WRKGRP, columns, WEB, **options)["NXT_CUST_NO"]


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


@pytest.mark.cp_bug(3)
def test_a_series_passes_by_what_is_in_use_and_moves_the_counter_once(engine):
    seed_codes(engine, "00098")
    used = {"00099", "00101", *(f"{number:05d}" for number in range(103, 120))}
    statements = []
    with writing(engine) as connection:
        event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        found = next_series(
            connection, SY_WRKGRP, {"NXT_CUST_NO": 15}, WEB, 4, taken=used.intersection
        )
    assert found == {"NXT_CUST_NO": ["00098", "00100", "00102", "00120"]}
    assert rows(engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00121"
    assert sum(text.startswith("UPDATE") for text in statements) == 1


def test_too_few_free_numbers_are_none_and_the_counter_stays(engine):
    seed_codes(engine, "00100")
    with writing(engine) as connection, pytest.raises(RefusedError) as refused:
        next_series(
            connection,
            SY_WRKGRP,
            {"NXT_CUST_NO": 15},
            WEB,
            3,
            taken=lambda numbers: set(numbers) - {"00100", "00102"},
        )
    assert refused.value.first.code == "COUNTER_EXHAUSTED"
    assert "but for 2; 3 were wanted" in refused.value.first.found
    assert rows(engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00100"


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
    assert refused.value.first.found == "an empty counter in the row with WRKGRP_ID WEB"


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
