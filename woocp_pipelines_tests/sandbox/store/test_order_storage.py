"""What differs between shops: legacy post storage, statuses of plugins, older versions (WC §1)."""

import pytest

TOUCHES = {
    "status": {"status": "completed"},
    "nothing": {},
    "meta": {"meta_data": [{"key": "a", "value": "b"}]},
    "billing": {"billing": {"city": "Utica"}},
    "transaction": {"transaction_id": "t1"},
}


@pytest.fixture
def placed(shop):
    order = shop.send("POST", "/orders", {"status": "processing"})
    shop.state.save("order", {**shop.state.find("order", order["id"]), "date_modified_gmt": "old"})
    return order["id"]


def modified(shop, order_id):
    return shop.state.peek("order", order_id)["date_modified_gmt"] != "old"


@pytest.mark.parametrize("sent", TOUCHES.values(), ids=TOUCHES)
def test_on_order_tables_every_put_moves_the_modified_time(shop, placed, sent):
    shop.send("PUT", f"/orders/{placed}", sent)
    assert modified(shop, placed)


@pytest.mark.parametrize("name", TOUCHES)
def test_on_posts_a_new_status_alone_moves_the_modified_time(shop, placed, name):
    shop.state.set_setting("order_storage", "posts")
    shop.send("PUT", f"/orders/{placed}", TOUCHES[name])
    assert modified(shop, placed) == (name == "status")


def test_on_posts_a_refund_and_the_trash_move_the_modified_time(shop, placed):
    shop.state.set_setting("order_storage", "posts")
    refund = {"amount": "0.00", "api_refund": False}
    shop.send("POST", f"/orders/{placed}/refunds", refund)
    assert modified(shop, placed)
    other = shop.send("POST", "/orders", {"status": "processing"})["id"]
    shop.state.save("order", {**shop.state.find("order", other), "date_modified_gmt": "old"})
    shop.ask("DELETE", f"/orders/{other}")
    assert modified(shop, other)


def test_posts_keep_the_true_total_beyond_the_last_page(shop, placed):
    assert shop.ask("GET", "/orders?page=9").headers["X-WP-Total"] == "0"
    shop.state.set_setting("order_storage", "posts")
    assert shop.ask("GET", "/orders?page=9").headers["X-WP-Total"] == "1"


def test_a_status_of_a_plugin_is_there_while_the_plugin_is(shop, placed):
    assert shop.ask("GET", "/orders?status=shipped").status_code == 400
    shop.state.set_setting("plugin_statuses", {"shipped": "Shipped"})
    assert "shipped" in [row["slug"] for row in shop.read("/orders/statuses")]
    shop.send("PUT", f"/orders/{placed}", {"status": "shipped"})
    assert [row["id"] for row in shop.read("/orders", status="shipped")] == [placed]
    assert [row["id"] for row in shop.read("/orders")] == [placed]
    shop.state.set_setting("plugin_statuses", {})
    assert shop.ask("GET", "/orders?status=shipped").status_code == 400
    assert shop.read("/orders") == []


def test_an_older_store_does_not_list_its_statuses(shop):
    shop.state.set_setting("lists_order_statuses", value=False)
    answer = shop.ask("GET", "/orders/statuses")
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")


def test_trashed_orders_are_not_shown_by_id_in_a_list(shop, placed):
    shop.ask("DELETE", f"/orders/{placed}")
    assert shop.read("/orders", include=placed, status="trash") == []
    assert [row["id"] for row in shop.read("/orders", status="trash")] == [placed]
