"""Reading a whole list while records vanish, appear, or the store does not page as asked."""

import random

import pytest

from woocp_pipelines.woocommerce.errors import UnexpectedAnswer
from woocp_pipelines.woocommerce.listing import read_by_id


class Shelf:
    """A list that a store serves by id and offset; `before` runs ahead of each request."""

    def __init__(self, ids, reply, before=lambda number, ids: None):
        self.ids = list(ids)
        self._reply = reply
        self._before = before
        self._number = 0

    def __call__(self, seen):
        self._number += 1
        self._before(self._number, self.ids)
        offset, size = int(seen.query.get("offset", 0)), int(seen.query["per_page"])
        page = sorted(self.ids)[offset : offset + size]
        # Beyond the end the order tables lose the total (WC §1.6).
        total = len(self.ids) if page else 0
        return self._reply([{"id": key} for key in page], headers={"X-WP-Total": str(total)})


def _read(client, page_size=10):
    return [r["id"] for page in read_by_id(client, "x", {}, page_size=page_size) for r in page]


@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (9, 1), (10, 1), (11, 2), (28, 3), (29, 4)]
)
def test_every_record_comes_once_with_one_known_record_per_page(
    *, store, client, reply, count, requests
):
    store.default = Shelf(range(1, count + 1), reply)
    assert _read(client) == list(range(1, count + 1))
    assert len(store.seen) == requests


def test_read_records_that_vanish_make_no_unread_one_disappear(store, client, reply):
    def remove(number, ids):
        if number == 2:
            del ids[2:6]

    store.default = Shelf(range(1, 36), reply, remove)
    assert _read(client) == list(range(1, 36))


def test_even_all_read_records_may_vanish(store, client, reply):
    def remove(number, ids):
        if number == 3:
            ids[:] = [key for key in ids if key > 19]

    store.default = Shelf(range(1, 36), reply, remove)
    assert _read(client) == list(range(1, 36))


def test_a_vanished_and_a_new_record_at_once_keep_the_total_and_are_noticed(store, client, reply):
    def swap(number, ids):
        if number == 2:
            ids.remove(4)
            ids.append(99)

    store.default = Shelf(range(1, 26), reply, swap)
    assert _read(client) == [*range(1, 26), 99]


def test_the_list_may_end_before_the_point_that_was_reached(store, client, reply):
    def shrink(number, ids):
        if number == 2:
            del ids[5:]

    store.default = Shelf(range(1, 21), reply, shrink)
    assert _read(client) == list(range(1, 11))


def test_a_store_that_ignores_offset_is_reported_and_not_asked_for_ever(store, client, reply):
    first = [{"id": key} for key in range(1, 11)]
    store.default = lambda seen: reply(first, headers={"X-WP-Total": "500"})
    with pytest.raises(UnexpectedAnswer, match="does not get past id 10"):
        _read(client)
    assert len(store.seen) < 40


def test_a_store_that_sorts_otherwise_is_reported(store, client, reply):
    store.replies(reply([{"id": 2}, {"id": 1}]))
    with pytest.raises(UnexpectedAnswer, match="asked for ascending ids"):
        _read(client)


def test_without_a_total_a_short_page_ends_the_list(store, client, reply):
    store.replies(reply([{"id": 1}]))
    assert _read(client) == [1]


@pytest.mark.parametrize("page_size", [0, 1, 101])
def test_a_page_size_that_the_store_would_refuse_is_refused_here(client, page_size):
    with pytest.raises(ValueError, match="page_size must be 2 to 100"):
        _read(client, page_size)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_and_goes_all_that_stayed_is_read_once(store, client, reply, seed):
    chance = random.Random(seed)
    stayed = set(range(1, 80))

    def change(number, ids):
        for _ in range(chance.randrange(4)):
            if len(ids) > 20:
                gone = chance.choice(ids)
                ids.remove(gone)
                stayed.discard(gone)
        ids += [max(ids) + 1 for _ in range(chance.randrange(2))]

    store.default = Shelf(range(1, 80), reply, change)
    ids = _read(client)
    assert ids == sorted(set(ids))
    assert stayed <= set(ids)
