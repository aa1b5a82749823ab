"""What people settle: accepted revisions, orders never to be booked, single letters."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.engine import open_engine, reading, writing
from woocp_pipelines.counterpoint.order_lookup import OrderNotFoundError
from woocp_pipelines.counterpoint.stock import read_stock
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines.flows.settling import SettlementError, settle, sign
from woocp_pipelines.flows.timeline import read_timeline
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines_tests.order_world import D, holds

ANN = sign("ann", "corrected in O109-000001")
# As `woocp db upgrade` writes it for a second row of the old scripts.
OLD_ROW = Record("main", "orders", "revision", "staging row 3", 20001, "20001")


def settled(world, *orders, letters=(), signature=ANN):
    now = world.clock.now
    return settle(world.engine, world.context.settings, orders, letters, signature, now)


def outcomes(found):
    return [each.outcome for each in found.answers]


@pytest.fixture
def revised(world):
    """Booked, then edited by the shop."""
    world.order()
    world.pull()
    world.book()
    world.change(customer_note="Ring twice")
    world.pull()
    assert world.letters() == [("revision", "20001", "ORDER_EDITED")]
    return world


@pytest.fixture
def refused(world):
    """Without a pay code."""
    world.order(payment_method="cheque")
    world.pull()
    world.book()
    assert world.letters() == [("order", "20001", "NO_PAY_CODE")]
    return world


def unbooked(world, item_no):
    with reading(world.engine) as connection:
        found = read_stock(connection, "main", ["01"])
    return {each.item.item_no: each.unbooked for each in found.values()}[item_no]


def test_a_settled_revision_is_closed_with_who_when_and_why(revised):
    found = settled(revised, "20001")
    assert outcomes(found) == ["accepted"]
    assert revised.letters() == []
    (letter,) = revised.letter_rows(closed=True)
    holds(letter, SETTLED_BY="ann", SETTLED_NOTE=ANN.note, CLOSED_GMT=revised.clock.now)
    assert letter["RECORD_JSON"]


def test_what_was_accepted_is_never_told_again_and_another_change_is(revised):
    settled(revised, "20001")
    revised.overwrite()
    assert revised.pull().refused == []
    revised.change(customer_note="Ring three times")
    revised.pull()
    (letter,) = revised.letter_rows()
    assert letter["FOUND"] == 'customer note "Ring twice" → "Ring three times"'


def test_going_back_to_what_was_booked_is_a_change_of_what_was_accepted(revised):
    settled(revised, "20001")
    revised.change(customer_note="Leave at dock 2")
    revised.pull()
    assert revised.letters() == [("revision", "20001", "ORDER_EDITED")]


def test_lost_ids_are_no_change_of_what_was_accepted(revised):
    settled(revised, "20001")
    revised.overwrite(customer_id=0)
    assert revised.pull().refused == []


def test_the_state_that_the_letter_holds_is_accepted_and_no_later_one(revised):
    revised.change(status="cancelled")
    settled(revised, "20001")
    revised.pull()
    assert revised.letters() == [("revision", "20001", "ORDER_CANCELLED")]


def test_a_settled_revision_touches_no_document_and_no_staging_row(revised):
    names = ("PS_DOC_HDR", "PS_DOC_LIN", "IM_INV", "USER_ORDER_STAGING", "USER_STORE_OUTBOX")
    before = {name: revised.rows(name) for name in names}
    settled(revised, "20001")
    assert {name: revised.rows(name) for name in names} == before


def test_a_refund_from_before_the_booking_is_settled_and_accepts_nothing(world):
    world.order()
    world.wait(seconds=1)
    world.store.post("orders/20001/refunds", {"amount": "10.00", "api_refund": False})
    world.pull()
    world.book()
    key = world.rows("USER_ORDER_KEY")
    assert outcomes(settled(world, "20001")) == ["closed"]
    assert (world.letters(), world.rows("USER_ORDER_KEY")) == ([], key)


def test_settling_twice_says_that_nothing_is_open(revised):
    settled(revised, "20001")
    assert outcomes(settled(revised, "20001")) == ["nothing open"]


def test_a_refused_order_that_is_settled_is_never_booked_again(refused):
    assert unbooked(refused, "01-10100") == D(2)
    assert outcomes(settled(refused, "20001")) == ["never booked"]
    row = refused.staged()
    holds(row, STATUS="SKIPPED", IS_APPLIED=True, ERROR_CODE=None)
    assert row["VALIDATION_ERROR"] == "MANUALLY_SKIPPED: corrected in O109-000001 (ann)"
    assert refused.letters() == []
    assert unbooked(refused, "01-10100") == D(0)
    refused.configure(payments={"pay_codes": {"nmi": "WEB", "cheque": "WEB"}})
    refused.change(customer_note="Ring twice")
    report = refused.pull()
    assert (report.updated, report.unchanged, report.refused) == (0, 1, [])
    assert refused.book().read == 0
    assert refused.documents() == []


def test_it_stays_settled_when_the_retailers_clean_up_deletes_its_row(refused):
    settled(refused, "20001")
    with writing(refused.engine) as connection:
        connection.execute(delete(USER_ORDER_STAGING))
    refused.change(payment_method="nmi")
    assert refused.pull().created == 0
    assert refused.book().read == 0


@pytest.mark.parametrize("status", ["PENDING", "HELD", "CANCELLED", "REREAD"])
def test_an_order_without_a_letter_leaves_who_settled_it_in_the_dead_letters(world, status):
    world.order()
    world.pull()
    world.set_rows("USER_ORDER_STAGING", {}, STATUS=status)
    settled(world, "20001")
    assert world.statuses() == {20001: "SKIPPED"}
    assert world.letters() == []
    (letter,) = world.letter_rows(closed=True)
    holds(letter, CODE="SETTLED_BY_HAND", SETTLED_BY="ann", FOUND=f"{status}, total 236.11")


def test_an_order_that_was_never_staged_is_settled_by_its_letter(world):
    world.order(date_created_gmt="2025-12-30T12:00:00", total="a lot")
    world.pull()
    assert world.rows("USER_ORDER_STAGING") == []
    assert outcomes(settled(world, "20001")) == ["never booked"]
    world.overwrite(total="236.11", date_created_gmt=world.ago(minutes=1))
    world.pull()
    assert (world.letters(), world.rows("USER_ORDER_STAGING")) == ([], [])


def test_an_order_that_is_being_booked_is_refused_and_left_alone(world):
    world.orders(20001, 20002)
    world.pull()
    until = datetime.now(UTC) + timedelta(minutes=5)
    claim = {"STATUS": "CLAIMED", "CLAIM_TOKEN": "t", "CLAIM_UNTIL_GMT": until}
    world.set_rows("USER_ORDER_STAGING", {"WOO_ORDER_ID": 20001}, **claim)
    found = settled(world, "20001", "20002")
    assert outcomes(found) == ["refused", "never booked"]
    assert found.refused == 1
    assert found.answers[0].problem.code == "ORDER_BUSY"
    assert world.statuses() == {20001: "CLAIMED", 20002: "SKIPPED"}
    assert [row["WOO_ORDER_ID"] for row in world.rows("USER_ORDER_KEY")] == [20002]


def test_an_order_whose_claim_ran_out_can_be_settled(world):
    world.order()
    world.pull()
    past = datetime.now(UTC) - timedelta(minutes=5)
    world.set_rows(
        "USER_ORDER_STAGING", {}, STATUS="CLAIMED", CLAIM_TOKEN="t", CLAIM_UNTIL_GMT=past
    )
    settled(world, "20001")
    holds(world.staged(), STATUS="SKIPPED", CLAIM_TOKEN=None)


def test_a_row_that_somebody_marked_with_sql_gets_its_key(refused):
    refused.set_rows("USER_ORDER_STAGING", {}, STATUS="SKIPPED")
    assert outcomes(settled(refused, "20001")) == ["never booked"]
    assert refused.letters() == []
    assert len(refused.rows("USER_ORDER_KEY")) == 1


def test_an_order_entered_by_hand_is_settled_as_its_letter_says(world):
    """DUPLICATE_REF: a clerk was faster than woocp."""
    world.order()
    world.pull()
    world.book()
    for table in ("USER_ORDER_KEY", "USER_ORDER_STAGING"):
        with world.engine.begin() as connection:
            connection.exec_driver_sql(f"DELETE FROM {table}")
    world.overwrite()
    world.pull()
    world.book()
    (letter,) = world.letter_rows()
    assert letter["CODE"] == "DUPLICATE_REF"
    assert "woocp settle" in letter["NEXT_STEP"]
    settled(world, "20001")
    assert (world.letters(), world.statuses()) == ([], {20001: "SKIPPED"})


def test_a_settled_order_whose_row_is_put_back_is_not_called_booked(refused):
    settled(refused, "20001")
    refused.set_rows("USER_ORDER_STAGING", {}, STATUS="PENDING")
    refused.book()
    holds(refused.staged(), STATUS="SKIPPED", DOC_ID=None)
    assert refused.documents() == []


def test_a_replay_of_a_settled_order_says_that_it_is_settled(refused):
    settled(refused, "20001")
    (answer,) = replay_orders(refused.context, ["20001"], wait_seconds=0).orders
    assert (answer.outcome, answer.problem.code) == ("refused", "ORDER_SKIPPED")


def test_the_timeline_tells_who_settled_it(refused):
    settled(refused, "20001")
    found = read_timeline(refused.engine, None, "main", "20001")
    assert found.state == "settled"
    told = [event.what for event in found.events]
    assert "NO_PAY_CODE (order) settled by ann: corrected in O109-000001" in told


def open_letter(world, record, code="X"):
    with writing(world.engine) as connection:
        problem = Problem(code, "field", "found", "expected", "next")
        report_problems(connection, record, [problem], world.clock.now)
    return max(row["DEAD_LETTER_ID"] for row in world.letter_rows())


@pytest.mark.parametrize("kind", ["customer", "product", "price", "outbox"])
def test_a_letter_of_another_kind_is_settled_by_its_id(world, kind):
    kept = open_letter(world, Record("main", "x", kind, "8"))
    letter_id = open_letter(world, Record("main", "x", kind, "7"))
    found = settled(world, letters=[letter_id])
    assert outcomes(found) == ["closed"]
    assert found.answers[0].name == f"{kind} 7"
    assert [row["DEAD_LETTER_ID"] for row in world.letter_rows()] == [kept]
    assert outcomes(settled(world, letters=[letter_id])) == ["nothing open"]


def test_the_letter_of_a_refused_order_is_not_settled_without_the_order(refused):
    (letter,) = refused.letter_rows()
    found = settled(refused, letters=[letter["DEAD_LETTER_ID"]])
    assert outcomes(found) == ["refused"]
    assert found.answers[0].problem.code == "ORDER_IS_MEANT"
    assert len(refused.letters()) == 1


def test_a_letter_about_another_row_of_the_old_scripts_leaves_the_order_alone(world):
    world.order()
    world.pull()
    letter_id = open_letter(world, OLD_ROW, "DUPLICATE_STAGING_ROW")
    assert outcomes(settled(world, letters=[letter_id])) == ["closed"]
    assert world.statuses() == {20001: "PENDING"}


def test_booking_and_revisions_leave_such_a_letter_open_and_settling_the_order_closes_it(world):
    world.order()
    world.pull()
    open_letter(world, OLD_ROW, "DUPLICATE_STAGING_ROW")
    world.book()
    (before,) = world.letter_rows()
    world.change(customer_note="Ring twice")
    world.pull()
    kept, revision = world.letter_rows()
    assert (kept, revision["CODE"]) == (before, "ORDER_EDITED")
    assert outcomes(settled(world, "20001")) == ["accepted"]
    assert world.letter_rows() == []


def test_a_revision_is_accepted_by_the_id_of_its_letter_too(revised):
    (letter,) = revised.letter_rows()
    assert outcomes(settled(revised, letters=[letter["DEAD_LETTER_ID"]])) == ["accepted"]
    revised.overwrite()
    assert revised.pull().refused == []


def test_a_letter_that_was_settled_is_not_changed_by_a_run_that_read_it_before(revised):
    """What a settled letter holds is what was accepted."""
    settled(revised, "20001")
    before = revised.letter_rows(closed=True)
    revised.change(customer_note="Ring three times")
    revised.pull()
    assert revised.letter_rows(closed=True)[:1] == before


@pytest.mark.parametrize(
    ("orders", "letters", "error", "said"),
    [
        (["20001", "999"], [], OrderNotFoundError, "order 999: not known"),
        (["20001"], [4711], SettlementError, "no dead letter 4711"),
        ([], [], SettlementError, "nothing was named"),
    ],
)
def test_nothing_is_written_when_something_cannot_be_found(refused, orders, letters, error, said):
    with pytest.raises(error, match=said):
        settled(refused, *orders, letters=letters)
    assert len(refused.letters()) == 1
    assert refused.statuses() == {20001: "REFUSED"}


def test_the_letters_and_orders_of_another_store_are_not_known_here(world):
    letter_id = 1
    with writing(world.engine) as connection:
        problem = Problem("X", "field", "found", "expected", "next")
        record = Record("second", "x", "product", "7")
        report_problems(connection, record, [problem], world.clock.now)
    with pytest.raises(SettlementError, match="no dead letter"):
        settled(world, letters=[letter_id])


@pytest.mark.parametrize(
    ("by", "note", "said"),
    [
        ("ann", "  ", "a note is needed"),
        ("", "done", "a name is needed"),
        ("ann", "x" * 501, "501 characters; at most 500"),
        ("x" * 101, "done", "101 characters; at most 100"),
    ],
)
def test_who_and_why_are_needed_and_kept_whole(by, note, said):
    with pytest.raises(SettlementError, match=said):
        sign(by, note)


def test_before_the_upgrade_nothing_can_be_settled(world, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(SettlementError, match="woocp db upgrade"):
        settle(engine, world.context.settings, ["1"], [], ANN, world.clock.now)
    engine.dispose()
