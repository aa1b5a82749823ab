"""Faults hit the requests they are armed for, and only those."""

import pytest
import requests


@pytest.mark.parametrize(
    ("kind", "status"),
    [("too_many_requests", 429), ("maintenance", 503), ("server_error", 500), ("bad_gateway", 502)],
)
def test_a_fault_answers_with_html_and_then_is_over(shop, kind, status):
    shop.fault(kind=kind)
    broken = shop.ask("GET", "/orders")
    assert (broken.status_code, broken.headers["Content-Type"][:9]) == (status, "text/html")
    assert shop.ask("GET", "/orders").status_code == 200


def test_too_many_requests_say_when_to_come_back(shop):
    shop.fault(kind="too_many_requests", retry_after=7)
    assert shop.ask("GET", "/orders").headers["Retry-After"] == "7"


def test_a_firewall_page_comes_with_status_200(shop):
    shop.fault(kind="html_200")
    answer = shop.ask("GET", "/orders")
    assert answer.status_code == 200
    assert "<html" in answer.text


def test_a_php_fatal_is_json_with_html_inside(shop):
    shop.fault(kind="fatal")
    answer = shop.ask("GET", "/orders")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")


def test_a_fault_waits_for_its_method_path_and_turn(shop, pipe):
    shop.fault(kind="maintenance", method="GET", path="/orders$", after=1, times=2)
    assert shop.ask("GET", "/products").status_code == 200
    assert shop.ask("POST", "/orders", json={}).status_code == 201
    statuses = [shop.ask("GET", "/orders").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]


def test_a_truncated_answer_ends_in_the_middle(shop, pipe):
    shop.fault(kind="truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        shop.ask("GET", "/products")


def test_a_cut_after_the_write_leaves_the_order_behind(shop):
    shop.fault(kind="cut_after_write", method="POST")
    with pytest.raises(requests.exceptions.ConnectionError):
        shop.ask("POST", "/orders", json={})
    assert len(shop.read("/orders")) == 1


def test_a_held_answer_times_out_and_leaves_the_order_behind(shop):
    shop.fault(kind="timeout_after_write", method="POST")
    with pytest.raises(requests.exceptions.ReadTimeout):
        shop.ask("POST", "/orders", json={}, timeout=0.3)
    assert len(shop.read("/orders")) == 1


def test_a_cut_before_the_write_leaves_nothing_behind(shop):
    shop.fault(kind="cut_before", method="POST")
    with pytest.raises(requests.exceptions.ConnectionError):
        shop.ask("POST", "/orders", json={})
    assert shop.read("/orders") == []


def test_an_order_touched_between_two_pages_hides_another_one(shop):
    numbers = []
    for _ in range(6):
        numbers.append(shop.state.add_order({})["id"])
        shop.later()
    shop.fault(kind="drift", path="/orders", after=1, touch=[numbers[0]])
    query = {"orderby": "modified", "order": "asc", "per_page": 3}
    pages = [shop.read("/orders", page=page, **query) for page in (1, 2)]
    seen = [row["id"] for page in pages for row in page]
    assert seen == [*numbers[:3], *numbers[4:], numbers[0]]


def test_drift_inserts_trashes_and_changes_statuses(shop):
    first, second = (shop.state.add_order({})["id"] for _ in range(2))
    shop.fault(
        kind="drift", insert=[{"id": 99}], trash=[first], set_status={str(second): "cancelled"}
    )
    found = {row["id"]: row["status"] for row in shop.read("/orders")}
    assert found == {99: "pending", second: "cancelled"}


@pytest.mark.parametrize(
    "fields", [{"kind": "nonesuch"}, {"kind": "drift", "times": 0}, {"kind": "drift", "nope": 1}]
)
def test_a_fault_that_cannot_be_meant_is_refused(shop, fields):
    answer = requests.post(f"{shop.server.url}/sandbox/faults", json=fields, timeout=10)
    assert answer.status_code == 400
    assert "fault not armed" in answer.json()["error"]


def test_armed_faults_are_listed_and_disarmed(shop):
    shop.fault(kind="maintenance", times=3)
    url = f"{shop.server.url}/sandbox/faults"
    assert requests.get(url, timeout=10).json()[0]["times"] == 3
    assert requests.delete(url, timeout=10).json() == []
    assert shop.ask("GET", "/orders").status_code == 200


def test_the_log_counts_requests_and_holds_no_secret(shop):
    shop.read("/orders", per_page=5, status="any")
    shop.ask("GET", "/orders/1")
    rows = shop.log()
    assert [(row["method"], row["path"][-9:], row["status"]) for row in rows] == [
        ("GET", "v3/orders", 200),
        ("GET", "/orders/1", 404),
    ]
    assert {"per_page", "status"} <= set(rows[0]["query"])
    assert "ck_rw" not in str(rows)
    requests.delete(f"{shop.server.url}/sandbox/requests", timeout=10)
    assert shop.log() == []
