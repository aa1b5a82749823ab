"""Reading products, variations, customers and the store's own settings from the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from woocp_pipelines.rules.clock import write_gmt
from woocp_pipelines.sandbox.store import ApiKey, StoreServer
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.customers import CUSTOMER_FIELDS, read_customers
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, UnexpectedAnswer
from woocp_pipelines.woocommerce.products import (
    STOCK_FIELDS,
    read_all_variations,
    read_products,
    read_variations,
)

_START = datetime(2025, 11, 20, 9, 0, tzinfo=UTC)


def _product(state, product_id, minutes=0, **fields):
    modified = write_gmt(_START + timedelta(minutes=minutes))
    state.add_product(
        {"id": product_id, "sku": f"01-{product_id}", "manage_stock": True, "stock_quantity": 7,
         "date_modified_gmt": modified, **fields}
    )  # fmt: skip


def _flat(pages):
    return [record for page in pages for record in page]


def _ids(pages):
    return [record["id"] for record in _flat(pages)]


@pytest.fixture
def shirt(state):
    _product(state, 300, type="variable", manage_stock=False)
    for variation_id in range(301, 306):
        state.add_variation(
            300,
            {"id": variation_id, "sku": f"01-{variation_id}", "manage_stock": True,
             "stock_quantity": 3, "date_modified_gmt": write_gmt(_START)},
        )  # fmt: skip


def test_all_products_come_once_by_id_with_the_asked_fields(state, server, shop):
    for product_id in range(1, 121):
        _product(state, product_id)
    products = _flat(read_products(shop))
    assert [product["id"] for product in products] == list(range(1, 121))
    assert set(products[0]) == set(STOCK_FIELDS)
    assert len(server.requests.rows()) == 2


def test_only_changed_products_are_read_and_none_is_one_request(state, server, shop):
    for product_id in range(1, 31):
        _product(state, product_id, minutes=product_id)
    changed = read_products(shop, modified_after=_START + timedelta(minutes=25), fields=("sku",))
    assert _flat(changed)[0] == {
        "id": 26,
        "sku": "01-26",
        "date_modified_gmt": write_gmt(_START + timedelta(minutes=26)),
    }
    server.requests.clear()
    assert _ids(read_products(shop, modified_after=_START + timedelta(minutes=30))) == []
    assert len(server.requests.rows()) == 1


def test_variations_are_read_per_parent_and_for_the_whole_shop(state, shirt, shop):
    _product(state, 400, type="variable", manage_stock=True, stock_quantity=27)
    state.add_variation(400, {"id": 401, "sku": "01-401", "manage_stock": "parent"})
    assert _ids(read_variations(shop, 300)) == [301, 302, 303, 304, 305]
    everywhere = _flat(read_all_variations(shop, page_size=3))
    assert [(found["id"], found["parent_id"]) for found in everywhere] == [
        (301, 300), (302, 300), (303, 300), (304, 300), (305, 300), (401, 400),
    ]  # fmt: skip
    assert everywhere[-1]["manage_stock"] == "parent"


def test_a_changed_variation_is_found_by_time_and_moves_its_parent(shirt, shop, now):
    shop.put("products/300/variations/303", {"stock_quantity": 9})
    since = now - timedelta(minutes=1)
    assert _ids(read_all_variations(shop, modified_after=since)) == [303]
    assert _ids(read_variations(shop, 300, modified_after=since)) == [303]
    assert _ids(read_products(shop, modified_after=since)) == [300]


def test_a_variation_without_parent_is_not_handed_on(store, client, reply):
    store.replies(reply([{"id": 5}]))
    with pytest.raises(UnexpectedAnswer, match="parent_id"):
        list(read_all_variations(client))


def test_all_customers_are_read_whatever_their_role(state, server, shop):
    for customer_id in range(1, 106):
        role = "shop_manager" if customer_id == 50 else "customer"
        state.add_customer(
            {"id": customer_id, "email": f"cust{customer_id}@example.test", "role": role}
        )
    customers = _flat(read_customers(shop))
    assert [customer["id"] for customer in customers] == list(range(1, 106))
    assert set(customers[0]) <= set(CUSTOMER_FIELDS)
    assert customers[49]["role"] == "shop_manager"
    assert len(server.requests.rows()) == 2


@pytest.mark.parametrize(
    ("key", "secret", "said"),
    [
        ("ck_unknown", "cs_right", "Consumer key is invalid|cannot list"),
        ("ck_reader", "cs_wrong", "signature|secret"),
        ("ck_reader", "cs_right", "permission|read"),
    ],
)
def test_a_key_that_may_not_write_is_told_in_the_store_s_words(*, state, key, secret, said):
    state.add_key(ApiKey("ck_reader", "cs_right", permissions="read"))
    _product(state, 1)
    with StoreServer(state) as server, StoreClient(server.url, key, secret) as client:
        with pytest.raises(AuthenticationFailed, match=said) as caught:
            client.put("products/1", {"stock_quantity": 2})
        assert caught.value.status == 401
        assert not caught.value.transient
        assert len(server.requests.rows()) == 1
