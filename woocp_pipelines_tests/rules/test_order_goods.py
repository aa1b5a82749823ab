"""What of an order's lines can be read though the order cannot."""

from dataclasses import replace
from decimal import Decimal

import pytest

from woocp_pipelines.rules.order_goods import (
    FirstSight,
    GoodsLine,
    UnreadLine,
    read_goods,
    recalled,
    was_taken_away,
)
from woocp_pipelines.rules.units import SoldAs
from woocp_pipelines.rules.web_order import WebLine

LINE = {"id": 5, "product_id": 7, "variation_id": 8, "sku": " AB ", "quantity": "1.5"}


def test_a_line_is_read_without_its_amounts():
    found = read_goods({"line_items": [{**LINE, "total": "n/a", "taxes": None}]})
    assert found.lines == (GoodsLine(5, 7, 8, "AB", Decimal("1.5")),)
    assert (found.unread, found.warning({5: "2 of AB"})) == ((), "")


@pytest.mark.parametrize(
    "quantity", [None, "two", True, -1, "1e99", {}, Decimal("NaN"), 10**9, float("inf")]
)
def test_a_quantity_that_is_none_is_named_and_holds_up_no_other_line(quantity):
    found = read_goods({"line_items": [{**LINE, "quantity": quantity}, LINE]})
    assert [line.line_id for line in found.lines] == [5]
    assert found.warning({}) == "; until then the goods of line_items[0] are not kept back"


def test_an_earlier_line_may_be_the_one_that_cannot_be_read_now():
    bad = {**LINE, "id": 6, "quantity": None}
    found = read_goods({"line_items": [LINE, bad]})
    assert [found.may_be_unread(line_id) for line_id in (5, 6, 7)] == [False, True, False]
    nameless = read_goods({"line_items": [LINE, {**bad, "id": "x"}]})
    assert [nameless.may_be_unread(line_id) for line_id in (5, 6, 7)] == [False, True, True]
    assert read_goods({"line_items": None}).may_be_unread(5)


def test_people_hear_which_goods_stay_kept_back_and_which_do_not():
    bad = {**LINE, "quantity": None}
    found = read_goods({"line_items": [LINE, {**bad, "id": 6}, {**bad, "id": 7}]})
    said = found.warning({5: "1 of AB", 6: "2 of CD"})
    assert said == (
        "; until then 2 of CD stay kept back, as they were read last, and the goods of "
        "line_items[2] are not kept back"
    )
    whole = read_goods({"line_items": None})
    many = whole.warning({number: f"1 of I{number}" for number in range(7)})
    assert "1 of I4, 2 more lines stay kept back" in many
    assert "not kept back" not in many


@pytest.mark.parametrize("items", [None, {}, "x", 3])
def test_no_list_of_lines_is_named_as_a_whole(items):
    assert read_goods({"line_items": items}).unread == (UnreadLine("line_items"),)


def test_what_is_no_line_is_named():
    assert read_goods({"line_items": ["x", None, LINE]}).unread == (
        UnreadLine("line_items[0]"),
        UnreadLine("line_items[1]"),
    )


def test_a_line_without_product_is_named_and_may_be_remembered_by_its_id():
    found = read_goods({"line_items": [{"id": 5, "product_id": 0, "sku": "", "quantity": 2}]})
    assert found.lines == (GoodsLine(5, 0, 0, None, Decimal(2)),)
    assert found.unread == (UnreadLine("line_items[0]", 5),)
    assert found.warning({5: "2 of AB"}) == ""


@pytest.mark.parametrize("value", ["7", None, -7, True, 1.5, 2**63])
def test_an_id_that_is_none_is_nothing_and_the_sku_still_says_which_product(value):
    found = read_goods({"line_items": [{**LINE, "product_id": value, "variation_id": value}]})
    assert found.lines == (GoodsLine(5, 0, 0, "AB", Decimal("1.5")),)
    assert found.unread == ()


def test_lines_that_share_an_id_or_have_none_keep_a_key_of_their_own():
    found = read_goods({"line_items": [LINE, LINE, {**LINE, "id": "x"}]})
    assert [line.line_id for line in found.lines] == [5, -2, -3]


@pytest.mark.parametrize(
    ("product_id", "variation_id", "taken"),
    [(7, 8, False), (0, 0, True), (7, 0, True), (9, 0, False), (9, 9, False)],
)
def test_ids_that_turned_zero_mean_a_deleted_product(product_id, variation_id, taken):
    line = GoodsLine(5, product_id, variation_id, "AB", Decimal(1))
    assert was_taken_away(line, 7, 8) is taken


def test_a_line_that_never_had_a_product_lost_none():
    assert not was_taken_away(GoodsLine(5, 0, 0, None, Decimal(1)), 0, 0)


def web_line(product_id, variation_id, sku):
    two = Decimal(2)
    return WebLine(5, product_id, variation_id, "Goods - ink", sku, two, two, two, two)


@pytest.mark.parametrize(("product_id", "sku"), [(0, None), (7, "PARENT")])
def test_a_line_that_lost_its_product_is_what_it_was_and_keeps_name_and_amounts(product_id, sku):
    seen = FirstSight(7, 8, "INK-CARTON", SoldAs("INK", "1"))
    found = recalled(web_line(product_id, 0, sku), seen)
    assert found == replace(web_line(7, 8, "INK-CARTON"), is_recalled=True, sold=SoldAs("INK", "1"))


@pytest.mark.parametrize("seen", [None, FirstSight(7, 8, "OLD", SoldAs("OLD"))])
def test_a_line_whose_product_is_there_is_what_the_store_says(seen):
    there = web_line(7, 8, "NEW")
    assert recalled(there, seen) is there
