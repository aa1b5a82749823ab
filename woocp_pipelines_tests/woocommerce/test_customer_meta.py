"""Meta of users in batches of customers: what is sent, what comes back, what goes wrong."""

import pytest

from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.woocommerce.customer_meta import MetaWrite, write_customer_meta
from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    StoreUnavailable,
    UnexpectedAnswer,
)


def add_users(state, *user_ids):
    for user_id in user_ids:
        email = f"user{user_id}@x.test"
        state.add_customer({"id": user_id, "email": email, "billing": {}, "shipping": {}})


def writes(*user_ids, **values):
    return [MetaWrite(user_id, values or {"cp_tier": "T"}) for user_id in user_ids]


def meta_of(state, user_id):
    return {row["key"]: row["value"] for row in state.find("customer", user_id)["meta_data"]}


def stored(seen):
    return {
        "update": [
            {"id": item["id"], "meta_data": [{"id": 1, **row} for row in item["meta_data"]]}
            for item in seen.body["update"]
        ]
    }


def sizes(store):
    return [len(seen.body["update"]) for seen in store.seen]


def test_values_are_stored_removed_and_others_left_alone(shop, state):
    add_users(state, 5)
    assert not write_customer_meta(shop, writes(5, a="1", b="2"))[0].code
    assert not write_customer_meta(shop, writes(5, a=None, c="00042"))[0].code
    assert meta_of(state, 5) == {"b": "2", "c": "00042"}


def test_a_hundred_and_twenty_users_are_three_requests(shop, state, server):
    add_users(state, *range(100, 220))
    server.requests.clear()
    results = write_customer_meta(shop, writes(*range(100, 220)))
    assert [result.code for result in results] == [""] * 120
    assert len(server.requests.rows()) == 3


@pytest.mark.cp_bug(42)
def test_nothing_but_meta_is_sent(store, client, reply):
    store.default = lambda seen: reply(stored(seen))
    write_customer_meta(client, writes(5, a="1"))
    assert store.seen[0].body == {"update": [{"id": 5, "meta_data": [{"key": "a", "value": "1"}]}]}


def test_one_unknown_user_does_not_stop_the_others(shop, state):
    add_users(state, 5, 7)
    codes = [result.code for result in write_customer_meta(shop, writes(5, 6, 7))]
    assert codes == ["", "wc_user_invalid_id", ""]
    assert meta_of(state, 7) == {"cp_tier": "T"}


def test_what_the_store_shows_afterwards_decides(store, client, reply):
    store.replies(reply({"update": [{"id": 5, "meta_data": [{"key": "cp_tier", "value": "X"}]}]}))
    (result,) = write_customer_meta(client, writes(5))
    assert (result.code, result.transient) == ("META_DIFFERS", True)
    assert "'X'" in result.message


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"update": []},
        {"update": [{"id": 6}]},
        {"create": []},
        {"update": [{"id": 5}, {"id": 6}]},
    ],
)
def test_an_answer_about_others_is_an_error(store, client, reply, body):
    store.replies(reply(body))
    with pytest.raises(UnexpectedAnswer):
        write_customer_meta(client, writes(5))


def test_a_batch_that_is_too_big_is_halved_and_so_are_the_next(store, client, reply):
    store.default = lambda seen: (
        reply(status=413) if len(seen.body["update"]) > 12 else reply(stored(seen))
    )
    results = write_customer_meta(client, writes(*range(1, 101)), batch_size=50)
    assert not [result for result in results if result.code]
    assert sizes(store) == [50, 25, *[12] * 8, 4]


def test_a_user_who_breaks_the_server_is_one_result(store, client, reply):
    fatal = {"code": "internal_server_error", "message": "<p>critical</p>", "data": {"status": 500}}
    store.default = lambda seen: (
        reply(fatal, status=500)
        if 3 in [item["id"] for item in seen.body["update"]]
        else reply(stored(seen))
    )
    results = write_customer_meta(client, writes(*range(1, 9)), batch_size=8)
    assert [result.code for result in results if result.code] == ["internal_server_error"]
    assert results[2].transient
    assert sizes(store)[-1] == 5


def test_three_users_in_a_row_are_an_outage(store, client, reply):
    store.default = lambda seen: reply(status=500)
    with pytest.raises(StoreUnavailable):
        write_customer_meta(client, writes(*range(1, 41)))
    assert sizes(store).count(1) == 3


def test_a_store_that_is_away_is_not_asked_batch_by_batch(server, shop, state):
    add_users(state, *range(100, 200))
    server.faults.add(Fault("maintenance", path="/customers/batch", times=99))
    server.requests.clear()
    with pytest.raises(StoreUnavailable):
        write_customer_meta(shop, writes(*range(100, 200)))
    assert len(server.requests.rows()) == 5


def test_a_key_that_may_not_write_ends_it(store, client, reply):
    store.replies(reply({"code": "woocommerce_rest_cannot_edit", "message": "no"}, status=401))
    with pytest.raises(AuthenticationFailed):
        write_customer_meta(client, writes(*range(1, 101)))
    assert len(store.seen) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([MetaWrite(5, {"_hidden": "x"})], "hidden"),
        ([MetaWrite(5, {"a": ""})], "cannot hold"),
        ([MetaWrite(5, {"a": "x\x00"})], "cannot hold"),
        ([MetaWrite(0, {"a": "x"})], "user id"),
        ([MetaWrite(True, {"a": "x"})], "user id"),
        ([MetaWrite(5, {"a": "x"}), MetaWrite(5, {"b": "x"})], "two writes"),
    ],
)
def test_what_cannot_be_compared_again_is_never_sent(store, client, wrong, said):
    with pytest.raises(ValueError, match=said):
        write_customer_meta(client, wrong)
    assert store.seen == []
