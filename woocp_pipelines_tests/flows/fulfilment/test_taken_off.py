"""A paid line that a till takes off the document was sold: without it no order is complete."""

import pytest

from woocp_pipelines_tests.fulfilment_world import Tills
from woocp_pipelines_tests.order_world import book_all


def test_an_order_whose_line_was_taken_off_is_partly_shipped_and_closed_short(tills):
    tills.take_off(2)
    tills.release()
    tills.later()
    assert (tills.state(), tills.status()) == ("PART", "processing")
    assert tills.notes()[0].endswith("Shipped so far: 2 of 2 PK 01-10100; 0 of 1 CT 01-10251")
    assert tills.later().written == 0
    tills.cancel()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["DOCUMENT_CLOSED_SHORT"]
    assert (tills.state(), tills.status()) == ("SHORT", "processing")


def test_it_is_closed_short_also_where_it_leaves_with_its_ticket(tills):
    tills.take_off(2)
    tills.post(tills.release())
    assert tills.world.rows("PS_ORD_HIST") != []
    tills.later()
    assert (tills.state(), tills.status()) == ("SHORT", "processing")
    assert tills.world.letters() == [("revision", "20001", "DOCUMENT_CLOSED_SHORT")]


def test_a_line_that_went_before_the_first_look_is_known_from_the_deposit(world_booked):
    tills = world_booked
    tills.take_off(2)
    tills.release()
    tills.later()
    assert (tills.state(), tills.status()) == ("PART", "processing")


def test_a_quantity_that_was_lowered_in_every_column_is_still_owed(tills):
    line = {"DOC_ID": tills.doc_id(), "LIN_SEQ_NO": 1}
    tills.world.set_rows("PS_DOC_LIN", line, QTY_SOLD=1, ORIG_QTY=1, QTY_ENTD=1)
    tills.release()
    tills.later()
    assert (tills.state(), tills.status()) == ("PART", "processing")
    assert "1 of 2 PK 01-10100" in tills.notes()[0]


def make_free(tills, seq):
    """As a line of 0.00 was booked, on the order and on its deposit ticket."""
    (key,) = tills.world.rows("USER_ORDER_KEY", WOO_ORDER_ID=20001)
    for doc_id in (key["DOC_ID"], key["DEP_DOC_ID"]):
        tills.world.set_rows("PS_DOC_LIN", {"DOC_ID": doc_id, "LIN_SEQ_NO": seq}, EXT_PRC=0)


@pytest.mark.parametrize("seen", [True, False])
def test_a_free_line_that_was_taken_off_keeps_no_order_from_completing(world_booked, seen):
    tills = world_booked
    make_free(tills, 2)
    if seen:
        tills.sync()
    tills.take_off(2)
    tills.release()
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")


def test_a_quantity_that_a_till_raised_keeps_no_order_from_completing(tills):
    line = {"DOC_ID": tills.doc_id(), "LIN_SEQ_NO": 1}
    tills.world.set_rows("PS_DOC_LIN", line, QTY_SOLD=3)
    assert tills.later().written == 0
    tills.world.set_rows("PS_DOC_LIN", line, QTY_SHIPPED=2)
    tills.world.set_rows("PS_DOC_LIN", {**line, "LIN_SEQ_NO": 2}, QTY_SHIPPED=1)
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")


def test_a_line_that_is_entered_anew_takes_nothing_away(tills):
    (line,) = tills.world.rows("PS_DOC_LIN", DOC_ID=tills.doc_id(), LIN_SEQ_NO=2)
    tills.take_off(2)
    tills.insert("PS_DOC_LIN", {**line, "LIN_SEQ_NO": 3})
    assert tills.later().written == 0
    tills.release()
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")


@pytest.mark.parametrize(("seqs", "state"), [((), "SHIPPED"), ((2,), "SHORT"), ((1, 2), "SHORT")])
def test_a_sale_ticket_shipped_what_was_on_it_when_it_was_posted(world, seqs, state):
    world.configure(documents={"type": "T", "payments": "tender"})
    world.order()
    book_all(world)
    tills = Tills(world)
    tills.sync()
    for seq in seqs:
        tills.take_off(seq)
    tills.post(tills.doc_id())
    tills.later()
    assert tills.state() == state
    assert tills.status() == ("completed" if state == "SHIPPED" else "processing")
