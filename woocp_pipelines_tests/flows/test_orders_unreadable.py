"""Orders that nobody can read or store: a dead letter each, and the others go on."""

import json

import pytest

from woocp_pipelines_tests.order_world import holds


def test_an_unreadable_order_is_a_dead_letter_with_its_json_while_the_rest_goes_on(world):
    world.orders(1, 2, 3)
    world.overwrite(2, total="a lot")
    report = world.pull()
    assert world.statuses() == {1: "PENDING", 3: "PENDING"}
    (letter,) = world.letter_rows()
    holds(letter, KIND="order", CODE="BAD_ORDER", FIELD="total", FOUND="'a lot'", WOO_ORDER_ID=2)
    assert letter["NEXT_STEP"]
    assert json.loads(letter["RECORD_JSON"])["id"] == 2
    assert [(item.kind, item.key) for item in report.refused] == [("order", "2")]
    assert world.mark() == world.clock.now


def test_an_unreadable_order_that_nobody_paid_is_no_matter(world):
    world.order(status="failed", total="a lot")
    assert world.pull().refused == []
    assert world.letters() == []


def test_an_unreadable_order_is_solved_by_being_readable_again(world):
    world.order(total="a lot")
    world.pull()
    world.overwrite(total="236.11")
    world.pull()
    assert world.statuses() == {20001: "PENDING"}
    assert world.letters() == []


def test_an_unreadable_order_that_the_shop_gave_up_needs_no_letter_any_more(world):
    world.orders(20001, 20002, total="a lot")
    world.pull()
    world.overwrite(total="236.11", status="cancelled")
    plan = world.pull(mode="plan")
    assert len(world.letters()) == 2
    report = world.pull()
    assert world.letters() == [("order", "20002", "BAD_ORDER")]
    assert [change.what for change in report.changes] == ["dead letter over"]
    assert plan.changes == report.changes
    assert world.pull().changes == []


def test_an_order_of_before_the_start_that_is_given_up_needs_no_letter_any_more(world):
    old = {"date_created_gmt": "2025-12-30T12:00:00", "date_paid_gmt": "2026-01-03T12:00:00"}
    world.order(**old)
    world.pull()
    assert world.letters() == [("order", "20001", "BEFORE_START_DATE")]
    world.change(status="cancelled")
    world.pull()
    assert (world.letters(), world.statuses()) == ([], {})


def test_what_was_staged_of_an_order_is_not_booked_once_the_order_is_unreadable(world):
    world.order()
    world.pull()
    world.overwrite(total="a lot")
    world.pull()
    holds(world.staged(), STATUS="REFUSED", ERROR_CODE="BAD_ORDER")
    assert world.book().read == 0
    world.overwrite(total="236.11")
    world.pull()
    assert world.book().created == 1


def test_an_unreadable_order_that_a_person_forces_is_refused_again(world):
    world.order()
    world.pull()
    world.overwrite(total="a lot")
    world.pull()
    world.set_rows("USER_ORDER_STAGING", {}, STATUS="PENDING")
    world.book()
    assert world.documents() == []
    assert world.letters() == [("order", "20001", "BAD_ORDER")]


def test_a_booked_order_that_became_unreadable_is_a_revision(world):
    world.order()
    world.pull()
    world.book()
    world.overwrite(total="a lot")
    world.pull()
    assert world.letters() == [("revision", "20001", "ORDER_EDITED")]
    assert world.statuses() == {20001: "BOOKED"}


def test_an_order_that_the_database_refuses_is_left_out_alone(world):
    world.orders(1, 2, 3)
    twice = [dict(line, id=7) for line in world.state.find("order", 2)["line_items"]]
    world.overwrite(2, line_items=twice)
    report = world.pull()
    assert world.statuses() == {1: "PENDING", 3: "PENDING"}
    assert report.created == 2
    assert world.letters() == [("order", "2", "DATABASE_REFUSED")]
    assert world.mark() == world.clock.now


@pytest.mark.cp_bug(35)
def test_quotes_inches_and_other_scripts_in_names_come_through(world):
    world.order()
    lines = world.state.find("order", 20001)["line_items"]
    lines[0]["name"] = 'Paper 8.5" x 11" “Süß” \\ 紙'
    world.overwrite(line_items=lines)
    world.pull()
    kept = json.loads(world.staged()["ORDER_JSON"])["line_items"]
    assert kept[0]["name"] == 'Paper 8.5" x 11" “Süß” \\ 紙'
    assert world.book().created == 1
    assert len(world.rows("PS_DOC_LIN", LIN_TYP="O")) == 2
