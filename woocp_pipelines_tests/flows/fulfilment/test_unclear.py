"""Release tickets with other goods on them: nobody is told of goods that may not be his."""

import pytest

from woocp_pipelines_tests.fulfilment_world import Tills
from woocp_pipelines_tests.order_world import book_all

OTHER = 20002
UNCLEAR = [("revision", "20002", "SHIPMENT_UNCLEAR")]


@pytest.fixture
def two(world):
    """Two booked orders, looked at once."""
    world.orders(20001, OTHER)
    book_all(world)
    world.notify()
    made = Tills(world)
    made.sync()
    return made


def test_more_of_an_item_bought_on_the_release_ticket_is_no_shipment_of_the_order(tills):
    ticket = tills.release(quantities={1: 1, 2: 1})
    tills.sell_on(ticket, 1, 1)
    tills.later()
    assert (tills.state(), tills.status()) == ("PART", "processing")
    assert tills.notes()[0].endswith("1 of 2 PK 01-10100; 1 of 1 CT 01-10251")
    tills.post(ticket)
    tills.cancel()
    report = tills.later()
    assert [item.problem.code for item in report.refused] == ["SHIPMENT_UNCLEAR"]
    assert (tills.state(), tills.status()) == ("UNCLEAR", "processing")
    assert len(tills.notes()) == 1


def test_the_rest_completes_it_all_the_same(tills):
    ticket = tills.release(quantities={1: 1, 2: 1})
    tills.sell_on(ticket, 1, 1)
    tills.later()
    tills.release()
    tills.later()
    assert (tills.state(), tills.status(), tills.world.letters()) == ("SHIPPED", "completed", [])


@pytest.mark.parametrize("posted", [False, True])
def test_one_ticket_of_two_orders_completes_the_one_that_has_its_goods_only(two, posted):
    ticket = two.release()
    two.link(ticket, OTHER)
    two.later()
    if posted:
        two.post(ticket)
        two.later()
    assert (two.state(), two.status()) == ("SHIPPED", "completed")
    assert (two.state(OTHER), two.status(OTHER)) == ("UNCLEAR", "processing")


def test_the_other_one_is_told_to_people_with_the_ticket(two):
    two.link(two.release(), OTHER)
    report = two.later()
    assert [(item.key, item.problem.code) for item in report.refused] == [
        ("20002", "SHIPMENT_UNCLEAR")
    ]
    assert report.facts["shipment_unclear"] == 1
    assert (two.state(), two.status()) == ("SHIPPED", "completed")
    assert (two.state(OTHER), two.status(OTHER), two.notes(OTHER)) == ("UNCLEAR", "processing", [])
    (letter,) = two.world.letter_rows()
    (number,) = {row["TKT_NO"] for row in two.world.rows("PS_DOC_HDR", IS_REL_TKT="Y")}
    assert f"({number})" in letter["FOUND"]
    assert "woocp settle 20002" in letter["NEXT_STEP"]


def test_an_unclear_order_is_told_once_and_closes_its_letter_when_its_lines_say_it(two):
    two.link(two.release(), OTHER)
    two.later()
    assert two.later().refused == []
    assert two.world.letters() == UNCLEAR
    two.release(OTHER, quantities={1: 1})
    two.later()
    assert (two.state(OTHER), two.world.letters()) == ("PART", [])
    two.release(OTHER)
    two.later()
    assert (two.state(OTHER), two.status(OTHER)) == ("SHIPPED", "completed")


def test_a_plan_refuses_what_nobody_can_tell(two):
    two.link(two.release(), OTHER)
    plan = two.sync(mode="plan")
    assert [item.problem.code for item in plan.refused] == ["SHIPMENT_UNCLEAR"]
    assert (plan.created, two.state(OTHER)) == (1, "OPEN")


def test_where_lines_say_nothing_a_ticket_of_the_order_alone_is_its_shipment(tills):
    ticket = tills.release()
    tills.forget_shipped()
    tills.later()
    assert (tills.state(), tills.status()) == ("SHIPPED", "completed")
    assert tills.world.rows("PS_DOC_HDR", DOC_ID=ticket) != []


def test_where_lines_say_nothing_a_ticket_with_more_of_an_item_is_none(tills):
    tills.sell_on(tills.release(), 1, 5)
    tills.forget_shipped()
    tills.later()
    assert (tills.state(), tills.status()) == ("UNCLEAR", "processing")


def test_a_ticket_that_also_takes_back_an_older_ticket_is_of_one_order(two):
    older = two.release(OTHER)
    two.post(older)
    ticket = two.release()
    two.insert("PS_DOC_HDR_ORIG_DOC", {"DOC_ID": ticket, "ORIG_DOC_ID": older})
    two.forget_shipped()
    two.later()
    assert (two.state(), two.status()) == ("SHIPPED", "completed")


def test_an_order_that_is_unclear_at_the_first_look_has_its_letter(world):
    world.orders(20001, OTHER)
    book_all(world)
    world.notify()
    tills = Tills(world)
    tills.link(tills.release(), OTHER)
    tills.sync()
    assert tills.world.letters() == UNCLEAR
    assert tills.state(OTHER) == "UNCLEAR"
