"""The gate before apply runs: what stops which flow, how long green is believed, what it costs."""

import json
from collections import Counter

import pytest
from pydantic import SecretStr
from sqlalchemy import event

from woocp_pipelines.flows.context import FlowContext, open_context
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.flows.doctor.gate import Gate, UnfitError
from woocp_pipelines.flows.documents import claim_orders, create_documents
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.sandbox.store.faults import Fault
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


def test_another_time_zone_stops_what_is_dated_in_counterpoint_and_no_stock(world):
    world.order()
    world.pull()
    with pytest.raises(UnfitError, match=r"store\.time_zone"):
        create_documents(gated(world, store={"time_zone": "America/Chicago"}))
    assert world.documents() == []
    assert sync_inventory(world.context).outcome == "done"


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
    kept = {row["NAME"] for row in world.rows("USER_SYNC_STATE")}
    assert "doctor.store" not in kept


def test_what_is_kept_names_no_secret(world):
    world.pull()
    kept = [row["VALUE"] for row in world.rows("USER_SYNC_STATE", NAME="doctor.database")]
    told = json.loads(*kept)
    assert set(told) == {"of", "green"}
    assert len(told["of"]) == 64


def test_customers_without_a_counter_are_stopped(world):
    set_rows(world.engine, "SY_WRKGRP", NXT_CUST_NO=None)
    with pytest.raises(UnfitError, match="NXT_CUST_NO"):
        sync_customers(world.context)
