"""The invented retailer: its orders add up, its expectations fit, and it is one piece."""

from decimal import Decimal

import pytest

from woocp_pipelines.sandbox.retailer.customers import all_customers
from woocp_pipelines.sandbox.retailer.expectations import expected_of
from woocp_pipelines.sandbox.retailer.order_json import order_json
from woocp_pipelines.sandbox.retailer.order_seed import OrderSeed
from woocp_pipelines.sandbox.retailer.shelf import shown_quantity, sold_by_listing
from woocp_pipelines.sandbox.retailer.web_shop import Retailer, build_retailer

RETAILER = build_retailer()


def order_of(number: int) -> OrderSeed:
    return next(order for order in RETAILER.orders if order.order_id == number)


def total_of(rows, name):
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


@pytest.mark.parametrize("order", RETAILER.orders, ids=lambda order: str(order.order_id))
def test_lines_charges_and_taxes_add_up_to_the_total(order):
    raw = order_json(order, RETAILER.shop)
    charges = ("line_items", "shipping_lines", "fee_lines")
    net = sum((total_of(raw[name], "total") for name in charges), Decimal(0))
    tax = sum((total_of(raw[name], "total_tax") for name in charges), Decimal(0))
    assert tax == Decimal(raw["total_tax"])
    assert tax == total_of(raw["tax_lines"], "tax_total") + total_of(
        raw["tax_lines"], "shipping_tax_total"
    )
    assert Decimal(raw["total"]) - net - tax == order.off
    for line in raw["line_items"]:
        assert Decimal(line["total_tax"]) == total_of(line["taxes"], "total")


@pytest.mark.parametrize("order", RETAILER.orders, ids=lambda order: str(order.order_id))
def test_discounts_are_what_the_coupons_took_from_the_lines(order):
    raw = order_json(order, RETAILER.shop)
    taken = total_of(raw["line_items"], "subtotal") - total_of(raw["line_items"], "total")
    assert taken == Decimal(raw["discount_total"]) == total_of(raw["coupon_lines"], "discount")


def test_amounts_are_texts_of_two_decimals():
    raw = order_json(order_of(7014), RETAILER.shop)
    assert raw["line_items"][0]["total"] == "114.45"  # 350 at 0.3270
    assert raw["total"] == "134.37"  # + 11.80 freight + 0.68 tax on it + 6.58 + 0.86


def test_a_worked_order_has_the_amounts_worked_out_by_hand():
    # 24 boxes at 0.9800 = 23.52 and 75 at 1.2550 = 94.13 (half a cent up); freight 11.80
    raw = order_json(order_of(7004), RETAILER.shop)
    assert [line["subtotal"] for line in raw["line_items"]] == ["23.52", "94.13"]
    # 5.75 %: 1.35 + 5.41 + 0.68 on freight; 0.75 %: 0.18 + 0.71, none on freight
    assert [line["total_tax"] for line in raw["line_items"]] == ["1.53", "6.12"]
    assert (raw["shipping_tax"], raw["total_tax"]) == ("0.68", "8.33")
    assert raw["total"] == "137.78"


def test_two_orders_stand_on_both_sides_of_the_hour_that_came_twice():
    created = [order_of(number).created for number in (7040, 7041)]
    assert created == ["2026-11-01T05:30:00", "2026-11-01T06:30:00"]


def test_every_expectation_is_of_an_existing_order_and_every_order_has_one():
    expected = expected_of(RETAILER)
    assert set(expected.orders) == {order.order_id for order in RETAILER.orders}
    assert len(expected.orders) == len(RETAILER.orders)
    assert set(expected.stock) == {one.sku for one in RETAILER.listings if one.sku}


def test_every_outcome_and_refusal_occurs():
    expected = expected_of(RETAILER)
    assert {order.outcome for order in expected.orders.values()} == {
        "booked",
        "held",
        "refused",
        "ignored",
    }
    assert {order.code for order in expected.of("refused")} == {
        "AMBIGUOUS_CUSTOMER",
        "NO_SKU",
        "SKU_NOT_FOUND",
        "UNIT_UNKNOWN",
        "NO_PAY_CODE",
        "ARITHMETIC",
        "CURRENCY",
    }
    unpaid = {order.order_id for order in expected.of("booked") if order.deposit == 0}
    assert unpaid == {7015, 7016, 7018}


def test_expected_lines_are_in_units_of_the_item():
    lines = expected_of(RETAILER).orders[7011].lines
    assert [(one.item_no, one.sell_unit, one.stocking) for one in lines] == [
        ("TP-1002", "1", Decimal(72)),
        ("PR-1002", "1", Decimal(30)),
    ]
    markers = expected_of(RETAILER).orders[7013].lines[0]
    assert (markers.item_no, markers.stocking) == ("OF-1003", Decimal("0.25"))


def test_stocking_quantities_are_exact_to_four_decimals():
    for order in expected_of(RETAILER).of("booked"):
        for line in order.lines:
            assert line.stocking == line.stocking.quantize(Decimal("0.0001"))


def test_booked_orders_name_customers_that_exist():
    numbers = {customer.cust_no for customer in all_customers()}
    named = {order.customer for order in expected_of(RETAILER).of("booked")} - {None}
    assert named <= numbers
    assert len(numbers) == len(all_customers())


def test_the_shop_differs_in_every_way_and_stays_below_the_circuit_breaker():
    before, after = _stock(RETAILER)
    changed = {sku for sku, quantity in after.items() if before[sku] != quantity}
    emptied = {sku for sku in changed if after[sku] == 0 and before[sku] > 0}
    raised = {sku for sku in changed if after[sku] > before[sku] >= 0}
    oversold = {sku for sku in changed if before[sku] < 0}
    assert all((emptied, raised, oversold, changed - emptied - raised - oversold))
    assert len(changed) / len(after) < 0.3
    assert len(emptied) / len(after) < 0.1


def test_the_catalogue_has_the_peculiarities_of_a_real_one():
    items = RETAILER.catalogue
    assert len(items) == 500
    assert 430 <= sum(item.on_web for item in items) <= 470
    assert {item.status for item in items} == {"A", "V", "D"}
    assert {item.kind for item in items} == {"I", "N", "S"}
    assert {item.tracking for item in items} == {"N", "S", "G"}
    assert any(item.on_hand < 0 for item in items)
    assert any(item.on_hand > 0 > item.available for item in items)
    assert any(item.on_hand != int(item.on_hand) for item in items)
    assert all(len(item.text) <= 30 for item in items)


def test_item_numbers_and_skus_are_unique_and_stable_for_any_size():
    larger = build_retailer(items=1200)
    for retailer in (RETAILER, larger):
        skus = [one.sku.upper() for one in retailer.listings if one.sku]
        assert len(skus) == len(set(skus))
    assert RETAILER.items["PR-1003"] == larger.items["PR-1003"]
    assert [one.order_id for one in larger.orders] == [one.order_id for one in RETAILER.orders]


def test_too_few_items_are_refused_with_the_number_that_is_needed():
    with pytest.raises(ValueError, match="items: found 100, expected at least 185"):
        build_retailer(items=100)


def _stock(retailer: Retailer) -> tuple[dict[str, int], dict[str, int]]:
    """What managed products show at first, and what they must show in the end, by SKU."""
    sold, stock = sold_by_listing(retailer.orders), expected_of(retailer).stock
    after = {sku: quantity for sku, quantity in stock.items() if quantity is not None}
    before = {}
    for sku in after:
        listing = retailer.shop[sku]
        item = retailer.items[listing.item_no]
        before[sku] = shown_quantity(listing, item, sold.get(sku, 0))
    return before, after
