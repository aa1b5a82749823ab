"""Logins that no recording shows, or that depend on how the store is set up (WC §5)."""

import requests
from requests.auth import HTTPBasicAuth

from woocp_pipelines.sandbox.store import ApiKey, StoreServer

BASIC = HTTPBasicAuth("ck_rw", "cs_rw")


def orders(server, **arguments):
    return requests.get(f"{server.url}/wp-json/wc/v3/orders", timeout=10, **arguments)


def test_basic_over_http_is_ignored_although_a_client_claims_https(shop):
    answer = orders(shop.server, auth=BASIC, headers={"X-Forwarded-Proto": "https"})
    assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_cannot_view")


def test_basic_passes_behind_a_trusted_proxy(shop):
    with StoreServer(shop.state, trust_forwarded_proto=True) as server:
        headers = {"X-Forwarded-Proto": "https"}
        assert orders(server, auth=BASIC, headers=headers).status_code == 200
        assert orders(server, auth=BASIC).status_code == 401


def test_half_an_oauth_login_names_what_is_missing(shop):
    answer = orders(shop.server, params={"oauth_consumer_key": "ck_rw"})
    assert answer.json()["code"] == "woocommerce_rest_authentication_missing_parameter"
    assert "oauth_signature" in answer.json()["message"]


def test_a_read_only_key_cannot_write_and_changes_nothing(shop):
    key = ApiKey("ck_ro", "cs_ro", "read")
    shop.state.add_key(key)
    assert shop.ask("POST", "/orders", key=key, json={}).status_code == 401
    assert shop.ask("GET", "/orders", key=key).json() == []


def test_a_customers_key_may_not_see_the_shop(shop):
    key = ApiKey("ck_cu", "cs_cu", role="customer")
    shop.state.add_key(key)
    assert shop.ask("GET", "/orders", key=key).status_code == 403


def test_the_index_tells_strangers_the_time_zone(shop):
    answer = requests.get(
        f"{shop.server.url}/wp-json/", params={"_fields": "timezone_string,gmt_offset"}, timeout=10
    )
    assert answer.json() == {"timezone_string": "America/New_York", "gmt_offset": -5}


def test_an_unknown_page_is_html(shop):
    answer = requests.get(f"{shop.server.url}/shop/", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")
