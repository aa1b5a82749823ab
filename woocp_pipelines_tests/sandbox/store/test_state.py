"""What the store holds survives, and seeds can be short."""

import pytest
import requests

from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState


def test_a_closed_store_opens_again_as_it_was(shop, pipe, tmp_path):
    body = {"status": "processing", "line_items": [{"product_id": pipe["id"], "quantity": 2}]}
    placed = shop.send("POST", "/orders", body)
    again = StoreState.open(shop.path)
    found = again.find("order", placed["id"])
    assert found["total"] == "81.76"
    assert again.find("product", pipe["id"])["stock_quantity"] == 3
    assert again.keys["ck_rw"].consumer_secret == "cs_rw"
    assert again.add_order({})["id"] > placed["id"]
    again.close()


def test_a_number_is_not_given_twice_although_its_record_is_gone(shop):
    first = shop.send("POST", "/orders", {})
    shop.ask("DELETE", f"/orders/{first['id']}", params={"force": "true"})
    assert shop.send("POST", "/orders", {})["id"] == first["id"] + 1


def test_orders_and_products_share_one_sequence(shop, pipe):
    assert shop.send("POST", "/orders", {})["id"] == pipe["id"] + 1


def test_numbers_of_seeds_are_kept_and_counted_on(shop):
    shop.state.add_order({"id": 700})
    assert shop.send("POST", "/orders", {})["id"] == 701


def test_a_short_order_is_completed_to_the_cent(shop, pipe):
    order = shop.state.add_order(
        {
            "status": "processing",
            "date_created_gmt": "2026-11-01T05:30:00",
            "line_items": [
                {"product_id": pipe["id"], "quantity": 3, "subtotal": "122.64", "total": "120.00"},
                {"name": "Gone", "quantity": 1, "total": "5.00", "total_tax": "0.40"},
            ],
            "shipping_lines": [{"method_title": "Flat rate", "total": "9.95", "total_tax": "0.80"}],
            "fee_lines": [{"name": "Handling", "total": "2.50"}],
        }
    )
    shown = shop.read(f"/orders/{order['id']}")
    assert shown["date_created"] == "2026-11-01T01:30:00"
    totals = ("discount_total", "shipping_total", "cart_tax", "total_tax", "total")
    assert [shown[name] for name in totals] == ["2.64", "9.95", "0.40", "1.20", "138.65"]
    assert [line["sku"] for line in shown["line_items"]] == ["01-PIPE", None]
    assert shown["line_items"][0]["meta_data"][0]["key"] == "_reduced_stock"
    assert not any(name.startswith("_") for name in shown.keys() - {"_links"})


def test_a_deleted_product_leaves_only_amounts_on_the_line(shop, pipe):
    body = {"line_items": [{"product_id": pipe["id"], "quantity": 1}]}
    placed = shop.send("POST", "/orders", body)
    shop.ask("DELETE", f"/products/{pipe['id']}", params={"force": "true"})
    line = shop.read(f"/orders/{placed['id']}")["line_items"][0]
    assert (line["product_id"], line["sku"], line["total"]) == (0, None, "40.88")


def test_a_changed_sku_shows_on_old_orders(shop, pipe):
    body = {"line_items": [{"product_id": pipe["id"], "quantity": 1}]}
    placed = shop.send("POST", "/orders", body)
    shop.send("PUT", f"/products/{pipe['id']}", {"sku": "01-NEW"})
    assert shop.read(f"/orders/{placed['id']}")["line_items"][0]["sku"] == "01-NEW"


def test_the_secret_of_a_key_is_in_no_repr():
    assert "cs_secret" not in repr(ApiKey("ck", "cs_secret"))


def test_a_closed_server_answers_nobody(shop):
    other = StoreServer(shop.state)
    other.start()
    assert requests.get(f"{other.url}/wp-json/", timeout=10).status_code == 200
    other.close()
    with pytest.raises(requests.exceptions.ConnectionError, match="refused"):
        requests.get(f"{other.url}/wp-json/", timeout=2)
