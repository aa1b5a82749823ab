"""Which changes of an order are changes (design §4), and that a kept order is the same order."""

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from woocp_pipelines.rules.order_content import (
    content_hash,
    decode_order,
    encode_order,
    status_group,
)
from woocp_pipelines.settings import Orders
from woocp_pipelines_tests.rules.order_recordings import body, recorded_orders
from woocp_pipelines_tests.worked_example import example_order

ORDERS = Orders()
Json = dict[str, Any]
FEE = {"id": 9, "name": "Rush", "total": "5.00", "total_tax": "0.00", "taxes": []}
REFUND = {"id": 30, "reason": "", "total": "-5.00"}


def hash_of(raw: Json) -> str:
    return content_hash(raw, status_group(raw["status"], ORDERS))


def with_line(**changes: Any) -> Json:
    raw = example_order()
    raw["line_items"][0].update(changes)
    return raw


def within(part: str, index: int, **changes: Any) -> Json:
    raw = example_order(fee_lines=[FEE], refunds=[REFUND])
    raw[part] = deepcopy(raw[part])
    raw[part][index].update(changes)
    return raw


@pytest.mark.parametrize(
    "echo",
    [
        example_order(status="completed"),
        example_order(date_modified_gmt="2026-01-06T00:00:00", date_completed_gmt="2026-01-06"),
        example_order(meta_data=[{"id": 1, "key": "_woocp_doc_id", "value": "1"}]),
        with_line(sku="ANOTHER"),
        with_line(sku=None, name="Renamed", price=Decimal("18.9900001"), image={"id": ""}),
        with_line(subtotal="42.2", total="37.980", quantity=Decimal("2.0")),
        with_line(meta_data=[{"id": 1, "key": "_reduced_stock", "value": "2"}]),
    ],
    ids=["completed", "times", "meta", "sku", "name", "decimals", "line-meta"],
)
def test_what_changes_by_itself_is_no_change(echo):
    assert hash_of(echo) == hash_of(example_order())


@pytest.mark.parametrize(
    ("one", "other"),
    [("5", "5.00"), ("0.00", "-0.00"), ("10", "1e1")],
)
def test_the_same_amount_in_other_words_is_the_same(one, other):
    """WC §2: a coupon's discount can be "5"."""
    written = [
        example_order(coupon_lines=[{"id": 4, "code": "TEN", "discount": amount}])
        for amount in (one, other)
    ]
    assert hash_of(written[0]) == hash_of(written[1])


def address(block: str, field: str) -> Callable[[], Json]:
    return lambda: example_order(**{block: {**example_order()[block], field: "other"}})


CHANGES: dict[str, Callable[[], Json]] = {
    "held": lambda: example_order(status="on-hold"),
    "cancelled": lambda: example_order(status="cancelled"),
    "currency": lambda: example_order(currency="EUR"),
    "customer": lambda: example_order(customer_id=78),
    "bill-to": address("billing", "company"),
    "e-mail": address("billing", "email"),
    "ship-to": address("shipping", "address_1"),
    "line id": lambda: with_line(id=99),
    "product": lambda: with_line(product_id=99),
    "variation": lambda: with_line(variation_id=99),
    "quantity": lambda: with_line(quantity=3),
    "subtotal": lambda: with_line(subtotal="42.21"),
    "line total": lambda: with_line(total="37.97"),
    "line tax": lambda: with_line(taxes=[{"id": 1, "total": "2.67"}]),
    "line added": lambda: example_order(line_items=example_order()["line_items"] * 2),
    "line removed": lambda: example_order(line_items=example_order()["line_items"][:1]),
    "shipping total": lambda: within("shipping_lines", 0, total="12.51"),
    "shipping method": lambda: within("shipping_lines", 0, method_id="pickup"),
    "shipping tax": lambda: within("shipping_lines", 0, total_tax="0.01"),
    "fee": lambda: within("fee_lines", 0, total="5.01"),
    "fee name": lambda: within("fee_lines", 0, name="Other"),
    "coupon": lambda: within("coupon_lines", 0, code="TWENTY"),
    "discount": lambda: within("coupon_lines", 0, discount="23.23"),
    "tax rate": lambda: within("tax_lines", 0, tax_total="14.64"),
    "refund": lambda: within("refunds", 0, total="-6.00"),
    "payment": lambda: example_order(payment_method="cheque"),
    "date paid": lambda: example_order(date_paid_gmt=None),
    "note": lambda: example_order(customer_note="Leave at dock 3"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_would_change_the_booking_is_a_change(name):
    same = (example_order(), example_order(fee_lines=[FEE], refunds=[REFUND]))
    assert hash_of(CHANGES[name]()) not in {hash_of(raw) for raw in same}


def test_a_refund_is_a_change_though_the_total_stays():
    assert hash_of(example_order(refunds=[REFUND])) != hash_of(example_order())


def test_the_recorded_changes_are_told_from_the_recorded_echoes():
    before = hash_of(body("order_put_meta_new"))
    assert hash_of(body("order_put_meta_same")) == before
    after = hash_of(body("order_put_line_qty"))
    assert after != before
    assert hash_of(body("order_put_line_meta")) == after


def test_a_kept_order_has_the_same_hash():
    assert len(recorded_orders()) > 100
    for _, raw in recorded_orders():
        assert hash_of(decode_order(encode_order(raw))) == hash_of(raw)


def test_a_kept_order_keeps_every_letter_and_number():
    raw = example_order(customer_note="Åse 😀 8½", weight=Decimal("1.5"))
    assert decode_order(encode_order(raw)) == raw | {
        "line_items": decode_order(encode_order(raw))["line_items"]
    }
    assert decode_order(encode_order(raw))["customer_note"] == "Åse 😀 8½"


def test_what_is_no_object_is_no_kept_order():
    with pytest.raises(TypeError, match="JSON object"):
        decode_order("[]")
    with pytest.raises(TypeError, match="cannot be kept"):
        encode_order({"x": object()})


@pytest.mark.parametrize(
    ("status", "group"),
    [
        ("processing", "bookable"),
        ("completed", "bookable"),
        ("on-hold", "held"),
        ("pending", "other"),
        ("trash", "other"),
        ("nonesuch", "other"),
    ],
)
def test_statuses_have_their_groups(status, group):
    assert status_group(status, ORDERS) == group
