"""The keyset against stores that misbehave; test_orders.py has it against a well-behaved one."""

from datetime import UTC, datetime, timedelta

import pytest

from woocp_pipelines.woocommerce.errors import UnexpectedAnswer
from woocp_pipelines.woocommerce.keyset import read_by_modified, whole_second

_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _order(order_id, seconds_after_noon):
    modified = _NOON + timedelta(seconds=seconds_after_noon)
    return {"id": order_id, "date_modified_gmt": modified.replace(tzinfo=None).isoformat()}


def _read(client, page_size=3):
    pages = read_by_modified(client, "orders", {}, modified_after=_NOON, page_size=page_size)
    return [record["id"] for page in pages for record in page]


def test_the_bound_is_sent_as_naive_utc_of_whole_seconds_with_the_flag(store, client, reply):
    store.replies(reply([]))
    assert _read(client) == []
    assert store.seen[0].query == {
        "modified_after": "2026-11-22T12:00:00",
        "dates_are_gmt": "true",
        "orderby": "modified",
        "order": "asc",
        "page": "1",
        "per_page": "3",
    }
    assert len(store.seen) == 1


def test_the_next_bound_is_the_last_time_seen_minus_one_second(store, client, reply):
    store.replies(
        reply([_order(1, 1), _order(2, 5), _order(3, 9)]), reply([_order(3, 9), _order(4, 9)])
    )
    assert _read(client) == [1, 2, 3, 4]
    assert [seen.query["modified_after"] for seen in store.seen] == [
        "2026-11-22T12:00:00",
        "2026-11-22T12:00:08",
    ]


def test_an_order_touched_while_we_read_comes_again_with_its_new_time(store, client, reply):
    store.replies(
        reply([_order(1, 1), _order(2, 5), _order(3, 9)]), reply([_order(3, 9), _order(1, 20)])
    )
    assert _read(client) == [1, 2, 3, 1]


def test_a_second_with_more_orders_than_a_page_is_paged_inside(store, client, reply):
    same = [_order(number, 1) for number in range(1, 8)]
    store.replies(
        reply(same[:3], headers={"X-WP-Total": "8"}),
        reply(same[:3], headers={"X-WP-Total": "7"}),
        reply(same[2:5], headers={"X-WP-Total": "7"}),
        reply(same[4:7], headers={"X-WP-Total": "7"}),
        reply([_order(9, 4)]),
    )
    assert _read(client) == [1, 2, 3, 4, 5, 6, 7, 9]
    inside = store.seen[1].query
    assert inside["modified_after"] == "2026-11-22T12:00:00"
    assert inside["modified_before"] == "2026-11-22T12:00:02"
    assert inside["orderby"] == "id"
    assert store.seen[-1].query["modified_after"] == "2026-11-22T12:00:01"


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ([_order(1, 9), _order(2, 5)], "another order"),
        ([_order(1, -60)], "found one of 2026-11-22T11:59:00"),
        ([{"id": 1}], "record 1, field date_modified_gmt: expected a UTC time, found None"),
        ([{"id": 1, "date_modified_gmt": "yesterday"}], "yesterday"),
        ([{"date_modified_gmt": "2026-11-22T12:00:01"}], "expected a positive number in id"),
        (["order"], "expected an object at position 0, found str"),
        ({"orders": []}, "expected a list, found an object with orders"),
        (None, "expected a list, found null"),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_stops_the_reading(
    *, store, client, reply, orders, said
):
    store.replies(reply(orders))
    with pytest.raises(UnexpectedAnswer, match=said) as caught:
        _read(client)
    assert not caught.value.transient


def test_a_short_page_that_hides_a_broken_order_is_not_the_end(store, client, reply):
    more = {"X-WP-Total": "4"}
    store.replies(reply([_order(1, 1), _order(2, 9)], headers=more), reply([_order(2, 9)]))
    assert _read(client) == [1, 2]
    assert len(store.seen) == 2


def test_a_hidden_order_at_the_end_costs_no_further_request(store, client, reply):
    store.replies(reply([_order(1, 1)], headers={"X-WP-Total": "2"}))
    assert _read(client) == [1]


def test_more_hidden_orders_than_a_page_are_not_passed_over(store, client, reply):
    store.replies(reply([], headers={"X-WP-Total": "5"}))
    with pytest.raises(UnexpectedAnswer, match="counts 5 records but shows 0 of 3"):
        _read(client)


def test_a_moment_with_a_fraction_takes_in_its_whole_second():
    assert whole_second(_NOON.replace(microsecond=1)) == _NOON - timedelta(seconds=1)
    assert whole_second(_NOON) == _NOON


def test_a_moment_without_zone_is_refused(client):
    with pytest.raises(ValueError, match="expected a time with its zone"):
        list(
            read_by_modified(
                client,
                "orders",
                {},
                modified_after=datetime(2026, 11, 22),  # noqa: DTZ001
                page_size=3,
            )
        )
