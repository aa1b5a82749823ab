"""Reading orders: every recorded one without a problem, every bad field by its name."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from woocp_pipelines.rules.order_content import decode_order, encode_order
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.rules.order_recordings import body, recorded_orders
from woocp_pipelines_tests.worked_example import example_order

D = Decimal


def changed(path: str, value: Any) -> dict[str, Any]:
    """The example's order with one field set, the path written as problems write it."""
    order: Any = deepcopy(FULL)
    *parents, last = path.replace("]", "").replace("[", ".").split(".")
    target = order
    for part in parents:
        target = target[int(part)] if part.isdigit() else target[part]
    if value is GONE:
        del target[last]
    else:
        target[last] = value
    return order


GONE = object()
FULL = example_order(
    fee_lines=[{"id": 9, "name": "Rush", "total": "5.00", "total_tax": "0.00", "taxes": []}]
)
AMOUNTS = [
    "total",
    "total_tax",
    "shipping_total",
    "discount_total",
    "line_items[0].quantity",
    "line_items[1].subtotal",
    "line_items[1].total",
    "line_items[0].total_tax",
    "line_items[0].taxes[0].total",
    "shipping_lines[0].total",
    "fee_lines[0].total_tax",
    "coupon_lines[0].discount",
    "tax_lines[0].tax_total",
    "tax_lines[0].shipping_tax_total",
]
WHOLE_NUMBERS = [
    "id",
    "customer_id",
    "line_items[0].id",
    "line_items[1].product_id",
    "line_items[1].variation_id",
    "line_items[0].taxes[0].id",
    "tax_lines[0].rate_id",
]
LISTS = ["line_items", "shipping_lines", "fee_lines", "coupon_lines", "tax_lines"]
TEXTS = ["number", "status", "payment_method", "customer_note", "line_items[0].name"]


def refusal(path: str, value: Any) -> Any:
    with pytest.raises(RefusedError) as refused:
        read_order(changed(path, value))
    problem = refused.value.first
    assert problem.code == "BAD_ORDER"
    return problem


def test_every_recorded_order_is_read():
    orders = [read_order(raw) for _, raw in recorded_orders()]
    assert len(orders) > 100
    assert {order.currency for order in orders} == {"USD"}
    assert all(order.created.utcoffset() is not None for order in orders)


def test_every_recorded_order_is_read_alike_after_it_was_kept():
    for _, raw in recorded_orders():
        assert read_order(decode_order(encode_order(raw))) == read_order(raw)


def test_the_worked_example_is_read_exactly():
    order = read_order(example_order())
    assert (order.order_id, order.number, order.customer_id) == (20001, "20001", 77)
    assert order.created == datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
    assert order.paid == datetime(2026, 1, 5, 15, 30, 20, tzinfo=UTC)
    assert [(line.sku, line.quantity, line.total) for line in order.lines] == [
        ("01-10100", D(2), D("37.98")),
        ("01-10251-CARTON", D(1), D("171.00")),
    ]
    assert order.shipping_lines[0].method == "flat_rate:2"
    assert (order.goods_total, order.fee_total) == (D("208.98"), 0)
    assert order.discount_total == D("23.22")
    assert order.ship_to["address_1"] == "7 Yard St"


def test_a_deleted_product_leaves_its_name_and_amounts():
    """WC §2: sku null, product_id 0."""
    raw = next(
        raw for name, raw in recorded_orders() if name == "order_deleted_and_trashed_product_lines"
    )
    line = next(line for line in read_order(raw).lines if line.product_id == 0)
    assert line.sku is None
    assert line.name
    assert line.total > 0


def test_the_float_noise_of_a_price_never_becomes_money():
    noisy = [
        (raw, line)
        for _, raw in recorded_orders()
        for line in raw["line_items"]
        if len(str(line["price"])) > 12
    ]
    assert noisy
    for raw, _ in noisy:
        for line in read_order(raw).lines:
            assert line.total == line.total.quantize(D("0.01"))


def test_a_fractional_quantity_is_kept():
    """CP §6.2: int() truncation was a bug."""
    lines = read_order(body("decimal_order_read_plugin_on")).lines
    assert D("1.5") in [line.quantity for line in lines]


def test_a_price_that_was_read_as_a_float_is_no_problem_but_an_amount_is():
    assert read_order(changed("line_items[0].price", 18.990000000000002)).lines
    assert refusal("line_items[0].total", 37.98).found == "37.98"


@pytest.mark.parametrize("path", AMOUNTS)
@pytest.mark.parametrize("value", ["abc", "1,50", "NaN", "1e12", {}, True])
def test_an_amount_that_is_none_is_refused_by_its_path(path, value):
    problem = refusal(path, value)
    assert (problem.field, problem.found) == (path, repr(value))
    assert problem.expected.startswith("a decimal number")
    assert problem.next_step


@pytest.mark.parametrize("path", [path for path in AMOUNTS if "taxes" not in path])
def test_a_missing_amount_is_never_zero(path):
    assert refusal(path, GONE).found == "None"
    assert refusal(path, "").field == path


@pytest.mark.parametrize(("shown", "applies"), [("", False), (None, False), ("0.00", True)])
def test_a_rate_that_does_not_apply_to_a_line_is_none_of_its_rates(shown, applies):
    order = read_order(changed("line_items[0].taxes[0].total", shown))
    assert [each.total for each in order.lines[0].taxes] == [0] * applies


def test_a_real_store_names_rates_on_taxed_parts_only():
    """Also where nothing is charged: free shipping has its rate, with 0.00."""
    parts = [
        part
        for _, raw in recorded_orders()
        for order in [read_order(raw)]
        for part in (*order.lines, *order.shipping_lines, *order.fee_lines)
    ]
    rated, unrated = (
        [each for each in parts if each.taxes],
        [each for each in parts if not each.taxes],
    )
    assert {each.total_tax for each in unrated} == {D(0)}
    assert [each for each in rated if each.total and not each.total_tax] == []
    assert [each for each in rated if not each.total]


@pytest.mark.parametrize("path", WHOLE_NUMBERS)
@pytest.mark.parametrize("value", ["7", None, D("1.5"), -1, True])
def test_an_id_that_is_none_is_refused_by_its_path(path, value):
    problem = refusal(path, value)
    assert (problem.field, problem.expected) == (path, "a whole number from 0")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("value", [None, {}, "x", [1]])
def test_a_missing_list_is_not_an_empty_one(path, value):
    assert refusal(path, value).field == path
    assert refusal(path, GONE).expected == "a list of objects"


@pytest.mark.parametrize("path", ["date_created_gmt", "date_modified_gmt", "date_paid_gmt"])
@pytest.mark.parametrize(
    "value", ["yesterday", "2026-01-05", 20260105, "2026-01-05T10:30:00-05:00"]
)
def test_a_time_that_is_no_utc_time_is_refused(path, value):
    assert refusal(path, value).field == path


@pytest.mark.parametrize("path", ["date_created_gmt", "date_modified_gmt"])
def test_a_missing_time_is_refused_but_unpaid_is_no_problem(path):
    assert refusal(path, None).found == "None"
    assert read_order(changed("date_paid_gmt", None)).paid is None


@pytest.mark.parametrize("path", ["billing", "shipping"])
def test_an_address_that_is_no_object_is_refused(path):
    assert refusal(path, []).field == path


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_that_is_none_is_refused(path):
    assert refusal(path, ["x"]).expected == "a text"


def test_entities_are_decoded_and_the_id_stands_for_a_missing_number():
    order = read_order(changed("line_items[0].name", "Bl&aring;b&aelig;r &amp; Jam"))
    assert order.lines[0].name == "Blåbær & Jam"
    assert read_order(changed("number", "")).number == "20001"


def test_without_a_shipping_street_goods_go_to_the_billing_address():
    order = read_order(changed("shipping.address_1", ""))
    assert order.ship_to["address_1"] == "1 Dock Rd"
    assert order.email == "ann@printers.test"
