"""Orders that nobody can read or store: a dead letter each, and the others go on."""

import json

import pytest
from sqlalchemy.exc import ProgrammingError

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.stock import read_stock
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING, USER_ORDER_STAGING_LIN
from woocp_pipelines.flows.settling import settle, sign
from woocp_pipelines.flows.timeline import read_timeline
from woocp_pipelines_tests.broken_database import denied, refusing
from woocp_pipelines_tests.order_world import D, holds


def test_an_unreadable_order_is_a_dead_letter_with_its_json_while_the_rest_goes_on(world):
    world.orders(1, 2, 3)
    world.overwrite(2, total="a lot")
    report = world.pull()
    assert world.statuses() == {1: "PENDING", 2: "REFUSED", 3: "PENDING"}
    (letter,) = world.letter_rows()
    holds(letter, KIND="order", CODE="BAD_ORDER", FIELD="total", FOUND="'a lot'", WOO_ORDER_ID=2)
    assert letter["NEXT_STEP"] == "correct the order in WooCommerce; then replay"
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
    assert [change.what for change in report.changes] == ["order update"]
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
    assert world.statuses() == {1: "PENDING", 2: "REFUSED", 3: "PENDING"}
    assert report.created == 2
    assert world.letters() == [("order", "2", "DATABASE_REFUSED")]
    assert goods(world, 2) == {"01-10100": D(2), "01-10251": D(10)}
    assert world.mark() == world.clock.now


def test_an_order_whose_row_the_database_refuses_has_its_letter_alone(world):
    world.orders(1, 2)
    with refusing(world.engine, USER_ORDER_STAGING, "WOO_ORDER_ID", 2):
        world.pull()
    assert world.statuses() == {1: "PENDING"}
    (letter,) = world.letter_rows()
    assert letter["CODE"] == "DATABASE_REFUSED"
    assert letter["NEXT_STEP"].endswith("then replay; until then its goods are not kept back")


def test_a_right_that_is_missing_ends_the_run_and_refuses_no_order(world):
    before = world.mark()
    world.orders(1, 2)
    gone = denied(world.engine, USER_ORDER_STAGING_LIN)
    with gone, pytest.raises(ProgrammingError, match=r"\(229\)"):
        world.pull()
    assert (world.letter_rows(), world.statuses(), world.mark()) == ([], {}, before)
    assert world.pull().created == 2


def test_an_order_whose_lines_the_database_refuses_keeps_back_what_was_staged_of_it(world):
    world.order()
    world.pull()
    first, second = world.state.find("order", 20001)["line_items"]
    world.overwrite(line_items=[{**first, "quantity": 3}, second])
    with refusing(world.engine, USER_ORDER_STAGING_LIN, "STK_QTY", D(3)):
        world.pull()
    assert (world.statuses(), goods(world)["01-10100"]) == ({20001: "REFUSED"}, D(2))
    (letter,) = world.letter_rows()
    assert letter["CODE"] == "DATABASE_REFUSED"
    kept_back = "2 of 01-10100, 10 of 01-10251 stay kept back, as they were read last"
    assert letter["NEXT_STEP"].endswith(f"then replay; until then {kept_back}")


def goods(world, order_id=20001):
    """What an order takes from stock, by item."""
    rows = world.rows("USER_ORDER_STAGING_LIN", WOO_ORDER_ID=order_id, IS_ADDED=False)
    return {row["ITEM_NO"]: row["STK_QTY"] for row in rows}


def test_the_goods_of_an_unreadable_order_are_kept_back_until_the_shop_gives_it_up(world):
    world.order(total="a lot")
    world.pull()
    assert unbooked(world) == {"01-10100": D(2), "01-10251": D(10)}
    world.overwrite(status="cancelled")
    plan, report = world.pull(mode="plan"), world.pull()
    assert (unbooked(world), world.letters()) == ({}, [])
    assert world.statuses() == {20001: "CANCELLED"}
    assert plan.changes == report.changes
    assert world.pull().changes == []


def test_the_letter_names_lines_whose_goods_nobody_can_keep_back(world):
    world.order()
    first, second = world.state.find("order", 20001)["line_items"]
    world.overwrite(line_items=[{**first, "quantity": "two"}, second])
    world.pull()
    (letter,) = world.letter_rows()
    assert letter["FIELD"] == "line_items[0].quantity"
    kept_back = "until then the goods of line_items[0] are not kept back"
    assert letter["NEXT_STEP"].endswith(f"; then replay; {kept_back}")
    assert unbooked(world) == {"01-10251": D(10)}


def test_an_unreadable_order_replaces_the_goods_of_what_was_staged_of_it(world):
    world.order()
    world.pull()
    first, second = world.state.find("order", 20001)["line_items"]
    world.overwrite(line_items=[{**first, "quantity": 5, "total": "?"}, second])
    world.pull()
    assert unbooked(world) == {"01-10100": D(5), "01-10251": D(10)}


def test_lines_that_cannot_be_read_any_more_keep_back_what_was_read_of_them(world):
    world.order()
    world.pull()
    first, second = world.state.find("order", 20001)["line_items"]
    world.overwrite(line_items=[{**first, "quantity": "two"}, {**second, "quantity": 2}])
    (planned,) = world.pull(mode="plan").refused
    (refused,) = world.pull().refused
    assert unbooked(world) == {"01-10100": D(2), "01-10251": D(20)}
    (letter,) = world.letter_rows()
    assert letter["NEXT_STEP"] == planned.problem.next_step == refused.problem.next_step
    kept_back = "; until then 2 of 01-10100 stay kept back, as they were read last"
    assert letter["NEXT_STEP"].endswith(kept_back)
    world.overwrite(line_items=[second])
    world.pull()
    assert (unbooked(world), world.letters()) == ({"01-10251": D(10)}, [])


def test_an_order_of_lines_that_nobody_can_tell_keeps_back_all_that_was_read_of_it(world):
    world.order()
    world.pull()
    first, _ = world.state.find("order", 20001)["line_items"]
    world.overwrite(line_items=[{**first, "id": None, "quantity": None}])
    for _ in range(2):
        world.pull()
        assert unbooked(world) == {"01-10100": D(2), "01-10251": D(10)}
    (letter,) = world.letter_rows()
    assert "2 of 01-10100, 10 of 01-10251 stay kept back" in letter["NEXT_STEP"]
    world.change(status="cancelled")
    world.pull()
    assert (unbooked(world), world.letters()) == ({}, [])


def test_a_line_that_is_gone_from_an_unreadable_order_keeps_nothing_back(world):
    world.order()
    world.pull()
    world.overwrite(total="a lot", line_items=world.state.find("order", 20001)["line_items"][1:])
    world.pull()
    assert unbooked(world) == {"01-10251": D(10)}


def test_an_unreadable_order_of_before_the_start_has_a_letter_and_keeps_nothing_back(world):
    world.order(total="a lot", date_created_gmt="2025-12-30T12:00:00")
    world.pull()
    assert (world.statuses(), unbooked(world)) == ({}, {})
    assert world.letters() == [("order", "20001", "BAD_ORDER")]


def test_an_unreadable_order_that_is_settled_keeps_nothing_back(world):
    world.order(total="a lot")
    world.pull()
    answer = settle(
        world.engine, world.context.settings, ["20001"], [], sign("ann", "sold"), world.clock.now
    )
    assert [each.outcome for each in answer.answers] == ["never booked"]
    assert (unbooked(world), world.letters()) == ({}, [])
    world.overwrite(total="236.11")
    world.pull()
    assert world.statuses() == {20001: "SKIPPED"}


def test_the_timeline_of_an_unreadable_order_says_that_it_is_refused(world):
    world.order(total="a lot")
    world.pull()
    timeline = read_timeline(world.engine, None, "main", "20001")
    assert (timeline.state, len(timeline.letters)) == ("refused", 1)


def unbooked(world):
    """What all web orders take, by item, as the inventory sync reads it."""
    with reading(world.engine) as connection:
        found = read_stock(connection, "main", ["01"])
    return {each.item.item_no: each.unbooked for each in found.values() if each.unbooked}


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
