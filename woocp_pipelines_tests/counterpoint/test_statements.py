"""Statement helpers: parameters, update-or-insert, what is there before the upgrade."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.dialects import mssql, sqlite
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.refusals import is_about_the_record
from woocp_pipelines.counterpoint.statements import (
    between_clocks,
    chunks,
    contains_text,
    database_now,
    insert_rows,
    put_row,
    read_rows,
    server_clocks,
    server_offset,
    starts_with_text,
    table_exists,
    update_rows,
)
from woocp_pipelines.counterpoint.tables import IM_ITEM, USER_ORDER_STAGING_LIN, USER_SYNC_STATE
from woocp_pipelines_tests.customer_world import NOW, rows
from woocp_pipelines_tests.order_world import D


def state(value, name="n"):
    return {"STORE_ID": "main", "NAME": name, "VALUE": value, "UPDATED_GMT": NOW}


def test_the_server_s_two_clocks_are_one_statement():
    text = str(server_clocks().compile(dialect=mssql.dialect()))
    assert text == "SELECT sysdatetime() AS local_time, sysutcdatetime() AS utc"


@pytest.mark.parametrize("late", [-3, 0, 3])
@pytest.mark.parametrize("hours", [-5, 0, 5.75])
def test_an_offset_is_whole_quarters_of_an_hour_though_the_clocks_are_not_read_at_once(hours, late):
    utc = datetime(2026, 11, 1, 12, tzinfo=UTC).replace(tzinfo=None)
    local = utc + timedelta(hours=hours, milliseconds=late)
    assert between_clocks(local, utc) == timedelta(hours=hours)


def test_only_a_server_has_a_local_time(engine):
    with reading(engine) as connection:
        offset = server_offset(connection)
    if engine.dialect.name == "sqlite":
        assert offset is None
    else:
        assert timedelta(hours=-12) <= offset <= timedelta(hours=14)


def test_chunks_keep_order_and_lose_nothing():
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []


def test_many_rows_go_in_few_statements_below_the_servers_limit(engine):
    lines = [
        {"STORE_ID": "main", "WOO_ORDER_ID": 1, "WOO_LINE_ID": number, "QTY": D(1), "ITEM_NO": None}
        for number in range(1_700)
    ]
    sizes = []
    event.listen(engine, "before_cursor_execute", lambda *a: sizes.append(len(a[3])))
    with writing(engine) as connection:
        sizes.clear()
        insert_rows(connection, USER_ORDER_STAGING_LIN, lines)
        insert_rows(connection, USER_ORDER_STAGING_LIN, [])
    # Four values each: 500 rows reach 2,000 parameters.
    assert sizes == [2_000, 2_000, 2_000, 800]
    assert len(rows(engine, USER_ORDER_STAGING_LIN)) == 1_700


def test_values_go_through_their_types_and_nulls_stay_nulls_in_every_shape(engine):
    line = {"STORE_ID": "main", "WOO_ORDER_ID": 1, "QTY": D("0.2500"), "ITEM_NO": "A"}
    shapes = [
        [{**line, "WOO_LINE_ID": 1}],
        [{**line, "WOO_LINE_ID": 2, "ITEM_NO": None}, {**line, "WOO_LINE_ID": 3, "QTY": D(7)}],
        [{**line, "WOO_LINE_ID": 4}, {**line, "WOO_LINE_ID": 5, "ITEM_NO": None}],
    ]
    with writing(engine) as connection:
        for each in (*shapes, [{**row, "WOO_ORDER_ID": 2} for row in shapes[1]]):
            insert_rows(connection, USER_ORDER_STAGING_LIN, each)
    found = rows(engine, USER_ORDER_STAGING_LIN)
    assert [(row["WOO_ORDER_ID"], row["ITEM_NO"], row["QTY"]) for row in found] == [
        (1, "A", D("0.2500")),
        (1, None, D("0.2500")),
        (1, "A", D("7.0000")),
        (1, "A", D("0.2500")),
        (1, None, D("0.2500")),
        (2, None, D("0.2500")),
        (2, "A", D("7.0000")),
    ]


def test_rows_of_different_keys_are_refused_rather_than_cut(engine):
    uneven = [state("a", "k1"), {**state("b", "k2"), "MORE": 1}]
    with writing(engine) as connection, pytest.raises(ValueError, match="MORE"):
        insert_rows(connection, USER_SYNC_STATE, uneven)
    assert rows(engine, USER_SYNC_STATE) == []


@pytest.mark.parametrize("quantity", [D("0.00001"), 0.5, "1"])
def test_a_value_that_does_not_fit_its_type_is_an_error_of_its_record(engine, quantity):
    line = {"STORE_ID": "main", "WOO_ORDER_ID": 1, "WOO_LINE_ID": 1, "QTY": quantity}
    with writing(engine) as connection, pytest.raises(StatementError) as error:
        insert_rows(connection, USER_ORDER_STAGING_LIN, [line])
    assert is_about_the_record(error.value)
    assert rows(engine, USER_ORDER_STAGING_LIN) == []


def test_rows_are_updated_by_their_key_and_counted(engine):
    with writing(engine) as connection:
        insert_rows(connection, USER_SYNC_STATE, [state("x", "k1"), state("y", "k2")])
        assert update_rows(connection, USER_SYNC_STATE, {"NAME": "k1"}, {"VALUE": "z"}) == 1
        assert update_rows(connection, USER_SYNC_STATE, {"NAME": "k3"}, {"VALUE": "z"}) == 0
    found = {row["NAME"]: row["VALUE"] for row in rows(engine, USER_SYNC_STATE)}
    assert found == {"k1": "z", "k2": "y"}


def test_a_null_among_new_values_is_written(engine):
    line = {"STORE_ID": "main", "WOO_ORDER_ID": 1, "WOO_LINE_ID": 1, "QTY": D(1), "ITEM_NO": "A"}
    with writing(engine) as connection:
        insert_rows(connection, USER_ORDER_STAGING_LIN, [line])
        values = {"ITEM_NO": None, "QTY": D("2.5")}
        assert update_rows(connection, USER_ORDER_STAGING_LIN, {"WOO_LINE_ID": 1}, values) == 1
    (row,) = rows(engine, USER_ORDER_STAGING_LIN)
    assert (row["ITEM_NO"], row["QTY"]) == (None, D("2.5000"))


def test_a_row_is_updated_where_it_is_and_inserted_where_it_is_not(engine):
    key = {"STORE_ID": "main", "NAME": "n"}
    with writing(engine) as connection:
        for value in ("a", "b"):
            put_row(connection, USER_SYNC_STATE, key, {"VALUE": value, "UPDATED_GMT": NOW})
    assert [row["VALUE"] for row in rows(engine, USER_SYNC_STATE)] == ["b"]


def test_rows_are_read_for_more_keys_than_one_statement_takes(engine):
    with writing(engine) as connection:
        insert_rows(connection, USER_SYNC_STATE, [state("x", "k1"), state("y", "k4999")])
        names = [f"k{number}" for number in range(5_000)]
        found = [row["VALUE"] for row in read_rows(connection, USER_SYNC_STATE, "NAME", names)]
    assert sorted(found) == ["x", "y"]


def test_no_keys_read_nothing(engine):
    with reading(engine) as connection:
        assert list(read_rows(connection, IM_ITEM, "ITEM_NO", ())) == []


@pytest.mark.parametrize(
    ("table", "column", "exists"),
    [
        ("USER_ORDER_STAGING", None, True),
        ("USER_ORDER_STAGING", "content_hash", True),
        ("USER_ORDER_STAGING", "NONE_SUCH", False),
        ("USER_NONE_SUCH", "X", False),
    ],
)
def test_tables_and_columns_are_seen_as_they_are(engine, table, column, exists):
    with reading(engine) as connection:
        assert table_exists(connection, table, column) is exists


def test_the_databases_time_is_utc(engine):
    with reading(engine) as connection:
        found = database_now(connection)
    assert found.tzinfo is UTC
    assert abs(found - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("dialect", [mssql.dialect(), sqlite.dialect()], ids=lambda one: one.name)
def test_every_wildcard_of_either_database_is_escaped_in_a_text_that_is_looked_for(dialect):
    question = contains_text(USER_SYNC_STATE.c.VALUE, "[1-9]/50%_off").compile(dialect=dialect)
    (pattern,) = question.params.values()
    assert pattern == "%/[1-9]//50/%/_off%"
    assert str(question).endswith("ESCAPE '/'")


@pytest.mark.parametrize("text", ["A[12]B", "A%B", "A_B", "A/B", "A//B", "A\\B", "A'B", "A^B"])
def test_a_text_is_found_as_it_is_and_what_it_would_match_as_a_pattern_is_not(engine, text):
    others = ["A1B", "AxB", "AB", "A", "A[B"]
    with writing(engine) as connection:
        values = {"found": f"more {text} more", "begun": f"{text} more"}
        values |= {f"other{number}": f"more {other} more" for number, other in enumerate(others)}
        insert_rows(
            connection, USER_SYNC_STATE, [state(value, name) for name, value in values.items()]
        )
        value, name = USER_SYNC_STATE.c.VALUE, USER_SYNC_STATE.c.NAME
        held = connection.execute(select(name).where(contains_text(value, text))).scalars()
        assert sorted(held) == ["begun", "found"]
        begun = connection.execute(select(name).where(starts_with_text(value, text))).scalars()
        assert list(begun) == ["begun"]
