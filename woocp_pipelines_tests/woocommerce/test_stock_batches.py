"""Stock batches against scripted answers: halving, giving up, and answers that do not fit."""

import threading

import pytest

from woocp_pipelines.woocommerce.stock import StockWrite, write_stock


def _writes(*ids):
    return [StockWrite(product_id, None, product_id) for product_id in ids]


def _stored(seen):
    return [
        {"id": item["id"], "manage_stock": True, "stock_quantity": item["stock_quantity"]}
        for item in seen.body["update"]
    ]


def _ids(seen):
    return [item["id"] for item in seen.body["update"]]


def _codes(results):
    return [result.code for result in results]


@pytest.mark.parametrize(
    "fault", [{"status": 413}, {"status": 500, "body": "<html>"}, {"status": 504}], ids=str
)
def test_a_batch_that_may_be_too_big_is_halved_at_once(store, client, reply, fault):
    store.default = lambda seen: (
        reply(**fault) if len(_ids(seen)) > 2 else reply({"update": _stored(seen)})
    )
    results = write_stock(client, _writes(1, 2, 3, 4, 5), senders=1)
    assert all(result.ok for result in results)
    assert [_ids(seen) for seen in store.seen] == [[1, 2, 3, 4, 5], [1, 2], [3, 4, 5], [3], [4, 5]]


def test_a_size_that_was_too_big_is_not_tried_again_with_every_batch(store, client, reply):
    store.default = lambda seen: (
        reply(status=413) if len(_ids(seen)) > 10 else reply({"update": _stored(seen)})
    )
    results = write_stock(client, _writes(*range(1, 201)), senders=1, batch_size=40)
    assert all(result.ok for result in results)
    sizes = [len(_ids(seen)) for seen in store.seen]
    assert sizes == [40, 20, *[10] * 20]


def test_one_product_that_breaks_the_server_makes_no_batch_smaller(store, client, reply):
    store.default = lambda seen: (
        reply("<html>", status=500) if 3 in _ids(seen) else reply({"update": _stored(seen)})
    )
    write_stock(client, _writes(*range(1, 61)), senders=1, batch_size=20)
    assert [len(_ids(seen)) for seen in store.seen][-2:] == [20, 20]


def test_a_batch_that_times_out_is_halved(store, hasty, reply):
    store.default = lambda seen: (
        reply(hold=True) if len(_ids(seen)) > 1 else reply({"update": _stored(seen)})
    )
    assert _codes(write_stock(hasty, _writes(1, 2), senders=1)) == ["", ""]
    assert [_ids(seen) for seen in store.seen] == [[1, 2], [1], [2]]


def test_one_product_that_breaks_the_server_does_not_hold_up_the_others(store, client, reply):
    store.default = lambda seen: (
        reply("<html>", status=500) if 3 in _ids(seen) else reply({"update": _stored(seen)})
    )
    results = write_stock(client, _writes(1, 2, 3, 4, 5, 6), senders=1, batch_size=4)
    assert _codes(results) == ["", "", "STORE_UNAVAILABLE", "", "", ""]
    assert results[2].transient


def test_a_store_that_is_down_is_not_asked_for_every_product(store, client, reply):
    store.default = lambda seen: reply("<html>", status=500)
    results = write_stock(client, _writes(*range(1, 501)), senders=2)
    assert set(_codes(results)) == {"STORE_UNAVAILABLE"}
    assert len(results) == 500
    assert len(store.seen) < 30


def test_a_refused_key_stops_the_run_at_once(store, client, reply):
    denied = {"code": "woocommerce_rest_authentication_error", "message": "read only"}
    store.default = lambda seen: reply(denied, status=401)
    results = write_stock(client, _writes(1, 2, 3), senders=1, batch_size=1)
    assert _codes(results) == [
        "woocommerce_rest_authentication_error",
        "STORE_UNAVAILABLE",
        "STORE_UNAVAILABLE",
    ]
    assert len(store.seen) == 1


def test_a_rate_limit_is_waited_for_and_not_answered_by_more_requests(store, client, reply):
    store.replies(reply(status=429, headers={"Retry-After": "3"}))
    store.default = lambda seen: reply({"update": _stored(seen)})
    assert _codes(write_stock(client, _writes(1, 2))) == ["", ""]
    assert [_ids(seen) for seen in store.seen] == [[1, 2], [1, 2]]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"update": {}},
        {"update": [{"id": 1, "manage_stock": True, "stock_quantity": 1}]},
        {"update": [{"id": 2}, {"id": 1}]},
        {"update": [None, None]},
    ],
    ids=str,
)
def test_an_answer_that_does_not_match_its_batch_proves_nothing(store, client, reply, answer):
    store.default = lambda seen: reply(answer)
    results = write_stock(client, _writes(1, 2))
    assert _codes(results) == ["UNEXPECTED_ANSWER", "UNEXPECTED_ANSWER"]
    assert all(result.stored is None for result in results)


def test_another_quantity_than_sent_is_told(store, client, reply):
    store.replies(reply({"update": [{"id": 1, "manage_stock": True, "stock_quantity": 0}]}))
    (result,) = write_stock(client, _writes(1))
    assert (result.code, result.stored, result.transient) == ("STOCK_DIFFERS", 0, True)


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (StockWrite(1, None, True), "INVALID_QUANTITY"),
        (StockWrite(1, None, 1.0), "INVALID_QUANTITY"),
        (StockWrite(1, None, "1"), "INVALID_QUANTITY"),
        (StockWrite(1, None, None), "INVALID_QUANTITY"),
        (StockWrite(1, None, -1), "INVALID_QUANTITY"),
        (StockWrite(1, None, 2**31), "INVALID_QUANTITY"),
        (StockWrite(0, None, 1), "INVALID_PRODUCT"),
        (StockWrite("1", None, 1), "INVALID_PRODUCT"),
        (StockWrite(1, 0, 1), "INVALID_PRODUCT"),
    ],
)
def test_a_value_that_the_store_would_bend_is_never_sent(store, client, write, code):
    (result,) = write_stock(client, [write])
    assert (result.code, result.ok, result.transient) == (code, False, False)
    assert store.seen == []


def test_two_quantities_for_one_product_are_both_refused(store, client, reply):
    store.default = lambda seen: reply({"update": _stored(seen)})
    writes = [StockWrite(1, None, 5), StockWrite(2, None, 5), StockWrite(1, None, 6)]
    assert _codes(write_stock(client, writes)) == ["DUPLICATE_WRITE", "", "DUPLICATE_WRITE"]
    assert [_ids(seen) for seen in store.seen] == [[2]]


def test_nothing_to_write_sends_nothing(store, client):
    assert write_stock(client, []) == []
    assert store.seen == []


@pytest.mark.parametrize("limits", [{"batch_size": 0}, {"batch_size": 101}, {"senders": 0}])
def test_batches_that_the_store_would_refuse_are_refused_here(client, limits):
    with pytest.raises(ValueError, match="batch_size must be 1 to 100"):
        write_stock(client, _writes(1), **limits)


def test_two_batches_are_on_the_way_at_the_same_time(store, client, reply):
    both_arrived = threading.Barrier(2, timeout=10)

    def meet(seen):
        both_arrived.wait()
        return reply({"update": _stored(seen)})

    store.default = meet
    results = write_stock(client, _writes(1, 2, 3, 4), batch_size=1, senders=2)
    assert _codes(results) == ["", "", "", ""]


def test_batches_of_one_parent_never_overlap(store, client, reply):
    inside = threading.Lock()

    def alone(seen):
        if not inside.acquire(blocking=False):
            return reply(status=500)
        try:
            return reply({"update": _stored(seen)})
        finally:
            inside.release()

    store.default = alone
    writes = [StockWrite(number, 900, 1) for number in range(1, 21)]
    assert all(result.ok for result in write_stock(client, writes, batch_size=2, senders=4))
    assert len(store.seen) == 10
