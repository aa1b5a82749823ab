"""Where document and order do not go together: told to people, and never forced on the shop."""

import pytest

from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines_tests.order_world import holds


def test_a_cancellation_is_a_note_and_a_letter_and_no_status(tills):
    tills.cancel()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["DOCUMENT_CANCELLED"]
    assert tills.status() == "processing"
    (note,) = tills.notes()
    assert note.startswith(f"Order cancelled in CounterPoint (DOC_ID: {tills.doc_id()}, TKT_NO: ")
    assert note.endswith(f" on {tills.day}; nothing of it was shipped")
    (letter,) = tills.world.letter_rows()
    holds(letter, KIND="revision", FLOW="fulfilment", WOO_ORDER_NO="20001", RETRYABLE=False)
    assert tills.later().refused == []
    assert len(tills.notes()) == 1


def test_a_cancellation_that_answers_the_shops_own_is_no_problem(tills):
    tills.world.change(status="cancelled")
    tills.cancel()
    report = tills.later()
    assert (report.created, report.refused) == (1, [])
    assert tills.status() == "cancelled"
    assert tills.world.letters() == []


def test_a_cancelled_document_that_is_still_open_is_told_and_so_is_its_reinstatement(tills):
    tills.log("C")
    tills.later()
    assert tills.state() == "CANCELLED"
    tills.log("I")
    tills.later()
    assert tills.notes()[1].startswith("Order reinstated in CounterPoint")
    assert tills.world.letters() == []
    tills.release()
    tills.later()
    assert tills.status() == "completed"
    assert tills.kinds()[1:] == ["CANCELLED:1", "REINSTATED:2", "SHIPPED:3"]


def test_an_order_closed_with_a_part_unshipped_is_never_completed(tills):
    tills.post(tills.release(quantities={1: 2}))
    tills.cancel()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["DOCUMENT_CLOSED_SHORT"]
    assert tills.status() == "processing"
    (note,) = tills.notes()
    assert note.endswith("Shipped: 2 of 2 PK 01-10100; 0 of 1 CT 01-10251")


def test_a_part_unshipped_is_seen_also_where_nobody_looked_while_it_was_open(world_booked):
    tills = world_booked
    tills.post(tills.release(quantities={1: 1}))
    tills.cancel()
    tills.later()
    assert (tills.state(), tills.status()) == ("SHORT", "processing")
    assert tills.notes()[0].endswith("Shipped: 1 of 2 PK 01-10100; 0 of 1 CT 01-10251")


@pytest.mark.cp_bug(58)
@pytest.mark.parametrize("status", ["refunded", "cancelled", "on-hold", "pending", "failed"])
def test_what_the_shop_stopped_meanwhile_is_left_and_told_to_people(tills, status):
    tills.world.change(status=status)
    tills.release()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["STATUS_NOT_PROCESSING"]
    assert tills.status() == status
    assert len(tills.notes()) == 1
    tills.world.server.requests.clear()
    again = tills.later()
    assert (again.written, again.refused) == (0, [])
    assert tills.world.requests() == ["GET /orders"]
    assert (tills.status(), len(tills.world.letters())) == (status, 1)


def test_an_order_that_the_shop_released_is_completed_by_a_replay_without_waiting(tills):
    tills.world.change(status="on-hold")
    tills.release()
    tills.later()
    tills.world.change(status="processing")
    replay_orders(tills.world.context, ["20001"])
    assert tills.world.notify().created == 1
    assert tills.status() == "completed"
    assert tills.world.letters() == []
    assert len(tills.notes()) == 1


def test_an_order_that_a_person_completed_is_fine(tills):
    tills.world.change(status="completed")
    tills.release()
    report = tills.later()
    assert (report.created, report.refused) == (1, [])
    assert tills.status() == "completed"


def test_a_trashed_order_stays_in_the_trash(tills):
    tills.world.trash()
    tills.release()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["STATUS_NOT_PROCESSING"]
    assert tills.order()["status"] == "trash"


def test_an_order_deleted_for_good_is_told_once(tills):
    tills.world.store.delete("orders/20001", {"force": True})
    tills.release()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["ORDER_GONE"]
    assert tills.later().refused == []


def test_a_document_that_is_nowhere_is_told_after_a_second_look(tills):
    tills.delete_document()
    assert tills.later().refused == []
    assert tills.state() == "MISSING"
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["DOCUMENT_GONE"]
    assert tills.world.letters() == [("revision", "20001", "DOCUMENT_GONE")]
    assert tills.later().refused == []
    assert tills.notes() == []


def test_a_document_met_on_its_way_to_the_history_is_not_missed(tills):
    ticket = tills.release()
    kept = tills.delete_document()
    assert tills.later().written == 0
    tills.put_back(kept)
    tills.post(ticket)
    assert tills.later().refused == []
    assert tills.status() == "completed"


def test_a_row_that_no_rule_is_prepared_for_stops_no_other_order(tills):
    tills.world.order(20002)
    tills.world.pull()
    tills.world.book()
    tills.sync()
    tills.world.set_rows("PS_DOC_LIN", {"DOC_ID": tills.doc_id(), "LIN_SEQ_NO": 1}, QTY_DENOM=0)
    tills.release(20002)
    ticket = {"DOC_ID": tills.doc_id(), "LIN_SEQ_NO": 1}
    tills.world.set_rows("PS_DOC_LIN", ticket, QTY_SHIPPED=1)
    report = tills.later()
    assert tills.status(20002) == "completed"
    assert [(item.key, item.problem.code) for item in report.refused] == [
        ("20001", "DOCUMENT_UNREADABLE")
    ]
    assert tills.later().refused != []
    assert tills.world.letters() == [("revision", "20001", "DOCUMENT_UNREADABLE")]
    tills.world.set_rows("PS_DOC_LIN", ticket, QTY_DENOM=1)
    assert tills.later().refused == []
    assert tills.world.letters() == []


def test_a_document_that_comes_back_closes_its_letter(tills):
    kept = tills.delete_document()
    tills.later()
    tills.later()
    assert tills.world.letters() == [("revision", "20001", "DOCUMENT_GONE")]
    tills.put_back(kept)
    tills.later()
    assert (tills.world.letters(), tills.state()) == ([], "OPEN")
