"""Reading orders: time texts, pages, fields (WC §1) where no recording shows it."""

import pytest

# An order modified at 2026-10-10 06:20:38 UTC, which is 02:20:38 in New York.
CASES = [
    ("2026-10-10T02:20:37", False, True),
    ("2026-10-10T02:20:38", False, False),
    ("2026-10-10T06:20:37", True, True),
    ("2026-10-10T06:20:38", True, False),
    ("2026-10-10T06:20:37Z", False, True),
    ("2026-10-10T06:20:38+00:00", False, False),
    # With the flag, a zone is turned into site time first: hours too early.
    ("2026-10-10T10:20:37Z", True, True),
    ("2026-10-10T10:20:38Z", True, False),
    # A fraction without the flag hides the zone: read as site time.
    ("2026-10-10T02:20:37.500Z", False, True),
    ("2026-10-10T06:20:37.500Z", False, False),
]


@pytest.mark.parametrize(("text", "gmt", "found"), CASES)
def test_modified_after_reads_its_text_as_woocommerce_does(shop, text, gmt, found):
    shop.state.add_order({"date_modified_gmt": "2026-10-10T06:20:38"})
    query = {"modified_after": text} | ({"dates_are_gmt": "true"} if gmt else {})
    assert bool(shop.read("/orders", **query)) is found


def test_the_fold_of_the_clock_hides_an_order_from_local_filters(shop):
    for hour in ("05", "06"):
        shop.state.add_order({"date_modified_gmt": f"2026-11-01T{hour}:30:00"})
    local = {"modified_after": "2026-11-01T01:29:59", "modified_before": "2026-11-01T01:30:01"}
    assert len(shop.read("/orders", **local)) == 1
    gmt = {"modified_after": "2026-11-01T05:29:59", "modified_before": "2026-11-01T06:30:01"}
    assert len(shop.read("/orders", dates_are_gmt="true", **gmt)) == 2


def test_ties_of_one_second_are_broken_by_number(shop):
    numbers = [shop.state.add_order({})["id"] for _ in range(3)]
    query = {"orderby": "modified", "order": "asc"}
    assert [row["id"] for row in shop.read("/orders", **query)] == numbers
    assert [row["id"] for row in shop.read("/orders", orderby="modified")] == numbers[::-1]


def test_a_note_does_not_bump_the_order(shop):
    order = shop.state.add_order({})
    shop.later()
    shop.send("POST", f"/orders/{order['id']}/notes", {"note": "x"})
    assert shop.read(f"/orders/{order['id']}")["date_modified_gmt"] == "2026-11-22T09:00:00"


def test_a_deleted_refund_does_not_bump_the_order(shop, pipe):
    body = {"status": "processing", "line_items": [{"product_id": pipe["id"], "quantity": 1}]}
    path = f"/orders/{shop.send('POST', '/orders', body)['id']}"
    refund = shop.send("POST", f"{path}/refunds", {"api_refund": False, "amount": "1.00"})
    shop.later()
    shop.ask("DELETE", f"{path}/refunds/{refund['id']}", params={"force": "true"})
    shown = shop.read(path)
    assert (shown["date_modified_gmt"], shown["refunds"]) == ("2026-11-22T09:00:00", [])


def test_a_deleted_customer_leaves_guests_without_a_new_date(shop):
    buyer = shop.state.add_customer({"email": "ase@example.test"})
    order = shop.state.add_order({"customer_id": buyer["id"]})
    shop.later()
    shop.ask("DELETE", f"/customers/{buyer['id']}", params={"force": "true"})
    shown = shop.read(f"/orders/{order['id']}")
    assert (shown["customer_id"], shown["date_modified_gmt"]) == (0, "2026-11-22T09:00:00")


def test_a_batch_of_bad_values_is_applied_without_a_word(shop, pipe):
    sent = [{"id": pipe["id"], "stock_quantity": "abc"}, {"id": 999, "stock_quantity": 1}]
    answer = shop.send("POST", "/products/batch", {"update": sent})["update"]
    assert (answer[0]["stock_quantity"], answer[0]["stock_status"]) == (0, "outofstock")
    assert answer[1]["error"]["code"] == "woocommerce_rest_product_invalid_id"
