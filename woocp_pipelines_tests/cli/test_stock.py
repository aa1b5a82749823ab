"""`woocp stock`: what people and programs read, on the seeded sandbox."""

import pytest

from woocp_pipelines_tests.cli.contents import contents

ITEM = ["item_no", "description", "item_typ", "trk_meth", "stat", "web_item", "stocking_unit",
        "quantity", "locations", "on_hand", "committed", "unbooked", "unbooked_orders", "buffer",
        "free"]  # fmt: skip
PRODUCT = ["product_id", "parent_id", "sku", "item_no", "sell_unit", "may_show", "arithmetic",
           "left_alone", "store", "store_note", "last_sent", "dead_letters", "verdict"]  # fmt: skip


@pytest.fixture
def synced(home, woocp):
    assert woocp("sync", "inventory", "--sandbox").code == 1
    return home


def test_people_read_the_sum_what_the_shop_shows_and_what_follows(synced, woocp):
    ran = woocp("stock", "TP-1002", "--sandbox")
    assert ran.code == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert "unbooked web order 7011 (PENDING): 72" in lines
    assert "unbooked web order 7019 (HELD): 36" in lines
    shares = [line for line in lines if line.startswith("may show ")]
    assert len(shares) == 2
    assert "unbooked web orders 108 = " in shares[0]
    assert lines.count("the store shows what it may") == 2
    assert ".0000" not in ran.out


def test_programs_get_one_document_with_quantities_as_texts(synced, woocp):
    ran = woocp("stock", "TP-1002-CARTON", "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["asked"], answer["mode"]) == (0, "TP-1002-CARTON", "apply")
    (item,), (product,) = answer["items"], answer["products"]
    assert (list(item), list(product)) == (ITEM, PRODUCT)
    assert (product["item_no"], product["sell_unit"]) == ("TP-1002", "1")
    assert product["store"]["stock_quantity"] == product["may_show"]
    assert (item["unbooked"], item["buffer"]) == ("108", "0")


def test_a_conflict_has_its_next_step(synced, woocp):
    ran = woocp("stock", "LB-1006", "--sandbox")
    assert "dead letter UNMANAGED_STOCK" in ran.out
    assert "tick 'Track stock quantity'" in ran.out


def test_an_unknown_sku_fails_and_names_near_ones(synced, woocp):
    ran = woocp("stock", "TP-10O2", "--sandbox", "--json")
    assert ran.code == 2
    assert "spelt alike: TP-10" in ran.err
    assert "spelt alike: TP-10" in ran.json()["error"]


def test_it_writes_nothing_and_offline_asks_nobody(home, woocp):
    before = contents(home)
    assert "the store was not asked" not in woocp("stock", "CB-1001", "--sandbox").out
    offline = woocp("stock", "CB-1001", "--offline", "--sandbox", "--json").json()
    assert (offline["items"][0]["item_no"], offline["products"]) == ("CB-1001", [])
    assert contents(home) == before
