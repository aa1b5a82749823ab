"""Single cases of the truth under sales: what games found, and traps that they rarely meet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from woocp_pipelines.counterpoint.engine import open_engine
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
