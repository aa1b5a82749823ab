"""What comes of a message, by the order's status: the one decision of plan and apply."""

from types import SimpleNamespace

import pytest

from woocp_pipelines.rules.fulfilment_outcome import (
    RESUMING,
    Outcome,
    asks_order,
    outcome_of,
    shown_meta,
)

EVERY = (
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "trash",
)


def message(kind, **meta):
    return SimpleNamespace(
        kind=kind, meta=meta, completes=kind == "SHIPPED", number="W-7", document="TKT_NO: 1"
    )


def order(status, **meta):
    entries = [{"id": 1, "key": key, "value": value} for key, value in meta.items()]
    return {"status": status, "meta_data": entries}


@pytest.mark.cp_bug(58)
@pytest.mark.parametrize("status", [*EVERY, "a-plugins-own"])
def test_only_what_is_processing_is_completed_and_only_what_goes_on_is_told(status):
    outcome = outcome_of(message("SHIPPED"), order(status))
    assert outcome.completes == (status == "processing")
    assert outcome.is_told == (status in RESUMING) == (outcome.problem is None)
    if outcome.problem:
        assert outcome.problem.code == "STATUS_NOT_PROCESSING"
        assert outcome.problem.found.endswith(f"the order is {status}")


@pytest.mark.parametrize("kind", ["CANCELLED", "CLOSED_SHORT"])
@pytest.mark.parametrize("status", EVERY)
def test_a_closed_document_is_a_problem_while_its_order_is_alive(kind, status):
    outcome = outcome_of(message(kind, cp_tracking="A1"), order(status))
    given_up = status in {"cancelled", "refunded", "failed", "trash"}
    assert (outcome.problem is None) == given_up
    assert (outcome.is_told, outcome.completes, outcome.meta) == (
        True,
        False,
        {"cp_tracking": "A1"},
    )


@pytest.mark.parametrize("kind", ["ORDER_BOOKED", "PART_SHIPPED", "TRACKING", "REINSTATED"])
def test_of_everything_else_no_status_matters(kind):
    assert not asks_order(message(kind))
    assert outcome_of(message(kind, cp_tracking="A1"), {}) == Outcome({"cp_tracking": "A1"})


@pytest.mark.parametrize(
    ("shown", "told", "written"),
    [
        ("A1", "A1, A2", "A1, A2"),
        ("A1, A2", "A1", "A1, A2"),
        ("by hand", "A1", "by hand, A1"),
        ("", "A1", "A1"),
        (" A1 ,", "A2", "A1, A2"),
    ],
)
def test_a_completion_takes_no_tracking_number_back(shown, told, written):
    telling = message("SHIPPED", cp_tracking=told, cp_ship_date="2026-03-04")
    meta = outcome_of(telling, order("processing", cp_tracking=shown)).meta
    assert meta == {"cp_tracking": written, "cp_ship_date": "2026-03-04"}


def test_a_completion_without_numbers_leaves_those_of_the_order():
    telling = message("SHIPPED", cp_ship_date="2026-03-04")
    outcome = outcome_of(telling, order("on-hold", cp_tracking="A1"))
    assert outcome.meta == {"cp_ship_date": "2026-03-04"}


def test_an_order_without_meta_data_shows_none():
    assert shown_meta({"status": "processing", "meta_data": None}) == {}
