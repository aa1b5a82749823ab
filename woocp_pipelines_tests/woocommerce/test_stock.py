"""Writing stock to the sandbox store; test_stock_batches.py has the answers that do not fit."""

import pytest

from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.woocommerce.stock import StockWrite, write_stock


@pytest.fixture
def catalogue(state):
    """Products 1 to 120, shirt 200 with variations 201 to 205, shirt 300 that holds the stock."""
    for product_id in range(1, 121):
        state.add_product(
            {"id": product_id, "sku": f"01-{product_id}", "manage_stock": True, "stock_quantity": 5}
        )
    state.add_product({"id": 121, "sku": "01-121", "manage_stock": False})
    state.add_product({"id": 200, "type": "variable", "sku": "02"})
    for variation_id in range(201, 206):
        state.add_variation(200, {"id": variation_id, "manage_stock": True, "stock_quantity": 5})
    state.add_product(
        {"id": 300, "type": "variable", "sku": "03", "manage_stock": True, "stock_quantity": 27}
    )
    state.add_variation(300, {"id": 301, "manage_stock": "parent"})


def _quantity(state, kind, record_id):
    record = state.find(kind, record_id)
    return record["stock_quantity"], record["stock_status"]


def _posts(server):
    return [row.path.split("/wc/v3/")[1] for row in server.requests.rows()]


def test_every_write_has_one_result_in_its_own_order(catalogue, state, server, shop):
    simple = [StockWrite(product_id, None, product_id * 2) for product_id in range(120, 0, -1)]
    variations = [StockWrite(variation_id, 200, 0) for variation_id in range(201, 206)]
    writes = [*variations, *simple]
    results = write_stock(shop, writes)
    assert [result.write for result in results] == writes
    assert all(result.ok and result.stored == result.write.quantity for result in results)
    assert _quantity(state, "product", 60) == (120, "instock")
    assert _quantity(state, "variation", 203) == (0, "outofstock")
    assert sorted(_posts(server)) == ["products/200/variations/batch", *["products/batch"] * 3]


def test_errors_of_single_items_leave_the_others_written(catalogue, state, shop):
    results = write_stock(
        shop,
        [
            StockWrite(1, None, 11),
            StockWrite(999999, None, 11),
            StockWrite(201, None, 11),
            StockWrite(2, None, 12),
        ],
    )
    assert [result.code for result in results] == [
        "",
        "woocommerce_rest_product_invalid_id",
        "woocommerce_rest_invalid_product_id",
        "",
    ]
    assert "you should use the /products/<product_id>/variations/" in results[2].message
    assert _quantity(state, "product", 2) == (12, "instock")


def test_a_variation_of_another_parent_is_an_error_of_its_own(catalogue, shop):
    results = write_stock(shop, [StockWrite(201, 300, 1), StockWrite(202, 200, 1)])
    assert [result.code for result in results] == [
        "woocommerce_rest_product_variation_invalid_id",
        "",
    ]


def test_a_quantity_that_the_store_drops_is_no_success(catalogue, state, shop):
    results = write_stock(
        shop, [StockWrite(121, None, 4), StockWrite(301, 300, 27), StockWrite(1, None, 4)]
    )
    assert [result.code for result in results] == ["STOCK_NOT_MANAGED", "STOCK_NOT_MANAGED", ""]
    assert "parent product" in results[1].message
    assert _quantity(state, "product", 300)[0] == 27


def test_stock_management_is_switched_on_when_asked(catalogue, state, shop):
    (result,) = write_stock(shop, [StockWrite(121, None, 4, manage_stock=True)])
    assert result.ok
    assert _quantity(state, "product", 121) == (4, "instock")


@pytest.mark.parametrize("kind", ["cut_after_write", "truncated", "maintenance", "bad_gateway"])
def test_a_batch_whose_answer_is_lost_is_sent_again(catalogue, state, server, shop, kind):
    server.faults.add(Fault(kind, method="POST", path="batch$"))
    results = write_stock(shop, [StockWrite(1, None, 8), StockWrite(2, None, 9)])
    assert all(result.ok for result in results)
    assert (_quantity(state, "product", 1)[0], _quantity(state, "product", 2)[0]) == (8, 9)


def test_a_hundred_variations_of_one_parent_are_sent_one_batch_after_the_other(
    catalogue, state, server, shop
):
    for variation_id in range(400, 520):
        state.add_variation(200, {"id": variation_id, "manage_stock": True, "stock_quantity": 1})
    results = write_stock(shop, [StockWrite(number, 200, 3) for number in range(400, 520)])
    assert all(result.ok for result in results)
    assert _posts(server) == ["products/200/variations/batch"] * 3
