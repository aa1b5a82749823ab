"""One look at how the syncs are: read from a real database, bounded, and never an exception."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, insert, inspect

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.health import missing_tables
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.counterpoint.tables import (
    METADATA,
    USER_DEAD_LETTER,
    USER_ORDER_STAGING,
    USER_STORE_OUTBOX,
)
from woocp_pipelines.flows.health import look_at_health
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.settings_environment import PricingAccess
from woocp_pipelines_tests.broken_database import missing
from woocp_pipelines_tests.customer_world import settings_for
from woocp_pipelines_tests.run_log import log_run

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def settings(database_url):
    settings = settings_for()
    connections = settings.connections.model_copy(update={"database_url": SecretStr(database_url)})
    return settings.model_copy(update={"connections": connections})


def look(settings):
    health = look_at_health(settings, clock=lambda: NOW)
    return health, {each.check: each for each in health.findings}


def add_letter(connection, kind, key, age, code="NO_PAY_CODE", **others):
    row = {
        "STORE_ID": "main",
        "FLOW": "documents",
        "KIND": kind,
        "RECORD_KEY": key,
        "CODE": code,
        "FIELD": "payment_method",
        "FOUND": "x",
        "EXPECTED": "y",
        "ARITHMETIC": "",
        "NEXT_STEP": "z",
        "RETRYABLE": False,
        "ATTEMPTS": 1,
        "FIRST_SEEN_GMT": NOW - age,
        "LAST_SEEN_GMT": NOW,
        **others,
    }
    connection.execute(insert(USER_DEAD_LETTER).values(**row))


def add_order(connection, order_id, status, **values):
    row = {"BATCH_ID": "x", "WOO_ORDER_ID": order_id, "STORE_ID": "main", "STATUS": status}
    connection.execute(insert(USER_ORDER_STAGING).values(**row, **values))


def test_each_thing_is_read_as_it_stands_in_the_tables(settings, engine):
    with writing(engine) as connection:
        add_order(connection, 1, "PENDING", STAGED_GMT=NOW - 3 * HOUR)
        add_order(connection, 2, "PENDING", STAGED_GMT=NOW)
        add_order(connection, 3, "CLAIMED", STAGED_GMT=NOW - HOUR, CLAIM_UNTIL_GMT=NOW - HOUR / 2)
        add_order(connection, 4, "BOOKED", STAGED_GMT=NOW - 90 * HOUR)
        add_letter(connection, "order", "5", 30 * HOUR, WOO_ORDER_NO="1005")
        add_letter(connection, "order", "5", 30 * HOUR, code="UNKNOWN_SKU", WOO_ORDER_NO="1005")
        add_letter(connection, "order", "6", HOUR / 2)
        add_letter(connection, "order", "7", 90 * HOUR, CLOSED_GMT=NOW)
        add_letter(connection, "product", "8", 30 * HOUR, SKU="X-1")
        connection.execute(
            insert(USER_STORE_OUTBOX).values(
                STORE_ID="main",
                WOO_ORDER_ID=4,
                KIND="ORDER_BOOKED",
                PAYLOAD="{}",
                STATUS="PENDING",
                NEXT_ATTEMPT_GMT=NOW,
                CREATED_GMT=NOW - 2 * HOUR,
            )
        )
        log_run(connection, settings, "orders", NOW - 2 * HOUR)
        log_run(connection, settings, "orders", NOW - HOUR / 2, "StoreUnavailable: GET orders: 503")
        log_run(connection, settings, "documents", NOW - 5 * HOUR)
    health, found = look(settings)
    assert health.level == "critical"
    assert found["oldest_pending_order"].found == "3 orders pending, the oldest for 3 h"
    assert found["expired_claims"].found.startswith("1 orders claimed")
    assert found["refused_orders"].found == (
        "2 orders could not be booked, 1 of them for more than 1 h"
    )
    assert found["refused_orders"].records == (
        "order 1005: NO_PAY_CODE (payment_method)",
        "order 1005: UNKNOWN_SKU (payment_method)",
        "order 6: NO_PAY_CODE (payment_method)",
    )
    assert found["old_dead_letters"].level == "critical"
    assert found["other_dead_letters"].records == ("product X-1: NO_PAY_CODE (payment_method)",)
    assert found["unsent_notes"].level == "warning"
    assert found["failed_runs"].records == ("orders: StoreUnavailable: GET orders: 503",)
    assert found["store"].level == "critical"
    assert found["last_success_orders"].since == NOW - 2 * HOUR
    assert found["last_success_documents"].level == "warning"
    assert found["last_success_inventory"].found == "no successful run is recorded"


def test_a_look_is_a_fixed_number_of_small_statements(settings, engine):
    statements = []

    def count(_connection, _cursor, statement, *_others):
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        look(settings)
        empty = len(statements)
        with writing(engine) as connection:
            for number in range(50):
                add_letter(connection, "order", str(number), HOUR)
                add_order(connection, number, "PENDING", STAGED_GMT=NOW)
        statements.clear()
        look(settings)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    # One more: the oldest letters of the one kind that there is.
    assert len(statements) == empty + 1
    assert not [each for each in statements if each.upper().startswith(("INSERT", "UPDATE"))]
    # What was found in a record is people's data, and nobody shows it here.
    assert not [each for each in statements if "FOUND" in each]


def on_database(settings, engine):
    url = engine.url.render_as_string(hide_password=False)
    access = settings.connections.model_copy(update={"database_url": SecretStr(url)})
    return settings.model_copy(update={"connections": access})


@pytest.mark.parametrize("upgraded", [False, True])
def test_another_database_is_critical_in_either_mode_and_no_upgrade_is_told(
    settings, new_database, upgraded
):
    engine = new_database()
    if upgraded:
        upgrade(engine)
    settings = on_database(settings, engine)
    for mode in ("apply", "plan"):
        health, found = look(settings.model_copy(update={"mode": mode}))
        tables = found["tables"]
        assert (health.level, tables.level) == ("critical", "critical")
        assert f"{engine.url.database} is no Counterpoint company" in tables.found
        assert "WOOCP_DATABASE_URL" in tables.next_step
        assert "db upgrade" not in tables.next_step


def test_before_the_upgrade_apply_mode_is_critical_and_plan_mode_is_not(settings, new_database):
    engine = new_database()
    create_vendor_tables(engine)
    settings = on_database(settings, engine)
    health, found = look(settings)
    assert (health.level, found["tables"].next_step) == ("critical", "run `woocp db upgrade`")
    assert look(settings.model_copy(update={"mode": "plan"}))[0].level == "ok"


@pytest.mark.parametrize("name", ["USER_ORDER_FULFILMENT", "USER_DEAD_LETTER"])
def test_a_table_that_was_dropped_is_critical_also_in_plan_mode(settings, engine, name):
    with missing(engine, METADATA.tables[name]):
        looks = [look(settings.model_copy(update={"mode": mode})) for mode in ("apply", "plan")]
    for health, found in looks:
        assert (health.level, found["tables"].records) == ("critical", (name,))
        assert "backup" in found["tables"].next_step


def test_whether_all_tables_are_there_is_asked_in_one_statement(settings, engine):
    statements = []

    def count(_connection, _cursor, statement, *_others):
        statements.append(statement)

    with reading(engine) as connection:
        inspect(connection)
        event.listen(engine, "before_cursor_execute", count)
        assert missing_tables(connection) == []
    event.remove(engine, "before_cursor_execute", count)
    assert len([each for each in statements if each != "BEGIN"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/x.db",
        "mssql+pyodbc://woocp:Pa55-word@127.0.0.1:1/x?driver=no+such+driver",
        "oracle://woocp:Pa55-word@127.0.0.1/x",
    ],
)
def test_a_database_that_is_away_is_one_critical_line_without_a_password(settings, url):
    away = settings.connections.model_copy(update={"database_url": SecretStr(url)})
    health, found = look(settings.model_copy(update={"connections": away}))
    assert health.level == "critical"
    assert list(found) == ["database", "prices"]
    assert "Pa55-word" not in repr(health)


def test_a_price_service_that_is_away_is_critical(settings):
    access = PricingAccess(host="127.0.0.1", port=1)
    health, found = look(settings.model_copy(update={"pricing_access": access}))
    assert found["prices"].level == "critical"
    assert "ContractPricingAPIWaitress" in found["prices"].next_step
    assert health.level == "critical"
