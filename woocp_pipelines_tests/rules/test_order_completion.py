"""Which payment completing an order brought, and which it did not."""

import pytest

from woocp_pipelines.rules.order_completion import before_completion

NOW = "2026-03-04T10:00:00"


def test_an_order_paid_in_the_moment_of_its_completion_was_not_paid_before():
    raw = {"id": 1, "date_paid_gmt": NOW, "date_completed_gmt": "2026-03-04T10:00:01"}
    assert before_completion(raw) == {**raw, "date_paid_gmt": None}


@pytest.mark.parametrize(
    ("paid", "completed"),
    [("2026-03-04T09:59:00", NOW), (None, NOW), (NOW, None), ("nonsense", NOW), ("", "")],
)
def test_every_other_payment_is_one(paid, completed):
    assert before_completion({"date_paid_gmt": paid, "date_completed_gmt": completed}) is None
