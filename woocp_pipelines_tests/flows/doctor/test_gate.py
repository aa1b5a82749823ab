"""The gate before apply runs: what stops which flow, how long green is believed, what it costs."""

import json
from collections import Counter
from contextlib import contextmanager

import pytest
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from woocp_pipelines.commands.errors import explain
from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.defs.failures import failure_of
from woocp_pipelines.flows.context import FlowContext, open_context
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.flows.doctor.gate import Gate, UnansweredError, UnfitError
from woocp_pipelines.flows.documents import claim_orders, create_documents
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.doctor_world import seed_healthy, set_rows
from woocp_pipelines_tests.order_world import order_world
from woocp_pipelines_tests.worked_example import example_settings


@pytest.fixture
def world(engine, tmp_path):
    """The worked example's shop, whose flows pass a gate as in production."""
    seed_healthy(engine)
    with order_world(engine, tmp_path) as made:
        made.state.set_setting("order_storage", "hpos")
        gated(made)
        yield made


def gated(world, **tables):
    """A new context as a new process would have it: settings, clock and gate."""
    settings = example_settings(world.server.url, **tables)
    gate = Gate(settings, world.engine, world.store, world.clock)
    world.context = FlowContext(settings, world.engine, world.store, world.clock, "test-run", gate)
    return world.context


class Statements:
    """What is sent to the database, by first word and table."""

    def __init__(self, engine):
        self.sent = []
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, text, *_):
        self.sent.append(text)

    def count(self):
        found, self.sent[:] = Counter(text.split()[0] for text in self.sent), []
        return found


def test_a_context_of_production_has_a_gate():
    settings = example_settings("http://127.0.0.1:9")
    connections = settings.connections.model_copy(update={"database_url": SecretStr("sqlite://")})
    context = open_context(settings.model_copy(update={"connections": connections}))
    assert context.gate is not None
    context.engine.dispose()


def test_what_is_fit_is_booked(world):
    world.order()
    assert world.pull().outcome == "done"
    assert world.book().created == 1


def test_a_slot_that_is_off_stops_documents_and_nothing_else(world):
    world.order()
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    assert pull_orders(world.context).outcome == "done"
    with pytest.raises(UnfitError) as caught:
        create_documents(world.context)
    said = str(caught.value)
    assert "PS_STR_CFG_PS.USE_MISC_1" in said
    assert "woocp doctor" in said
    assert world.documents() == []
    assert world.staged()["STATUS"] == "PENDING"


def test_nothing_is_claimed_for_a_booking_that_must_not_begin(world):
    world.order()
    world.pull()
    world.wait(minutes=6)
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    with pytest.raises(UnfitError):
        claim_orders(gated(world))
    assert world.staged()["STATUS"] == "PENDING"


def test_a_refused_run_is_logged_and_mending_helps_at_once(world):
    world.order()
    world.pull()
    world.wait(minutes=6)
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    with pytest.raises(UnfitError):
        world.book()
    last = world.rows("USER_SYNC_LOG", FLOW="documents")[-1]
    assert last["SUCCESS"] is False
    assert "USE_MISC_1" in last["ERROR_MESSAGE"]
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="Y")
    assert world.book().created == 1


def test_a_plan_passes_whatever_doctor_says(world):
    world.order()
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    assert world.book(mode="plan").created == 1


def test_green_is_believed_for_some_minutes_and_costs_a_run_one_statement(world):
    world.book()
    statements = Statements(world.engine)
    create_documents(FlowContext(**{**vars(gated(world)), "gate": None}))
    without = statements.count()
    create_documents(gated(world))
    with_gate = statements.count()
    assert with_gate["SELECT"] - without["SELECT"] == 1
    # A connection of its own on SQLite says these, too.
    assert set(with_gate) == set(without)
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    create_documents(gated(world))
    world.wait(minutes=6)
    with pytest.raises(UnfitError):
        create_documents(gated(world))


def test_other_settings_are_looked_at_at_once(world):
    world.book()
    with pytest.raises(UnfitError, match="USE_MISC_5"):
        create_documents(gated(world, documents={"shipping_slot": 5}))


def test_a_clock_that_was_set_back_keeps_no_verdict(world):
    world.book()
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    world.wait(hours=-2)
    with pytest.raises(UnfitError):
        create_documents(gated(world))


def test_people_are_told_the_state_of_now(world):
    world.book()
    set_rows(world.engine, "PS_STR_CFG_PS", USE_MISC_1="N")
    with pytest.raises(UnfitError):
        world.context.require_fit("documents", afresh=True)


def test_the_store_is_asked_once_an_hour_whoever_comes_first(world):
    world.pull()
    first = len(world.requests())
    pull_orders(gated(world))
    assert len(world.requests()) == first + 1
    world.book()
    assert len(world.requests()) == first + 1


def test_a_shop_of_another_city_is_booked_by_the_zone_of_the_settings(world):
    world.order()
    world.pull()
    assert create_documents(gated(world, store={"time_zone": "America/Chicago"})).created == 1


@contextmanager
def locked(world, table):
    """Somebody holds locks on a table for longer than anybody waits."""

    def refuse(_connection, _cursor, text, *_):
        if table in text:
            said = f"[HY000] [Microsoft]Lock request time out on {table}. (1222) (SQLExecDirectW)"
            raise OperationalError(text, None, Exception("HY000", said))

    event.listen(world.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(world.engine, "before_cursor_execute", refuse)


def kept(world, system):
    """The flows that a verdict is kept for."""
    found = world.rows("USER_SYNC_STATE", NAME=f"doctor.{system}")
    return json.loads(found[0]["VALUE"])["flows"] if found else []


def test_a_question_without_an_answer_is_never_taken_for_a_good_one(world):
    world.order()
    world.pull()
    world.wait(minutes=6)
    with locked(world, "SY_PAY_COD"), pytest.raises(UnansweredError) as caught:
        create_documents(gated(world))
    assert "[unknown] codes.pay_codes: " in str(caught.value)
    assert world.documents() == []
    assert "documents" not in kept(world, "database")
    assert world.rows("USER_SYNC_LOG", FLOW="documents")[-1]["SUCCESS"] is False
    assert create_documents(world.context).created == 1


def test_people_read_what_was_not_answered_and_dagster_tries_again(world):
    with locked(world, "SY_PAY_COD"), pytest.raises(UnansweredError) as caught:
        world.context.require_fit("documents", afresh=True)
    first, second = explain(caught.value)
    assert "nothing was changed. Run it again" in first
    assert second.startswith("[unknown] codes.pay_codes")
    failure = failure_of(caught.value)
    assert failure.allow_retries
    assert failure.metadata["database_is_away"].value is False


def test_a_question_that_is_not_a_flow_s_own_does_not_stop_it(world):
    with locked(world, "SY_PAY_COD"):
        assert world.pull().outcome == "done"
    assert kept(world, "database") == ["customers", "orders", "inventory", "outbox", "fulfilment"]


def test_no_contract_without_its_answer_for_anybody(world):
    catalog = {"sqlite": "pragma_table_xinfo", "mssql": "sys.columns"}[world.engine.dialect.name]
    with locked(world, catalog), pytest.raises(UnansweredError, match="contract"):
        pull_orders(world.context)
    assert kept(world, "database") == []


def test_a_database_that_is_away_is_told_as_everywhere(world):
    away = open_engine("sqlite:////no/such/folder/x.db")
    gate = Gate(world.context.settings, away, world.store, world.clock)
    with pytest.raises(OperationalError, match="unable to open"):
        gate.require_fit("documents")


def test_a_store_that_leaves_one_question_open_stops_whom_it_concerns(world):
    world.server.faults.add(Fault("fatal", path="/settings/products", times=99))
    with pytest.raises(StoreError, match="GET settings/products 500"):
        sync_inventory(world.context)
    assert world.pull().outcome == "done"
    assert "inventory" not in kept(world, "store")
    assert "orders" in kept(world, "store")


def test_a_booking_does_not_wait_for_what_the_store_leaves_open(world):
    world.order()
    world.pull()
    world.wait(hours=2)
    world.server.faults.add(Fault("fatal", path="/system_status", times=99))
    with pytest.raises(StoreError, match="GET system_status 500"):
        pull_orders(gated(world))
    assert create_documents(gated(world)).created == 1


def test_what_is_red_for_the_stock_costs_no_poll_a_request(world):
    world.state.set_setting("manage_stock", "no")
    pull_orders(gated(world))
    with pytest.raises(UnfitError):
        sync_inventory(gated(world))
    before = len(world.requests())
    pull_orders(gated(world))
    assert len(world.requests()) == before + 1


def test_the_gate_reads_no_history(world):
    statements = Statements(world.engine)
    world.context.require_fit("documents", afresh=True)
    assert statements.sent
    assert not [text for text in statements.sent if "_HIST" in text and "SELECT" in text]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"currency": "CAD"}, "CURRENCY"),
        ({"total": "10.005"}, "NOT_CENTS"),
    ],
)
def test_what_the_shop_changes_within_the_hour_is_refused_order_by_order(world, change, code):
    world.pull()
    assert "documents" in kept(world, "store")
    world.order(**change)
    world.pull()
    report = world.book()
    assert (report.created, [each.problem.code for each in report.refused]) == (0, [code])


def test_a_booking_waits_once_for_a_store_that_is_away_and_goes_on(world):
    world.orders(20001, 20002)
    world.pull()
    world.wait(hours=2)
    world.server.faults.add(Fault("server_error", times=99))
    before = len(world.requests())
    context = gated(world, documents={"claim_size": 1})
    assert create_documents(context).created == 2
    assert len(world.requests()) == before + 1


def test_a_shop_without_stock_management_stops_the_stock_only(world):
    world.state.set_setting("manage_stock", "no")
    with pytest.raises(UnfitError, match="stock management"):
        sync_inventory(world.context)
    assert world.pull().outcome == "done"


def test_a_store_that_is_away_is_no_verdict(world):
    world.fault("server_error", times=1)
    world.context.require_fit("orders")
    assert kept(world, "store") == []


def test_what_is_kept_names_no_secret(world):
    world.pull()
    (row,) = world.rows("USER_SYNC_STATE", NAME="doctor.database")
    told = json.loads(row["VALUE"])
    assert set(told) == {"of", "green", "flows"}
    assert len(told["of"]) == 64


def test_customers_without_a_counter_are_stopped(world):
    set_rows(world.engine, "SY_WRKGRP", NXT_CUST_NO=None)
    with pytest.raises(UnfitError, match="NXT_CUST_NO"):
        sync_customers(world.context)
