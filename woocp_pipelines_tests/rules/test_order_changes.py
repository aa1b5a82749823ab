"""What changed, in words; and that ids which the store took away are no change (WC §1.4, §2)."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.order_changes import differences, joined, restore_ids
from woocp_pipelines.rules.order_content import OrderState, content_of, group_of_booked
from woocp_pipelines.settings import Orders
from woocp_pipelines_tests.rules.order_recordings import recorded_orders
from woocp_pipelines_tests.worked_example import example_order

ORDERS = Orders()
FEE = {"id": 9, "name": "Rush", "total": "5.00", "total_tax": "0.00", "taxes": []}
REFUND = {"id": 88, "reason": "", "total": "-20.00"}


def state(raw):
    return OrderState(raw, group_of_booked(str(raw.get("status")), ORDERS))


def words(before, after):
    return [each.words for each in differences(state(before), state(after))]


def full_order(**changes):
    raw = example_order(fee_lines=[FEE], refunds=[REFUND])
    raw["line_items"][1]["variation_id"] = 555
    return deepcopy({**raw, **changes})


def with_line(index=0, **changes):
    raw = full_order()
    raw["line_items"][index].update(changes)
    return raw


def address(block, **changes):
    return full_order(**{block: {**example_order()[block], **changes}})


NEW_LINE = {**example_order()["line_items"][0], "id": 15, "sku": "01-10251"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (
            with_line(quantity=3, total="56.97"),
            "line 1 (SKU 01-10100): quantity 2 → 3, total 37.98 → 56.97",
        ),
        (
            full_order(line_items=[*full_order()["line_items"], NEW_LINE]),
            "line 15 (SKU 01-10251) new: quantity 2, total 37.98",
        ),
        (
            full_order(line_items=full_order()["line_items"][:1]),
            "line 2 (SKU 01-10251-CARTON) removed: quantity 1, total 171.00",
        ),
        (with_line(product_id=7), "line 1 (SKU 01-10100): product 101 → 7"),
        (
            with_line(taxes=[{"id": 1, "total": "2.67"}]),
            "line 1 (SKU 01-10100): tax 2.66 (rate 1) → 2.67 (rate 1)",
        ),
        ({**full_order(), "refunds": []}, "refund 88 removed: total -20.00"),
        (
            {**full_order(), "refunds": [REFUND, {"id": 90, "reason": "late", "total": "-1"}]},
            "refund 90 (late) new: total -1.00",
        ),
        (full_order(status="cancelled"), "status processing → cancelled"),
        (full_order(total="255.10"), "total 236.11 → 255.10"),
        (
            address("shipping", address_1="8 Yard St"),
            'shipping address_1 "7 Yard St" → "8 Yard St"',
        ),
        (address("billing", email="b@x.test"), 'billing email "ann@printers.test" → "b@x.test"'),
        (full_order(date_paid_gmt=None), "paid 2026-01-05T15:30:20 UTC → not paid"),
        (full_order(payment_method="cheque"), 'payment method "nmi" → "cheque"'),
        (full_order(customer_id=78), "customer account 77 → 78"),
        (full_order(customer_note=""), 'customer note "Leave at dock 2" → ""'),
        (
            full_order(coupon_lines=[{"id": 4, "code": "TEN", "discount": "20"}]),
            "coupon 4 (TEN): discount 23.22 → 20.00",
        ),
        (
            {**full_order(), "fee_lines": [{**FEE, "total": "6"}]},
            "fee 9 (Rush): total 5.00 → 6.00",
        ),
        (
            full_order(shipping_lines=[]),
            "shipping line 3 (UPS Ground) removed: total 12.50",
        ),
        (full_order(tax_lines=[]), "tax rate 1 (Tax) removed: tax on goods 14.63"),
    ],
)
def test_a_clerk_reads_what_changed(after, expected):
    assert words(full_order(), after) == [expected]


def test_the_status_and_the_money_come_first_and_each_change_is_listed():
    after = with_line(quantity=3)
    after |= {"status": "cancelled", "total": "1", "refunds": [], "customer_note": "x"}
    found = [each.part for each in differences(state(full_order()), state(after))]
    assert found == ["group", "total", "refunds", "lines", "note"]


def test_a_line_keeps_the_sku_it_was_sold_by_though_its_product_is_gone():
    after = with_line(product_id=0, sku=None, quantity=5)
    assert "SKU 01-10100" in words(full_order(), restore_ids(after, full_order()))[0]
    nameless = with_line(sku=None)
    assert "(Item 01-10100)" in words(nameless, {**after, "line_items": after["line_items"]})[0]


def test_lists_in_another_order_are_the_same_order():
    after = full_order()
    after["line_items"].reverse()
    assert words(full_order(), after) == []
    assert state(after).digest == state(full_order()).digest


def test_twice_the_same_line_is_a_change_though_nothing_tells_them_apart():
    after = full_order()
    after["line_items"].append(after["line_items"][0])
    assert words(full_order(), after) == ["line 1 (SKU 01-10100) new: quantity 2, total 37.98"]


@pytest.mark.parametrize("junk", [None, "text", 7, [1], [{}], {"a": 1}])
@pytest.mark.parametrize("field", sorted(full_order()))
def test_an_order_that_nobody_can_read_still_says_what_changed(field, junk):
    after = {**full_order(), field: junk}
    same = state(after).digest == state(full_order()).digest
    assert (words(full_order(), after) == []) is same


def test_when_an_order_was_paid_that_costs_nothing_does_not_matter():
    free = full_order(total="0.00", date_paid_gmt=None)
    assert words(free, {**free, "date_paid_gmt": "2026-01-05T15:30:20"}) == []


def test_a_text_says_how_many_differences_it_leaves_out():
    assert joined(["one", "two", "three"], 100) == "one; two; three"
    assert joined(["one", "two", "three four"], 18) == "one; and 2 more"
    assert joined(["😀" * 9], 10) == "😀" * 5


@given(st.lists(st.text(min_size=1, max_size=90), max_size=30), st.integers(20, 500))
def test_a_text_of_differences_always_fits(texts, length):
    assert len(joined(texts, length).encode("utf-16-le")) <= 2 * length


def lose_ids(raw, lost):
    """What deleting products, variations and the customer leaves of an order."""
    after = deepcopy(raw)
    for name, line in zip(lost, after["line_items"], strict=False):
        if name in {"product", "both"}:
            line |= {"product_id": 0, "sku": None, "global_unique_id": None, "name": "gone"}
        if name in {"variation", "both"}:
            line["variation_id"] = 0
    if "customer" in lost:
        after["customer_id"] = 0
    return after


LOST = st.lists(
    st.sampled_from(["product", "variation", "both", "customer", "nothing"]), max_size=4
)
CHANGES = st.sampled_from(
    [
        lambda raw: raw.update(total="1.00"),
        lambda raw: raw.update(status="cancelled"),
        lambda raw: raw.update(customer_id=78),
        lambda raw: raw.update(customer_note="x"),
        lambda raw: raw.update(date_paid_gmt=None),
        lambda raw: raw.update(refunds=[]),
        lambda raw: raw.update(fee_lines=[]),
        lambda raw: raw["billing"].update(city="x"),
        lambda raw: raw["line_items"].pop(),
        lambda raw: raw["line_items"].append({**NEW_LINE, "product_id": 0}),
        lambda raw: raw["line_items"][0].update(product_id=99),
        lambda raw: raw["line_items"][0].update(variation_id=99),
        lambda raw: raw["line_items"][0].update(quantity=9),
        lambda raw: raw["line_items"][0].update(id=99),
        lambda raw: raw["line_items"][0].update(total="0.01"),
    ]
)


@given(LOST)
def test_an_order_that_only_lost_ids_is_unchanged(lost):
    after = restore_ids(lose_ids(full_order(), lost), full_order())
    assert state(after).digest == state(full_order()).digest
    assert words(full_order(), after) == []


@given(LOST, CHANGES)
def test_any_other_change_still_is_one_whatever_ids_were_lost(lost, change):
    after = lose_ids(full_order(), lost)
    change(after)
    restored = restore_ids(after, full_order())
    assert state(restored).digest != state(full_order()).digest
    assert words(full_order(), restored) != []


@given(LOST)
def test_restoring_touches_nothing_but_lost_ids(lost):
    before, after = full_order(), lose_ids(full_order(), lost)
    restored = restore_ids(after, before)
    assert restored["customer_id"] == before["customer_id"]
    for line, old, lost_line in zip(
        restored["line_items"], before["line_items"], after["line_items"], strict=True
    ):
        ids = {name: old[name] for name in ("product_id", "variation_id")}
        assert line == {**lost_line, **ids}
    assert {**restored, "line_items": [], "customer_id": 0} == {
        **after,
        "line_items": [],
        "customer_id": 0,
    }


def test_an_order_that_never_had_ids_gets_none():
    guest = full_order(customer_id=0)
    assert restore_ids(guest, guest) == guest
    assert restore_ids(guest, {}) == guest


def test_differences_and_hashes_agree_on_every_pair_of_recorded_orders():
    raws = [raw for _, raw in recorded_orders()][:60]
    for before in raws:
        for after in raws[::7]:
            same = content_of(before, "bookable") == content_of(after, "bookable")
            pair = OrderState(before, "bookable"), OrderState(after, "bookable")
            assert (differences(*pair) == []) is same
