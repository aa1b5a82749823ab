"""Stock follows the orders (WC §3.7, §3.8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest


def order(shop, product, quantity=1, **fields):
    line = {"product_id": product["id"], "quantity": quantity}
    return shop.send("POST", "/orders", {"line_items": [line], **fields})


def stock(shop, product):
    return shop.read(f"/products/{product['id']}")["stock_quantity"]


@pytest.mark.parametrize("status", ["processing", "completed", "on-hold"])
def test_a_taking_status_lowers_the_stock_once(shop, pipe, status):
    placed = order(shop, pipe, 2, status=status)
    shop.send("PUT", f"/orders/{placed['id']}", {"status": "completed"})
    assert stock(shop, pipe) == 3


@pytest.mark.parametrize("status", ["cancelled", "pending"])
def test_a_cancelled_or_pending_order_gives_its_stock_back(shop, pipe, status):
    placed = order(shop, pipe, 2, status="processing")
    shop.send("PUT", f"/orders/{placed['id']}", {"status": status})
    assert stock(shop, pipe) == 5


@pytest.mark.parametrize("status", ["failed", "refunded"])
def test_a_failed_or_refunded_order_keeps_its_stock(shop, pipe, status):
    placed = order(shop, pipe, 2, status="processing")
    shop.send("PUT", f"/orders/{placed['id']}", {"status": status})
    assert stock(shop, pipe) == 3


def test_a_trashed_order_keeps_its_stock(shop, pipe):
    placed = order(shop, pipe, 2, status="processing")
    shop.ask("DELETE", f"/orders/{placed['id']}")
    assert stock(shop, pipe) == 3


def test_an_order_can_oversell(shop, pipe):
    order(shop, pipe, 9, status="processing")
    found = shop.read(f"/products/{pipe['id']}")
    assert (found["stock_quantity"], found["stock_status"]) == (-4, "outofstock")


def test_parallel_sales_are_all_counted(shop, pipe):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: order(shop, pipe, status="processing"), range(40)))
    assert stock(shop, pipe) == 5 - 40


def test_a_sale_bumps_the_date_of_the_product(shop, pipe):
    shop.later()
    order(shop, pipe, status="processing")
    assert shop.read(f"/products/{pipe['id']}")["date_modified_gmt"] == "2026-11-22T09:01:00"


def test_a_sold_variation_moves_its_own_stock_or_its_parents(shop):
    parent = shop.state.add_product(
        {"name": "Shirt", "type": "variable", "manage_stock": True, "stock_quantity": 7}
    )
    size = {"id": 0, "name": "Size", "option": "M"}
    fields = {"regular_price": "9.50", "attributes": [size]}
    own = shop.state.add_variation(
        parent["id"], {**fields, "manage_stock": True, "stock_quantity": 3}
    )
    heir = shop.state.add_variation(parent["id"], {**fields, "manage_stock": "parent"})
    lines = [
        {"product_id": parent["id"], "variation_id": row["id"], "quantity": 2}
        for row in (own, heir)
    ]
    shop.send("POST", "/orders", {"status": "processing", "line_items": lines})
    shown = {row["id"]: row for row in shop.read(f"/products/{parent['id']}/variations")}
    assert shown[own["id"]]["stock_quantity"] == 1
    assert (shown[heir["id"]]["manage_stock"], shown[heir["id"]]["stock_quantity"]) == ("parent", 5)


def test_a_variation_made_over_http_is_among_its_parents(shop):
    parent = shop.state.add_product({"name": "Shirt", "type": "variable"})
    path = f"/products/{parent['id']}/variations"
    shop.send("POST", path, {"sku": "S-M", "regular_price": "9.50"})
    (shown,) = shop.read(path)
    assert (shown["sku"], shown["date_created_gmt"]) == ("S-M", shown["date_modified_gmt"])


def test_a_quantity_sent_to_a_variation_that_inherits_is_dropped(shop):
    parent = shop.state.add_product(
        {"name": "Shirt", "type": "variable", "manage_stock": True, "stock_quantity": 7}
    )
    heir = shop.state.add_variation(parent["id"], {"attributes": []})
    path = f"/products/{parent['id']}/variations/{heir['id']}"
    assert shop.send("PUT", path, {"stock_quantity": 2})["stock_quantity"] == 7


def test_an_order_of_the_past_moves_no_stock_until_it_is_cancelled(shop, pipe):
    line = {"product_id": pipe["id"], "quantity": 2}
    past = shop.state.add_order({"status": "processing", "line_items": [line]})
    assert stock(shop, pipe) == 5
    shop.send("PUT", f"/orders/{past['id']}", {"status": "completed"})
    assert stock(shop, pipe) == 5
    shop.send("PUT", f"/orders/{past['id']}", {"status": "cancelled"})
    assert stock(shop, pipe) == 7


def test_moves_are_told_in_private_notes_with_entities(shop, pipe):
    placed = order(shop, pipe, 2, status="processing")
    texts = [note["note"] for note in shop.read(f"/orders/{placed['id']}/notes")]
    assert 'Stock levels reduced: 5" Pipe (5&rarr;3)' in texts
    assert "Order status changed from Pending payment to Processing." in texts


def test_a_refund_of_lines_restocks_what_it_takes_back(shop, pipe):
    placed = order(shop, pipe, 3, status="processing")
    line = placed["line_items"][0]
    back = {"id": line["id"], "quantity": 1, "refund_total": 40.88}
    path = f"/orders/{placed['id']}/refunds"
    refund = shop.send("POST", path, {"api_refund": False, "line_items": [back]})
    assert refund["amount"] == "40.88"
    assert stock(shop, pipe) == 3
    assert shop.read(f"/orders/{placed['id']}")["total"] == "122.64"


def test_a_full_refund_turns_the_status(shop, pipe):
    placed = order(shop, pipe, status="processing")
    body = {"api_refund": False, "amount": placed["total"]}
    shop.send("POST", f"/orders/{placed['id']}/refunds", body)
    assert shop.read(f"/orders/{placed['id']}")["status"] == "refunded"


def test_a_foreign_line_leaves_the_whole_order_and_its_stock_alone(shop, pipe):
    placed = order(shop, pipe, 2, status="processing")
    lines = [{"id": placed["line_items"][0]["id"], "quantity": 4}, {"id": 777, "quantity": 1}]
    answer = shop.ask("PUT", f"/orders/{placed['id']}", json={"line_items": lines})
    assert (answer.status_code, stock(shop, pipe)) == (400, 3)
