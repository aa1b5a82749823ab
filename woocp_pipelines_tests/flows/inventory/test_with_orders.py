"""Stock and web orders together, with the real order sync between them."""

import pytest

from woocp_pipelines.flows.orders import pull_orders

ADDRESS = {
    "first_name": "Åse",
    "last_name": "Bjørnsen",
    "address_1": "1 Quay",
    "city": "Portland",
    "state": "ME",
    "postcode": "04101",
    "country": "US",
    "email": "ase@shop.example",
}


def buy(shop, product, quantity, status="processing"):
    order = {"status": status, "billing": ADDRESS, "payment_method": "card", "set_paid": False,
             "line_items": [{"product_id": product, "quantity": quantity}]}  # fmt: skip
    return shop.client.post("orders", order).data["id"]


@pytest.fixture
def selling(shop):
    shop.pull = pull_orders
    shop.item("A", 10)
    product = shop.product("A", 10)
    shop.sync()
    return product


@pytest.mark.cp_bug(30)
@pytest.mark.parametrize("status", ["processing", "on-hold"])
def test_what_the_shop_sold_is_not_offered_again_before_it_is_booked(shop, selling, status):
    buy(shop, selling, 3, status)
    assert shop.shown(selling) == 7
    report = shop.sync()
    assert (shop.shown(selling), report.written) == (7, 0)


def test_a_cancelled_order_gives_its_stock_back(shop, selling):
    order = buy(shop, selling, 3)
    shop.sync()
    shop.client.put(f"orders/{order}", {"status": "cancelled"})
    assert shop.sync().written == 0
    assert shop.shown(selling) == 10


def test_a_booked_order_is_subtracted_once(shop, selling):
    order = buy(shop, selling, 3)
    shop.sync()
    shop.book(order)
    shop.stock("A", 10, 3)
    assert shop.sync().written == 0
    assert shop.shown(selling) == 7


def test_a_sale_between_reading_and_writing_is_put_right_in_the_same_run(shop, selling):
    def pull(context, **options):
        report = pull_orders(context, **options)
        if not sold:
            sold.append(buy(shop, selling, 2))
        return report

    sold = []
    shop.stock("A", 20)
    report = shop.sync(pull=pull)
    assert shop.shown(selling) == 18
    assert report.facts["compare_and_send_rounds"] >= 2


def test_an_idle_run_is_two_requests(shop, selling):
    buy(shop, selling, 1)
    shop.sync()
    shop.sync()
    assert shop.sync().written == 0
    assert sorted(shop.requests()) == ["GET /orders", "GET /products"]


def test_a_running_order_pull_that_does_not_end_holds_raises_back(shop, selling):
    def busy(context, **options):
        report = pull_orders(context, mode="plan")
        report.outcome = "skipped"
        return report

    shop.stock("A", 50)
    assert shop.sync(pull=busy).waiting == 1
    assert shop.shown(selling) == 10
