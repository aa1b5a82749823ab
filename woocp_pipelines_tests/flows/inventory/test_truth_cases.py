"""Single cases of the truth under sales: what games found, and traps that they rarely meet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines_tests.conftest import _build
from woocp_pipelines_tests.flows.inventory.truth_checks import (
    assert_books_agree,
    assert_converges,
    assert_shop_is_true,
    was_complete,
)
from woocp_pipelines_tests.flows.inventory.truth_shop import TruthShop, seed_truth, truth_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TruthShop]:
    database = tmp_path / "counterpoint.db"
    _build(f"sqlite:///{database}")
    engine = open_engine(f"sqlite:///{database}")
    seed_truth(engine)
    engine.dispose()
    with truth_shop(database, tmp_path) as shop:
        shop.sync()
        shop.world.wait(seconds=3)
        yield shop


def between_orders_and_products(shop: TruthShop, order_id: int, status: str) -> None:
    """The store changes an order just before it shows its products, orders being pulled."""
    shop.fault("drift", method="GET", path="/products$", set_status={str(order_id): status})


def test_a_sale_right_after_the_pull_is_no_reason_to_show_as_much_as_before_it(shop):
    order = shop.buy("PLAIN", 2, "pending")
    shop.till_sale("PLAIN", 2)
    between_orders_and_products(shop, order, "processing")
    # The store shows 4 of 6, and 6 less the till's 2 is 4: only the order's own 2 are missing.
    assert was_complete(shop.sync())
    assert_shop_is_true(shop)
    assert shop.shown()["PLAIN"] == 2


def test_a_cancellation_right_after_the_pull_is_given_back_in_the_same_run(shop):
    order = shop.buy("PLAIN", 2, "on-hold")
    shop.sync()
    shop.world.wait(seconds=3)
    between_orders_and_products(shop, order, "cancelled")
    shop.move("PLAIN", 2)
    assert was_complete(shop.sync())
    assert shop.shown()["PLAIN"] == 8
    assert_converges(shop)


def test_an_order_booked_in_the_middle_of_a_push_is_subtracted_once(shop):
    shop.buy("BOX-CARTON", 1, "processing")
    assert was_complete(shop.sync(middle=shop.book))
    assert_books_agree(shop)
    assert_shop_is_true(shop)
    assert shop.shown()["BOX"] == 5


def test_an_order_cancelled_while_quantities_are_written_is_given_back_in_the_same_run(shop):
    order = shop.buy("PLAIN", 2, "on-hold")
    shop.move("PLAIN", 5)
    shop.fault("drift", method="POST", path="/batch$", set_status={str(order): "cancelled"})
    assert was_complete(shop.sync())
    assert_shop_is_true(shop)
    assert shop.shown()["PLAIN"] == 11


def test_what_the_store_took_by_itself_is_seen_before_the_mirror_is_believed(shop):
    shop.buy("PLAIN", 2, "processing")
    # The mirror still says 6, which is what may be shown: only the store itself says 4.
    shop.move("PLAIN", 2)
    assert was_complete(shop.sync())
    assert_shop_is_true(shop)
    assert shop.shown()["PLAIN"] == 6


def test_a_refused_order_keeps_its_goods_back_until_its_replay_books_them(shop):
    shop.buy("LATER", 2, "processing")
    shop.pull()
    shop.book()
    shop.add_unknown_item(5)
    assert was_complete(shop.sync())
    assert shop.shown()["LATER"] == 3
    shop.replay()
    assert_books_agree(shop)
    assert_converges(shop)
    assert shop.shown()["LATER"] == 3


def test_a_sale_that_could_not_be_pulled_is_not_offered_again(shop):
    shop.buy("PLAIN", 2, "processing")
    shop.fault("server_error", method="GET", path="/orders$", times=99)
    assert not was_complete(shop.sync())
    assert shop.shown()["PLAIN"] == 4
    shop.world.server.faults.clear()
    assert_converges(shop)


def overwrite_line(shop: TruthShop, order_id: int, **values: object) -> None:
    """What plugins and deletions do to the line of an order."""
    order = shop.world.state.find("order", order_id)
    order["line_items"][0] |= values
    shop.world.state.save("order", order)


def test_goods_of_an_order_that_cannot_be_read_are_not_offered_again(shop):
    order = shop.buy("PLAIN", 2, "processing")
    overwrite_line(shop, order, total="n/a")
    shop.sync()
    assert shop.shown()["PLAIN"] == 4


def test_goods_of_an_unbooked_order_stay_kept_back_when_its_product_is_deleted(shop):
    order = shop.buy("BOX-CARTON", 1, "processing")
    shop.sync()
    shop.world.wait(seconds=3)
    overwrite_line(shop, order, product_id=0, sku="")
    shop.world.store.put(f"orders/{order}", {"customer_note": "?"})
    sync_inventory(shop.world.context)
    assert shop.shown()["BOX"] == 5


def test_what_an_edit_adds_to_a_booked_order_is_not_offered_again(shop):
    order = shop.buy("PLAIN", 2, "processing")
    shop.pull()
    shop.book()
    shop.world.wait(seconds=3)
    shop.edit(order, 4)
    shop.sync()
    assert shop.shown()["PLAIN"] == 2
