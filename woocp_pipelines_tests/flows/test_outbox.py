"""Telling the store what was booked: once, later if it must be, and never its status."""

import pytest

from woocp_pipelines_tests.order_world import holds


@pytest.fixture
def booked(world):
    world.order()
    world.pull()
    world.book()
    world.server.requests.clear()
    return world


def our_notes(world, order_id=20001):
    notes = world.store.get(f"orders/{order_id}/notes").data
    return [note for note in notes if note["note"].startswith("Order created in CounterPoint")]


def test_the_store_hears_of_a_booking_by_a_private_note_and_meta(booked):
    row = booked.staged()
    assert booked.notify().created == 1
    (note,) = our_notes(booked)
    assert note["note"] == (
        f"Order created in CounterPoint. DOC_ID: {row['DOC_ID']}, TKT_NO: {row['TKT_NO']}"
    )
    assert note["customer_note"] is False
    meta = {one["key"]: one["value"] for one in booked.store.get("orders/20001").data["meta_data"]}
    assert meta == {"cp_doc_id": str(row["DOC_ID"]), "cp_tkt_no": row["TKT_NO"]}
    holds(booked.rows("USER_STORE_OUTBOX")[0], STATUS="SENT", ATTEMPTS=1, LAST_ERROR=None)


@pytest.mark.cp_bug(40)
def test_no_message_ever_touches_the_status_of_an_order(booked):
    booked.change(status="completed")
    booked.notify()
    assert booked.store.get("orders/20001").data["status"] == "completed"
    writes = [row for row in booked.requests() if row.split()[0] not in {"GET"}]
    assert writes == ["PUT /orders/20001", "POST /orders/20001/notes", "PUT /orders/20001"]


@pytest.mark.parametrize("fault", ["cut_after_write", "truncated"])
def test_a_note_whose_answer_was_lost_is_not_written_again(booked, fault):
    booked.fault(fault, method="POST", path="/notes")
    booked.notify()
    booked.wait(minutes=2)
    booked.notify()
    assert len(our_notes(booked)) == 1
    assert booked.rows("USER_STORE_OUTBOX")[0]["STATUS"] == "SENT"


def test_a_note_that_was_written_after_the_time_out_is_found_by_the_next_run(booked):
    booked.fault("cut_after_write", method="POST", path="/notes")
    booked.fault("maintenance", method="GET", path="/notes", after=1, times=2)
    booked.notify()
    holds(booked.rows("USER_STORE_OUTBOX")[0], STATUS="PENDING", ATTEMPTS=1)
    booked.wait(minutes=2)
    assert booked.notify().created == 1
    assert len(our_notes(booked)) == 1


def test_a_store_that_is_down_is_asked_again_after_a_pause(booked):
    booked.fault("maintenance", path="/notes", times=2)
    report = booked.notify()
    assert (report.created, report.waiting) == (0, 1)
    (letter,) = booked.letter_rows()
    holds(letter, KIND="outbox", CODE="STORE_REFUSED_NOTE", RETRYABLE=True, WOO_ORDER_ID=20001)
    assert booked.notify().read == 0
    booked.wait(seconds=61)
    assert booked.notify().created == 1
    assert booked.letters() == []


def test_meta_that_fails_after_the_note_is_sent_later_without_a_second_note(booked):
    booked.fault("maintenance", method="PUT", path="/orders/20001", times=2)
    booked.notify()
    booked.wait(minutes=2)
    booked.notify()
    assert len(our_notes(booked)) == 1
    assert booked.store.get("orders/20001").data["meta_data"] != []


def test_a_deleted_order_is_told_once_and_not_asked_for_again(booked):
    booked.store.delete("orders/20001", {"force": True})
    report = booked.notify()
    assert [item.problem.code for item in report.refused] == ["ORDER_GONE"]
    assert booked.letters() == [("outbox", "20001", "ORDER_GONE")]
    holds(booked.rows("USER_STORE_OUTBOX")[0], STATUS="REFUSED")
    booked.wait(minutes=10)
    assert booked.notify().read == 0


def test_one_order_that_the_store_cannot_serve_keeps_no_other_waiting(world):
    world.orders(1, 2, 3)
    world.pull()
    world.book()
    world.fault("server_error", path="/orders/1/notes", times=99)
    report = world.notify()
    assert (report.created, report.waiting, len(report.refused)) == (2, 1, 1)


def test_a_store_that_is_down_is_not_asked_for_every_message(world):
    world.orders(*range(1, 8))
    world.pull()
    world.book()
    world.server.requests.clear()
    world.fault("maintenance", times=99)
    report = world.notify()
    assert (report.read, report.waiting) == (3, 7)
    assert len(world.requests()) == 6
    world.server.faults.clear()
    world.wait(minutes=5)
    assert world.notify().created == 7


def test_a_plan_shows_what_each_message_would_change_and_sends_nothing(booked):
    before, row = booked.rows("USER_STORE_OUTBOX"), booked.staged()
    plan = booked.notify(mode="plan")
    assert [(one.key, one.what, one.before, one.after) for one in plan.changes][1:] == [
        ("20001", "cp_doc_id", "", str(row["DOC_ID"])),
        ("20001", "cp_tkt_no", "", row["TKT_NO"]),
    ]
    assert plan.changes[0].what == "ORDER_BOOKED"
    assert plan.changes[0].after.startswith("Order created in CounterPoint. DOC_ID: ")
    assert (plan.read, plan.created, plan.waiting) == (1, 1, 1)
    assert booked.requests() == ["GET /orders"]
    assert booked.rows("USER_STORE_OUTBOX") == before


def test_a_plan_refuses_an_order_that_is_gone_as_the_run_would(booked):
    booked.store.delete("orders/20001", {"force": True})
    plan = booked.notify(mode="plan")
    assert (plan.created, plan.changes) == (0, [])
    wanted = [("outbox", "20001", "ORDER_GONE")]
    assert [(one.kind, one.key, one.problem.code) for one in plan.refused] == wanted
    sent = booked.notify(mode="apply")
    assert [(one.kind, one.key, one.problem.code) for one in sent.refused] == wanted


def test_a_message_is_written_with_its_booking_and_only_then(world):
    world.order(total="1.00")
    world.pull()
    world.book()
    assert world.rows("USER_STORE_OUTBOX") == []
