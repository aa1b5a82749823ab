"""What a plan of documents promises is what applying does: the document, the refusal, the wait."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from woocp_pipelines.commands.output import show_report
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines_tests.order_world import D, line, plain_order
from woocp_pipelines_tests.worked_example import BUSINESS, example_order

FREE = plain_order([line(1, "01-10100", 1, "0.00")])


def guest(**billing: Any) -> dict[str, Any]:
    """An order of somebody whom Counterpoint does not know."""
    there = {**example_order()["billing"], "email": "new@quill.test", **billing}
    return {"customer_id": 0, "billing": there}


def refusals(report):
    return [(item.key, item.problem.code) for item in report.refused]


@pytest.mark.parametrize(
    ("changes", "settings", "code"),
    [
        (guest(email="not-an-email"), {}, "INVALID_EMAIL"),
        (guest(), {"customers": {"guests": "walk_in"}}, "NO_WALK_IN_CUSTOMER"),
        (
            guest(state="NY"),
            {"tax": {**BUSINESS["tax"], "by_state": {"NY": "NOWHERE"}}},
            "NO_TAX_CODE",
        ),
    ],
)
def test_an_order_whose_customer_cannot_be_made_is_planned_as_refused(
    world, changes, settings, code
):
    world.configure(**settings)
    world.order(**changes)
    planned = world.book(mode="plan")
    assert (planned.created, refusals(planned)) == (0, [("20001", code)])
    world.pull()
    replayed = replay_orders(world.context, ["20001"], mode="plan").report
    assert (replayed.created, refusals(replayed)) == (0, [("20001", code)])
    applied = world.book()
    assert (applied.created, refusals(applied)) == (0, [("20001", code)])


@pytest.mark.parametrize("email", ["new@quill.test", ""])
def test_a_guest_who_can_be_made_a_customer_is_planned_and_not_made(world, email):
    world.order(**guest(email=email))
    before = world.rows("AR_CUST")
    assert world.book(mode="plan").created == 1
    assert world.rows("AR_CUST") == before
    world.pull()
    assert world.book().created == 1


def test_a_guest_known_by_the_order_alone_is_planned_as_it_would_be_booked(world):
    """Made when the order had no e-mail; the one it has now cannot be stored."""
    world.order(**guest(email=""))
    world.pull()
    world.set_rows("PS_DRW_SESSION", {}, DRW_ID="SHUT")
    assert refusals(world.book()) == [("20001", "NO_DRAWER_SESSION")]
    world.set_rows("PS_DRW_SESSION", {}, DRW_ID="WEB", STAT="A")
    world.due_again()
    assert world.book(mode="plan").created == world.book().created == 1


@pytest.mark.parametrize(
    ("changes", "documents", "what", "kinds"),
    [
        ({}, {}, "order with deposit", ["O", "T"]),
        ({}, {"payments": "none"}, "order without payment", ["O"]),
        (FREE, {}, "order without payment", ["O"]),
        ({"date_paid_gmt": None}, {}, "unpaid order", ["O"]),
        ({}, {"type": "T"}, "sale ticket", ["T"]),
    ],
)
def test_a_plan_names_the_document_that_is_made(world, changes, documents, what, kinds):
    world.configure(documents=documents)
    world.order(**changes)
    planned = world.book(mode="plan")
    assert [change.what for change in planned.changes] == [what]
    world.pull()
    world.book()
    assert [kind for _, kind in world.documents()] == kinds
    paid = sum((row["AMT"] for row in world.rows("PS_DOC_PMT")), D(0))
    assert (paid == 0) == (what in {"order without payment", "unpaid order"})


def test_orders_that_have_to_wait_are_counted_and_not_planned(world):
    world.orders(1, 2)
    world.pull()
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.book()
    world.order(3)
    planned = world.book(mode="plan")
    assert (planned.read, planned.waiting) == (1, 2)


def test_an_order_that_was_changed_while_it_waited_is_planned_and_waits_no_more(world):
    world.orders(1, 2)
    world.pull()
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.book()
    world.change(1, customer_note="ring twice")
    planned = world.book(mode="plan")
    assert (planned.read, planned.waiting) == (1, 1)


def test_a_plan_without_a_first_day_says_why_it_shows_so_little(world):
    world.order(date_created_gmt="2026-01-02T10:00:00", date_modified_gmt="2026-01-02T10:00:00")
    shown = [world.pull(mode="plan"), world.book(mode="plan")]
    assert [report.facts.get("start_date") for report in shown] == [None, None]
    world.configure(mode="plan", orders={})
    for report in (world.pull(), world.book()):
        assert (report.read, report.written) == (0, 0)
        assert "orders.start_date is not set" in report.facts["start_date"]
        assert report.to_json()["facts"]["start_date"] == report.facts["start_date"]


def test_people_read_on_the_screen_that_no_first_day_is_set(world):
    world.configure(mode="plan", orders={})
    told = StringIO()
    show_report(world.book(), console=Console(file=told))
    assert "start date: orders.start_date is not set" in told.getvalue()
