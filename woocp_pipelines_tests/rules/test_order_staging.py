"""What a read order means for its row (design §4): nothing is booked twice or silently ignored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from woocp_pipelines.rules.order_staging import (
    Decision,
    Known,
    before_start,
    decide,
    decide_old,
    is_too_old,
    refunded,
)

GROUPS = ("bookable", "held", "other")
UNBOOKED = ("PENDING", "HELD", "REFUSED", "CANCELLED", "REREAD")


def known(
    status: str, hashed: str | None = "same", booked: str | None = None, *, claimed: bool = False
) -> Known:
    return Known(status, hashed, booked, claimed)


@pytest.mark.parametrize(
    ("group", "decision"),
    [
        ("bookable", Decision("insert", "PENDING")),
        ("held", Decision("insert", "HELD")),
        ("other", Decision("ignore")),
    ],
)
def test_a_new_order_is_staged_by_its_status_group(group, decision):
    assert decide(group, "hash", None) == decision


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("status", ["BOOKED", "SKIPPED"])
def test_a_booked_order_is_never_written_again(group, status):
    for row in (known(status, booked="same"), known(status), known(status, booked="other")):
        assert decide(group, "same", row).action in {"unchanged", "revise"}
        assert decide(group, "same", row).status == ""


@pytest.mark.parametrize("group", GROUPS)
def test_a_change_of_a_booked_order_is_for_people(group):
    assert decide(group, "changed", known("BOOKED", booked="same")).action == "revise"
    assert decide(group, "same", known("BOOKED", booked="same")).action == "unchanged"


def test_an_order_booked_before_hashes_were_kept_is_no_revision():
    assert decide("bookable", "anything", known("BOOKED", None, None)).action == "unchanged"


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("status", ["PENDING", "CLAIMED"])
def test_a_row_that_is_being_booked_is_left_alone(group, status):
    assert decide(group, "changed", known(status, claimed=True)).action == "busy"


@pytest.mark.parametrize("status", UNBOOKED)
@pytest.mark.parametrize(
    ("group", "target"), [("bookable", "PENDING"), ("held", "HELD"), ("other", "CANCELLED")]
)
def test_a_change_before_the_booking_replaces_the_row(status, group, target):
    assert decide(group, "changed", known(status)) == Decision("update", target)


@pytest.mark.parametrize(
    ("group", "status"),
    [("bookable", "PENDING"), ("held", "HELD"), ("other", "CANCELLED"), ("bookable", "REFUSED")],
)
def test_the_same_order_again_is_no_work(group, status):
    assert decide(group, "same", known(status)).action == "unchanged"


def test_a_legacy_row_that_was_read_again_becomes_bookable():
    assert decide("bookable", "hash", known("REREAD", None)) == Decision("update", "PENDING")


@pytest.mark.parametrize("group", GROUPS)
def test_a_duplicate_stays_one(group):
    assert decide(group, "changed", known("DUPLICATE")).action == "unchanged"


def test_orders_before_the_start_are_too_old_and_those_of_its_first_moment_are_not():
    start = datetime(2026, 1, 1, 5, tzinfo=UTC)
    assert is_too_old(datetime(2026, 1, 1, 4, 59, 59, tzinfo=UTC), start)
    assert not is_too_old(start, start)
    assert not is_too_old(datetime(1999, 1, 1, tzinfo=UTC), None)


OLD = Known("REFUSED", "same", None, claimed=False, error_code="BEFORE_START_DATE")


@pytest.mark.parametrize("content", ["same", "changed"])
@pytest.mark.parametrize(
    ("group", "status"), [("bookable", "REFUSED"), ("held", "REFUSED"), ("other", "CANCELLED")]
)
@pytest.mark.parametrize("before", ["REFUSED", "CANCELLED"])
def test_an_order_refused_for_its_age_is_never_booked_later(before, group, status, content):
    found = decide_old(group, content, replace(OLD, status=before), due=False)
    same = content == "same" and before == status
    expected = Decision("unchanged") if same else Decision("update", status, kept_out=True)
    assert found == expected


@pytest.mark.parametrize("status", ["REREAD", "REFUSED", "CANCELLED", "PENDING"])
def test_an_old_order_of_which_no_state_is_staged_is_not_booked(status):
    """Of an old script, unreadable for a while, or gone for a while."""
    row = Known(status, None, None, claimed=False, error_code="ORDER_GONE")
    found = decide_old("bookable", "changed", row, due=False)
    assert found == Decision("update", "REFUSED", kept_out=True)


@pytest.mark.parametrize(
    "row",
    [
        known("PENDING"),
        known("REFUSED"),
        known("BOOKED", None, "x"),
        known("SKIPPED", None),
        known("CLAIMED", None, claimed=True),
    ],
)
def test_an_old_order_that_was_staged_while_the_start_was_earlier_is_followed(row):
    assert decide_old("bookable", "changed", row, due=True) is None


def test_an_old_order_that_a_person_wants_again_stays_as_it_is_unless_the_shop_gave_it_up():
    assert decide_old("bookable", "x", OLD, due=True, again=True) == Decision("ignore")
    assert decide_old("held", "x", known("HELD"), due=True, again=True) == Decision("ignore")
    given_up = decide_old("other", "x", OLD, due=False, again=True)
    assert given_up == Decision("update", "CANCELLED", kept_out=True)


def test_only_a_state_that_was_staged_moments_ago_is_ahead_of_an_older_reading():
    now = datetime(2026, 1, 5, 16, tzinfo=UTC)
    row = Known("PENDING", "h", None, claimed=False, modified=now, written=now)
    second = timedelta(seconds=1)
    assert row.is_ahead_of(now - second, now)
    assert not row.is_ahead_of(now, now)
    assert not row.is_ahead_of(now - second, now + timedelta(minutes=16))
    assert not replace(row, content_hash=None).is_ahead_of(now - second, now)
    assert not replace(row, modified=None).is_ahead_of(now - second, now)


def test_a_refund_of_nothing_before_the_booking_is_no_note_for_people():
    nothing = [{"total": "0.00"}, {"total": "-0.00"}]
    assert refunded("7", nothing, "O1") is None
    assert refunded("7", [], "O1") is None
    found = refunded("7", [*nothing, {"total": "-5.00"}, {"total": "?"}], "O1")
    assert found is not None
    assert found.found == "order 7 was refunded -5.00, ? before it was booked"


def test_an_old_row_before_the_start_says_when_it_was_made():
    first = datetime(2026, 1, 1, 5, tzinfo=UTC)
    problem = before_start(datetime(2025, 12, 31, 5, tzinfo=UTC), first=first)
    assert "2025-12-31" in problem.found
    assert "2026-01-01T05:00:00+00:00" in problem.expected
    assert "orders.start_date" in problem.expected
