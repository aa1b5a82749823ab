"""What a read order means for its row (design §4): nothing is booked twice or silently ignored."""

from datetime import UTC, datetime

import pytest

from woocp_pipelines.rules.order_staging import (
    Decision,
    Known,
    before_start,
    decide,
    is_too_old,
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


def test_an_old_row_before_the_start_says_when_it_was_made():
    problem = before_start(datetime(2025, 12, 31, 5, tzinfo=UTC))
    assert "2025-12-31" in problem.found
    assert "orders.start_date" in problem.expected
