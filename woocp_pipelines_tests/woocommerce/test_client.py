"""Sending, repeating and giving up, over real sockets."""

import socket
import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import requests

from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import (
    NotReachable,
    OutcomeUnknown,
    Redirected,
    StoreUnavailable,
)
from woocp_pipelines.woocommerce.transport import build_auth


def test_amounts_arrive_as_decimals_and_totals_as_numbers(store, client, reply):
    headers = {"X-WP-Total": "157", "X-WP-TotalPages": "32"}
    store.replies(reply('[{"id": 1, "price": 45.669999999999995}]', headers=headers))
    answer = client.get("orders")
    assert answer.data[0]["price"] == Decimal("45.669999999999995")
    assert (answer.total, answer.total_pages) == (157, 32)


def test_a_byte_order_mark_before_the_json_does_no_harm(store, client, reply):
    store.replies(reply("\ufeff[]"))
    assert client.get("orders").data == []


def test_lists_go_with_commas_and_truth_values_in_words(store, client, reply):
    store.replies(reply([]))
    client.get("/orders", {"status": ("processing", "completed"), "dates_are_gmt": True, "page": 1})
    seen = store.seen[0]
    assert seen.path == "/wp-json/wc/v3/orders"
    assert seen.query == {"status": "processing,completed", "dates_are_gmt": "true", "page": "1"}


def test_a_store_in_a_folder_of_its_host_is_reached(store, reply, credentials):
    store.replies(reply({}))
    with StoreClient(f"{store.url}/shop/", *credentials) as client:
        client.get("/wp-json/")
    assert store.seen[0].path == "/shop/wp-json/"


def test_the_user_agent_says_who_asks_or_what_was_configured(store, client, reply, credentials):
    store.replies(reply([]), reply([]))
    client.get("orders")
    with StoreClient(store.url, *credentials, user_agent="Shop sync") as named:
        named.get("orders")
    assert store.seen[0].headers["User-Agent"].startswith("woocp/")
    assert store.seen[1].headers["User-Agent"] == "Shop sync"


def test_the_connection_is_kept_and_each_thread_has_its_own(store, client, reply):
    store.replies(*[reply([]) for _ in range(4)])
    client.get("orders")
    client.put("orders/1", {})
    other = threading.Thread(target=client.get, args=("orders",))
    other.start()
    other.join()
    first, second, third = (seen.port for seen in store.seen)
    assert first == second
    assert third != first


def test_every_attempt_is_signed_anew(store, client, reply):
    store.replies(reply("", status=502), reply([]))
    client.get("orders", {"status": "any"})
    first, second = (seen.headers["Authorization"] for seen in store.seen)
    assert 'oauth_signature_method="HMAC-SHA256"' in first
    assert first != second


def test_https_uses_basic_authentication():
    auth = build_auth("https://shop.example", "ck_x", "cs_y")
    request = requests.Request("GET", "https://shop.example/", auth=auth).prepare()
    assert request.headers["Authorization"] == "Basic Y2tfeDpjc195"


def test_pauses_double_between_attempts(store, client, reply, pauses):
    store.replies(*[reply("", status=503) for _ in range(5)])
    with pytest.raises(StoreUnavailable) as caught:
        client.get("orders")
    assert caught.value.attempts == len(store.seen) == 5
    assert [int(pause) for pause in pauses] == [
        pytest.approx(wanted, abs=1) for wanted in (1, 2, 4, 8)
    ]
    assert pauses == sorted(pauses)


def test_retry_after_in_seconds_is_honoured(store, client, reply, pauses):
    store.replies(reply("", status=429, headers={"Retry-After": "17"}), reply([]))
    client.get("orders")
    assert pauses == [17.0]


def test_retry_after_as_a_date_is_read_by_the_injected_clock(store, reply, pauses, credentials):
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    date = {"Retry-After": "Sun, 22 Nov 2026 12:00:41 GMT"}
    store.replies(reply("", status=503, headers=date), reply([]))
    with StoreClient(store.url, *credentials, sleep=pauses.append, clock=lambda: noon) as client:
        client.get("orders")
    assert pauses == [41.0]


def test_an_unreadable_retry_after_leaves_our_own_pause(store, client, reply, pauses):
    store.replies(reply("", status=503, headers={"Retry-After": "soon"}), reply([]))
    client.get("orders")
    assert 1 <= pauses[0] <= 2


def test_a_maintenance_page_does_not_hold_a_run_for_ten_minutes(store, client, reply, pauses):
    store.replies(reply("<html>", status=503, headers={"Retry-After": "600"}), reply([]))
    client.get("orders")
    assert pauses == [60.0]


def test_a_rate_limit_beyond_our_patience_is_not_tried_early(store, client, reply, pauses):
    store.replies(reply("", status=429, headers={"Retry-After": "600"}))
    with pytest.raises(StoreUnavailable) as caught:
        client.get("orders")
    assert caught.value.retry_after_seconds == 600
    assert pauses == []


@pytest.mark.parametrize("fault", [{"hang_up": True}, {"cut": True, "body": [1, 2, 3]}])
def test_a_read_is_repeated_after_a_broken_connection(store, client, reply, fault):
    store.replies(reply(**fault), reply([]))
    assert client.get("orders").data == []


def test_a_read_that_times_out_is_repeated_then_reported(store, hasty, reply):
    store.replies(reply(hold=True), reply(hold=True))
    with pytest.raises(StoreUnavailable) as caught:
        hasty.get("orders")
    assert caught.value.timed_out
    assert len(store.seen) == 2


def test_a_put_by_id_is_repeated_after_a_time_out(store, hasty, reply):
    store.replies(reply(hold=True), reply({"id": 1}))
    assert hasty.put("orders/1", {"status": "completed"}).data == {"id": 1}
    assert [seen.body for seen in store.seen] == [{"status": "completed"}] * 2


def test_a_note_that_timed_out_is_never_sent_twice(store, hasty, reply):
    store.replies(reply(hold=True))
    with pytest.raises(OutcomeUnknown) as caught:
        hasty.post("orders/1/notes", {"note": "x"})
    assert len(store.seen) == 1
    assert caught.value.timed_out
    assert caught.value.record == "orders/1"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "body": "<html>"},
        {"status": 500, "body": {"code": "internal_server_error", "message": "Critical"}},
        {"status": 502},
        {"status": 503, "headers": {"Retry-After": "1"}},
        {"status": 504},
        {"hang_up": True},
        {"cut": True, "body": {"id": 5}},
        {"body": "<html>a cache page</html>"},
        {"body": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_write_that_may_have_been_done_is_left_to_the_caller(store, client, reply, fault, method):
    store.replies(reply(**fault))
    with pytest.raises(OutcomeUnknown):
        client.post("orders", {}) if method == "post" else client.delete("orders/1")
    assert len(store.seen) == 1


def test_a_write_that_was_turned_away_at_the_door_is_repeated(store, client, reply):
    store.replies(reply("", status=429), reply({"id": 9}, status=201))
    assert client.post("orders/1/notes", {"note": "x"}).data == {"id": 9}


def test_a_write_that_never_left_is_no_unknown_outcome(pauses, credentials):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        client = StoreClient(url, *credentials, sleep=pauses.append, attempts=3)
        with client, pytest.raises(StoreUnavailable) as caught:
            client.post("orders", {})
    assert caught.value.attempts == 3
    assert "ConnectionRefusedError" in caught.value.message


def test_a_divisible_batch_is_not_repeated_at_the_same_size(store, hasty, reply):
    store.replies(reply(hold=True))
    with pytest.raises(StoreUnavailable) as caught:
        hasty.post("products/batch", {}, repeatable=True, divisible=True)
    assert caught.value.may_be_too_big
    assert len(store.seen) == 1


def test_a_redirect_is_reported_and_not_followed(store, client, reply):
    target = "https://www.shop.example/wp-json/wc/v3/orders/1?consumer_key=ck_x"
    store.replies(reply("", status=301, headers={"Location": target}))
    with pytest.raises(Redirected, match=r"https://www\.shop\.example/wp-json") as caught:
        client.put("orders/1", {"status": "completed"})
    assert "?" not in str(caught.value)
    assert len(store.seen) == 1


def test_a_server_without_a_trusted_certificate_is_not_asked_again(store, pauses, credentials):
    url = store.url.replace("http://", "https://")
    client = StoreClient(url, *credentials, sleep=pauses.append)
    with client, pytest.raises(NotReachable, match="REQUESTS_CA_BUNDLE"):
        client.get("orders")
    assert pauses == []


def test_the_certificates_of_the_environment_are_used(store, credentials, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/own-ca.pem")
    client = StoreClient(store.url.replace("http://", "https://"), *credentials)
    with client, pytest.raises(NotReachable, match=r"/nowhere/own-ca\.pem"):
        client.get("orders")


@pytest.mark.parametrize(
    "url",
    ["shop.example", "ftp://shop.example", "https://", "https://u:topsecret@shop.example",
     "https://shop.example?consumer_key=topsecret", "https://shop.example/wp-json/wc/v3"],
)  # fmt: skip
def test_a_store_address_that_cannot_be_right_is_refused_unshown(url, credentials):
    with pytest.raises(ValueError, match="store URL") as caught:
        StoreClient(url, *credentials)
    assert "topsecret" not in str(caught.value)


@pytest.mark.parametrize(("key", "secret"), [("", "cs_x"), ("ck_x", "cs x"), ("ck_ü", "cs_x")])
def test_a_key_that_no_store_gives_out_is_refused_unshown(key, secret):
    with pytest.raises(ValueError, match=r"the store (key|secret) is empty or holds") as caught:
        StoreClient("https://shop.example", key, secret)
    assert not any(part and part in str(caught.value) for part in (key, secret))
