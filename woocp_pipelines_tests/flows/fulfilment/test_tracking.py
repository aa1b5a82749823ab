"""Tracking numbers: in a note and in the order's meta, each once, also those that come later."""

from datetime import timedelta


def test_they_stand_in_the_note_of_the_shipment_and_in_the_meta(tills):
    tills.track("1Z998", "1Z999")
    tills.release()
    tills.later()
    (note,) = tills.notes()
    assert note.startswith("Order fulfilled and shipped from CounterPoint. Ship Date: ")
    assert note.endswith(f"{tills.day}. Tracking: 1Z998, 1Z999")
    assert tills.meta()["cp_tracking"] == "1Z998, 1Z999"


def test_later_ones_come_in_a_further_note_and_join_the_meta(tills):
    tills.track("1Z999")
    tills.release()
    tills.later()
    tills.track("1Z999", "1Z997 ")
    tills.later()
    assert tills.notes()[1:] == ["Tracking from CounterPoint: 1Z997"]
    assert tills.meta()["cp_tracking"] == "1Z999, 1Z997"
    assert tills.later().written == 0


def test_those_of_a_release_ticket_count_also_when_it_is_posted(tills):
    ticket = tills.release(quantities={1: 1})
    tills.track("A1", doc_id=ticket)
    tills.later()
    assert tills.notes()[0].endswith("0 of 1 CT 01-10251. Tracking: A1")
    tills.post(ticket)
    tills.track("A2", doc_id=ticket)
    tills.later()
    assert tills.notes()[1:] == ["Tracking from CounterPoint: A2"]


def test_one_that_was_deleted_in_counterpoint_is_not_taken_back(tills):
    tills.track("A1")
    tills.later()
    tills.post(tills.release())
    tills.later()
    assert [note for note in tills.notes() if "A1" in note] == ["Tracking from CounterPoint: A1"]
    assert tills.meta()["cp_tracking"] == "A1"


def test_one_that_was_told_with_a_part_is_not_told_again_with_the_whole(tills):
    tills.track("A1")
    tills.release(quantities={1: 1})
    tills.later()
    tills.track("A2")
    tills.release()
    tills.later()
    assert [note.partition("Tracking: ")[2] for note in tills.notes()] == ["A1", "A2"]
    assert tills.meta()["cp_tracking"] == "A1, A2"


def test_one_whose_note_waits_is_told_before_the_note_that_leaves_it_out(tills):
    tills.track("A1")
    tills.release(quantities={1: 1})
    tills.world.fault("maintenance", path="/orders/20001/notes", times=2)
    tills.later()
    tills.release()
    tills.later()
    assert tills.notes() == []
    tills.later(minutes=2)
    assert [note.partition("Tracking: ")[2] for note in tills.notes()] == ["A1", ""]
    assert (tills.status(), tills.meta()["cp_tracking"]) == ("completed", "A1")


def test_those_told_while_the_shop_had_stopped_the_order_stay_in_its_meta(tills):
    tills.track("A1")
    tills.world.change(status="on-hold")
    tills.release()
    tills.later()
    tills.track("A2")
    tills.later()
    tills.world.change(status="processing")
    tills.later()
    assert (tills.status(), tills.meta()["cp_tracking"]) == ("completed", "A1, A2")
    assert [note.rpartition(": ")[2] for note in tills.notes()] == ["A1", "A2"]


def test_they_are_looked_for_only_some_days_after_the_shipment(tills):
    tills.release()
    tills.later()
    closed = tills.world.clock.now - timedelta(days=13, hours=23)
    tills.world.set_rows("USER_ORDER_FULFILMENT", {}, CLOSED_GMT=closed)
    assert tills.sync().read == 1
    tills.world.set_rows("USER_ORDER_FULFILMENT", {}, CLOSED_GMT=closed - timedelta(hours=1))
    tills.track("TOO-LATE")
    assert tills.later().read == 0
    assert len(tills.notes()) == 1
