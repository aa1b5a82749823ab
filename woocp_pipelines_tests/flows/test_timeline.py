"""One order's timeline: everything both systems know of it, in order of time."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.order_lookup import OrderNotFoundError, OrderUnknownError
from woocp_pipelines.counterpoint.tables import PS_ORD_HIST
from woocp_pipelines.flows.timeline import read_timeline
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.order_world import D


def timeline(world, asked="20001", *, offline=False):
    return read_timeline(world.engine, None if offline else world.store, "main", asked)


def told(found):
    """Place and first word or two of each event."""
    return [(event.place, event.what.split(":")[0].split(" as ")[0]) for event in found.events]


@pytest.fixture
def booked(world):
    """Refused first, corrected by the shop, booked, and told to the store."""
    world.order(total="236.99")
    world.pull()
    world.wait(minutes=1)
    world.book()
    world.wait(minutes=1)
    world.overwrite(total="236.11")
    world.wait(minutes=1)
    world.pull()
    world.wait(minutes=1)
    world.book()
    world.wait(minutes=1)
    world.notify()
    return world


def test_it_runs_from_the_store_to_the_document_and_back(booked):
    found = timeline(booked)
    assert found.state == "booked"
    assert [event.at for event in found.events] == sorted(event.at for event in found.events)
    places = [place for place, _ in told(found)]
    assert places.index("store") < places.index("staging") < places.index("counterpoint")
    assert places.index("counterpoint") < places.index("outbox")
    words = {what for _, what in told(found)}
    assert words >= {"ordered", "paid", "ARITHMETIC (order)", "booked", "the store was told"}
    assert "ARITHMETIC (order) solved" in words


def test_it_has_both_documents_with_their_amounts(booked):
    row = booked.staged()
    order, deposit = sorted(timeline(booked).documents, key=lambda each: each.doc_typ)
    assert (order.doc_id, order.tkt_no, order.doc_typ) == (row["DOC_ID"], row["TKT_NO"], "O")
    assert (order.total, order.due, order.deposit) == (D("236.11"), D("0.00"), D("236.11"))
    assert (deposit.doc_typ, deposit.total, deposit.place) == ("T", D("0.00"), "open")


def test_it_names_every_run_that_did_something_for_the_order_and_no_other(booked):
    booked.order(20002)
    booked.pull()
    booked.book()
    runs = timeline(booked).runs
    assert [(run.flow, run.said.split(" ")[0]) for run in runs] == [
        ("orders", "order"),
        ("documents", "refused:"),
        ("orders", "order"),
        ("documents", "document"),
        ("outbox", "note"),
    ]
    assert not any(run.failed for run in runs)


def test_an_order_whose_number_is_part_of_another_number_has_its_own_runs(world):
    world.orders(2000, 20001)
    world.pull()
    (run,) = timeline(world, "2000").runs
    assert run.said == "order insert PENDING 236.11 USD"


def test_an_order_whose_number_looks_like_a_pattern_has_its_own_runs(world):
    world.orders(20001, 20002)
    world.overwrite(20001, number="A[12]")
    world.overwrite(20002, number="A1")
    world.pull()
    for number in ("A[12]", "A1"):
        (run,) = timeline(world, number).runs
        assert run.said == "order insert PENDING 236.11 USD"


def test_a_finished_order_is_found_in_the_history(booked):
    row = booked.staged()
    with writing(booked.engine) as connection:
        for table in reversed(vendor_tables().values()):
            if "DOC_ID" in table.c and table.name.startswith("PS_DOC"):
                connection.execute(table.delete().where(table.c.DOC_ID == row["DOC_ID"]))
    history = {"DOC_ID": row["DOC_ID"], "STR_ID": "01", "STA_ID": "109", "TKT_NO": row["TKT_NO"]}
    with writing(booked.engine) as connection:
        table = vendor_tables()[PS_ORD_HIST.name]
        given = {name: value for name, value in history.items() if name in table.c}
        connection.execute(insert(table).values(**given))
    documents = {each.doc_id: each for each in timeline(booked).documents}
    found = documents[row["DOC_ID"]]
    assert (found.place, found.tkt_no, found.total) == ("history", row["TKT_NO"], None)


def test_a_waiting_order_tells_when_it_is_tried_next(world):
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.order()
    world.pull()
    world.book()
    found = timeline(world)
    assert found.state == "waiting for its next attempt"
    last = found.events[-1]
    assert (last.what, last.at) == ("next attempt", world.staged()["NEXT_ATTEMPT_GMT"])


def test_a_note_that_is_not_sent_yet_stands_in_the_timeline(world):
    world.order()
    world.pull()
    world.book()
    assert ("outbox", "the store is to be told") in told(timeline(world))


def test_an_order_that_woocp_never_met_is_shown_from_the_store_alone(world):
    world.order(status="cancelled")
    world.pull()
    found = timeline(world)
    assert (found.state, found.store.order["status"]) == ("not staged", "cancelled")
    assert {event.place for event in found.events} == {"store"}


def test_an_order_that_nobody_knows_is_said_to_be_unknown(world):
    with pytest.raises(OrderUnknownError, match="999: not known to woocp; the store: has no such"):
        timeline(world, "999")
    with pytest.raises(OrderUnknownError, match="order WEB-1: not known"):
        timeline(world, "WEB-1")
    with pytest.raises(OrderUnknownError, match="the store: not asked"):
        timeline(world, "999", offline=True)


def test_a_number_that_is_also_an_id_is_never_guessed(world):
    world.orders(20001, 20002)
    world.overwrite(20002, number="20001")
    world.pull()
    with pytest.raises(OrderNotFoundError, match="could be id 20001"):
        timeline(world)
    assert timeline(world, "id:20002").order.order_id == 20002


def test_a_store_that_does_not_answer_is_no_store_without_the_order(booked):
    booked.fault("maintenance", times=99)
    found = timeline(booked)
    assert (found.store.order, found.store.failed) == (None, True)
    assert "503" in found.store.why_not
    assert found.state == "booked"


def test_offline_the_store_is_not_asked(booked):
    before = len(booked.requests())
    found = timeline(booked, offline=True)
    assert len(booked.requests()) == before
    assert (found.store.order, found.store.failed, found.state) == (None, False, "booked")


def test_an_old_run_is_not_read_for_a_young_order(booked):
    long_ago = booked.clock.now - timedelta(days=400)
    booked.set_rows("USER_SYNC_LOG", {"FLOW": "orders"}, STARTED_GMT=long_ago)
    assert {run.flow for run in timeline(booked).runs} == {"documents", "outbox"}
