"""What the store says of itself: values from the sandbox, odd answers from a script."""

import json
from datetime import UTC
from decimal import Decimal

import pytest

from woocp_pipelines.sandbox.store import ApiKey, StoreServer
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import NotJson, StoreUnavailable, UnexpectedAnswer
from woocp_pipelines.woocommerce.store_info import (
    Gateway,
    SystemStatus,
    manages_stock,
    read_gateways,
    read_site,
    read_system_status,
    refusal_to_write,
)
from woocp_pipelines_tests.sandbox.store.recordings import RECORDINGS


def test_the_site_tells_its_zone_its_clock_and_that_woocommerce_is_there(shop):
    site = read_site(shop)
    assert (site.time_zone, site.gmt_offset, site.has_rest_api) == (
        "America/New_York",
        Decimal(-5),
        True,
    )
    assert site.sent.tzinfo is UTC


def test_one_request_tells_versions_currency_decimals_and_storage(shop, server):
    assert read_system_status(shop) == SystemStatus("10.5.0", "6.9.1", "USD", 2, "hpos")
    assert len(server.requests.rows()) == 1


def test_a_store_before_order_tables_keeps_orders_as_posts(store, client, reply):
    old = {"environment": {"version": "7.0"}, "settings": {"currency": "USD"}}
    store.replies(reply({**old, "settings": {"currency": "USD", "number_of_decimals": "2"}}))
    assert read_system_status(client) == SystemStatus("7.0", "", "USD", 2, "posts")


@pytest.mark.parametrize(
    ("answer", "said"),
    [([], "expected a JSON object"), ({"environment": {}}, "environment.version")],
)
def test_a_site_that_hides_what_we_need_is_reported(store, client, reply, answer, said):
    store.replies(reply(answer))
    with pytest.raises(UnexpectedAnswer, match=said):
        read_system_status(client)


def test_a_date_header_that_cannot_be_read_is_no_clock(store, client, reply):
    site = {"timezone_string": "", "gmt_offset": "5.5", "namespaces": []}
    store.replies(reply(site, headers={"Date": "yesterday"}))
    found = read_site(client)
    assert found.gmt_offset == Decimal("5.5")
    assert not found.has_rest_api


def test_gateways_come_with_whether_shoppers_may_choose_them(store, client, reply):
    rows = [
        {"id": "nmi", "title": "Card", "enabled": True},
        {"id": "cod", "title": "Cash", "enabled": False},
    ]
    store.replies(reply(rows))
    found = read_gateways(client)
    assert found == {"nmi": Gateway("Card", is_on=True), "cod": Gateway("Cash", is_on=False)}


def test_an_answer_that_lists_no_gateways_is_no_shop_without_them(store, client, reply):
    store.replies(reply({"message": "cached"}))
    with pytest.raises(UnexpectedAnswer, match="payment gateways"):
        read_gateways(client)


def test_gateways_are_read_as_a_real_shop_lists_them(store, client, reply):
    recorded = json.loads((RECORDINGS / "payment_gateways.json").read_text("utf-8"))
    store.replies(reply(recorded["response"]["body"]))
    assert read_gateways(client)["bacs"] == Gateway("Direct bank transfer", is_on=True)


def test_whether_the_shop_manages_stock_is_its_setting(shop, state):
    assert manages_stock(shop)
    state.set_setting("manage_stock", "no")
    assert not manages_stock(shop)


def test_a_setting_that_is_not_listed_is_reported(store, client, reply):
    store.replies(reply([{"id": "woocommerce_weight_unit", "value": "kg"}]))
    with pytest.raises(UnexpectedAnswer, match="woocommerce_manage_stock"):
        manages_stock(client)


def test_a_batch_of_nothing_tells_whether_the_key_may_write(shop, state):
    assert refusal_to_write(shop) is None
    state.add_key(ApiKey("ck_reader", "cs_right", permissions="read"))
    with StoreServer(state) as other, StoreClient(other.url, "ck_reader", "cs_right") as reader:
        assert "write permissions" in str(refusal_to_write(reader))


def test_an_impatient_client_asks_once(store, client, reply):
    store.replies(reply("<p>down</p>", status=503), reply({}))
    with pytest.raises((StoreUnavailable, NotJson)):
        read_site(client.impatient())
    assert len(store.seen) == 1
