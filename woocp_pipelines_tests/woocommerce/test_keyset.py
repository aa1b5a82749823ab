"""The keyset against stores that misbehave; test_orders.py has it against a well-behaved one."""

import random
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
                modified_after=datetime(2026, 11, 22),
                page_size=3,
            )
        )


class BusyShop:
    """Orders by id with their modified second; some are touched ahead of each request."""

    def __init__(self, seed, reply):
        self._reply = reply
        self._chance = random.Random(seed)
        self.modified = {number: self._chance.randrange(1, 12) for number in range(1, 60)}
        self._now = 100

    def __call__(self, seen):
        for _ in range(self._chance.randrange(5) if self._now < 140 else 0):
            self.modified[self._chance.randrange(1, 62)] = self._now
            self._now += self._chance.randrange(2)
        query = seen.query
        low, high = (
            self._second(query["modified_after"]),
            self._second(query.get("modified_before")),
        )
        found = [(s, key) for key, s in self.modified.items() if low < s < high]
        found.sort(key=lambda order: order[1] if query["orderby"] == "id" else order)
        start = int(query.get("offset", 0))
        page = found[start : start + int(query["per_page"])]
        total = {"X-WP-Total": str(len(found) if page else 0)}
        return self._reply([_order(key, second) for second, key in page], headers=total)

    @staticmethod
    def _second(text):
        if text is None:
            return float("inf")
        return (datetime.fromisoformat(text).replace(tzinfo=UTC) - _NOON).total_seconds()


@pytest.mark.parametrize("seed", range(12))
def test_the_last_state_of_every_order_is_read_however_busy_the_shop(store, client, reply, seed):
    shop = BusyShop(seed, reply)
    store.default = shop
    pages = read_by_modified(client, "orders", {}, modified_after=_NOON, page_size=4)
    read = [(order["id"], order["date_modified_gmt"]) for page in pages for order in page]
    last = {
        (key, _order(key, second)["date_modified_gmt"]) for key, second in shop.modified.items()
    }
    assert last <= set(read)
    assert len(read) == len(set(read))
