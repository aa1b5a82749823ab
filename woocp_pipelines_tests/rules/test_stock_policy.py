"""The published quantity: its arithmetic, its limits, and what is left alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.stock_breaker import (
    Extent,
    Limits,
    is_covered,
    measure,
    reasons_to_stop,
    reasons_too_small,
)
from woocp_pipelines.rules.stock_policy import (
    LeftAlone,
    Published,
    StockFigures,
    StockPolicy,
    compare_stock,
    explain,
    published_quantity,
)
from woocp_pipelines.rules.store_products import StoreProduct, read_store_product
from woocp_pipelines.rules.units import SellableItem, SellingUnit, SoldAs

D = Decimal
ITEM = SellableItem("A", "PK", (SellingUnit("2", "CT", D(12), D(1)),))
QUANTITIES = st.decimals(min_value=-9999, max_value=9999, places=4)


def figures(on_hand="10", committed="0", unbooked="0", **more):
    values = {"item_typ": "I", "stat": "A", "is_ecomm": True} | more
    sums = (None if each is None else D(each) for each in (on_hand, committed))
    return StockFigures(ITEM, on_hand=next(sums), committed=next(sums), unbooked=D(unbooked),
                        **values)  # fmt: skip


def quantity(found, unit="0", **policy):
    answer = published_quantity(found, unit, StockPolicy(**policy))
    assert isinstance(answer, Published)
    return answer.quantity


def entry(shown, sku="A", unit="0", **more):
    product = StoreProduct(7, None, sku, shown, manages_stock=more.pop("managed", True))
    return MapEntry(product, SoldAs("A", unit), **more)


def compare(*entries, found=None, may_raise=True):
    return compare_stock(entries, {"A": found or figures()}, StockPolicy(), may_raise=may_raise)


def test_the_retailers_example_shows_fifteen():
    assert quantity(figures("495", "480")) == 15


def test_available_less_unbooked_less_buffer():
    assert quantity(figures("100", "40", "7.5"), buffer=D(2)) == 50
    assert quantity(figures("100", "40", "7.5"), buffer=D(2), quantity="on_hand") == 90


def test_buffer_and_orders_are_taken_off_before_cartons_are_counted():
    assert quantity(figures("36", "0", "0"), unit="2") == 3
    assert quantity(figures("36", "0", "0"), unit="2", buffer=D(1)) == 2


def test_the_buffer_of_an_item_beats_the_general_one():
    chosen = {"buffer": D(5), "buffers": {"A": D("2.5")}}
    assert quantity(figures("100"), **chosen) == 97
    assert quantity(figures("100"), **(chosen | {"buffers": {"B": D(50)}})) == 95
    assert quantity(figures("100"), **(chosen | {"buffers": {"A": D(0)}})) == 100
    policy = StockPolicy(**chosen)
    assert "buffer 2.5 = 97.5 PK" in explain(figures("100"), "0", policy)


def test_goods_that_are_all_promised_are_named_and_others_are_not():
    promised = [figures("5", "5"), figures("5", "7"), figures("0.5", "0.5")]
    others = [figures("5", "4"), figures("0", "3"), figures("-5", "0"),
              figures("5", "5", is_ecomm=False), figures(on_hand=None, committed=None)]  # fmt: skip
    assert all(each.is_promised_away for each in promised)
    assert not any(each.is_promised_away for each in others)


def test_a_gridded_item_is_left_alone_since_its_row_is_a_sum():
    answer = published_quantity(figures(trk_meth="G"), "0", StockPolicy())
    assert "TRK_METH" in answer.reason
    assert quantity(figures(trk_meth="S")) == 10
    assert quantity(figures(trk_meth="G", stat="D"), unlisted="zero") == 0


def test_an_item_that_is_gone_follows_the_setting_like_one_that_left_the_web():
    assert isinstance(published_quantity(None, "0", StockPolicy()), LeftAlone)
    assert quantity(None, unlisted="zero") == 0


def test_an_empty_stock_row_counts_and_so_do_buffer_and_orders_then():
    assert "0 - committed 0 - unbooked web orders 2 = -2" in explain(
        figures("0", "0", "2"), "0", StockPolicy()
    )


def test_below_zero_is_published_as_zero_and_says_what_was_found():
    found = figures("-7000", "1000")
    assert quantity(found) == 0
    assert explain(found, "0", StockPolicy()) == (
        "on hand -7000 - committed 1000 - unbooked web orders 0 = -8000 PK; published 0"
    )


def test_the_explanation_shows_the_unit_and_the_buffer():
    text = explain(figures("40", "2", "1"), "2", StockPolicy(buffer=D(3)))
    assert text == (
        "on hand 40 - committed 2 - unbooked web orders 1 - buffer 3 = 34 PK; "
        "34 x 1 / 12 = 2 CT; published 2"
    )


@pytest.mark.cp_bug(34)
@pytest.mark.parametrize(
    ("found", "unit"),
    [
        (None, "0"),
        (figures(item_typ="N"), "0"),
        (figures(on_hand=None, committed=None), "0"),
        (figures(), "3"),
        (figures(is_ecomm=False), "0"),
        (figures(stat="D"), "0"),
    ],
)
def test_what_is_not_known_or_not_ours_is_left_alone(found, unit):
    assert isinstance(published_quantity(found, unit, StockPolicy()), LeftAlone)
    assert explain(found, unit, StockPolicy()).startswith("left alone: ")


def test_only_a_missing_stock_row_is_a_problem_for_people():
    policy = StockPolicy(locations=("01", "02"))
    missing = published_quantity(figures(on_hand=None, committed=None), "0", policy)
    assert isinstance(missing, LeftAlone)
    assert missing.problem is not None
    assert missing.problem.code == "NO_INVENTORY_ROW"
    assert missing.problem.found.endswith("has no stock row at 01, 02")
    for other in (figures(on_hand=None, committed=None, trk_meth="G"), figures(stat="D"), None):
        answer = published_quantity(other, "0", policy)
        assert isinstance(answer, LeftAlone)
        assert answer.problem is None


def test_a_service_is_left_alone_also_where_unlisted_items_become_zero():
    policy = StockPolicy(unlisted="zero")
    assert isinstance(published_quantity(figures(item_typ="S", stat="D"), "0", policy), LeftAlone)
    assert quantity(figures(stat="D"), unlisted="zero") == 0


def test_status_v_is_still_sold():
    assert quantity(figures(stat="V")) == 10


def test_only_differences_become_changes():
    found = compare(entry(10), entry(9), entry(11), entry(None))
    assert [(change.before, change.after) for change in found.changes] == [
        (9, 10),
        (11, 10),
        (None, 10),
    ]
    assert (len(found.equal), found.compared) == (1, 4)


def test_inactive_unresolved_and_unmanaged_products_do_not_count():
    unresolved = MapEntry(StoreProduct(7, None, "A", 1, manages_stock=True), None)
    found = compare(entry(1, active=False), entry(1, managed=False), unresolved)
    assert found.compared == 0


def test_without_orders_quantities_may_only_fall():
    found = compare(entry(9), entry(11), entry(None), may_raise=False)
    assert [change.before for change in found.changes] == [11]
    assert [change.before for change in found.held_back] == [9, None]


def test_an_unknown_quantity_may_be_zeroed_without_orders():
    assert len(compare(entry(None), found=figures("0"), may_raise=False).changes) == 1


@given(QUANTITIES, QUANTITIES, st.decimals(0, 999, places=4), st.decimals(0, 99, places=4))
def test_the_shop_never_shows_more_than_is_free(on_hand, committed, unbooked, buffer):
    found = figures(str(on_hand), str(committed), str(unbooked))
    shown = quantity(found, buffer=buffer)
    assert 0 <= shown
    assert shown <= max(D(0), on_hand - committed - unbooked - buffer)


def test_the_breaker_measures_changes_and_new_zeroes():
    found = compare(entry(9), entry(None), entry(0), entry(-3), found=figures("0"))
    assert measure(found) == Extent(compared=4, changed=3, zeroed=2)


@pytest.mark.parametrize(
    ("extent", "count"),
    [
        (Extent(100, 30, 10), 0),
        (Extent(100, 31, 10), 1),
        (Extent(100, 31, 11), 2),
        (Extent(9, 9, 9), 0),
        (Extent(10, 10, 10), 2),
        (Extent(0, 0, 0), 0),
    ],
)
def test_shares_may_be_reached_but_not_exceeded_and_few_products_are_exempt(extent, count):
    reasons = reasons_to_stop(extent, Limits(D("0.3"), D("0.1")))
    assert len(reasons) == count


def test_how_few_products_are_exempt_is_a_setting():
    limits = Limits(D("0.3"), D("0.1"), least_items=3)
    assert len(reasons_to_stop(Extent(4, 3, 3), limits)) == 2
    assert len(reasons_to_stop(Extent(4, 3, 2), limits)) == 1
    assert reasons_too_small(Extent(4, 3, 2), limits) == [
        "2 of 4 products would be shown with zero (50.0%, allowed 10.0%)"
    ]
    assert reasons_too_small(Extent(100, 2, 2), limits) == []


def test_an_approval_covers_a_few_products_more_but_not_another_situation():
    assert is_covered(Extent(500, 110, 20), Extent(500, 100, 15))
    assert not is_covered(Extent(500, 100, 60), Extent(500, 100, 15))


def test_records_of_the_store_are_read_as_what_they_can_be():
    base = {"id": 5, "sku": " A ", "parent_id": 0, "type": "simple", "manage_stock": True}
    read = read_store_product
    assert read(base | {"stock_quantity": 3}) == StoreProduct(5, None, "A", 3, manages_stock=True)
    assert read(base | {"stock_quantity": D("1.5")}).quantity is None
    assert read(base | {"stock_quantity": D("2.0")}).quantity == 2
    assert read(base | {"stock_quantity": 2**31}).quantity is None
    assert read(base | {"manage_stock": False, "stock_quantity": None}).manages_stock is False
    on_parent = read(base | {"type": "variation", "parent_id": 4, "manage_stock": "parent"})
    assert (on_parent.parent_id, on_parent.stock_on_parent, on_parent.quantity) == (4, True, None)
    assert [read(base | {"type": kind}) for kind in ("variable", "grouped", "external")] == [
        None,
        None,
        None,
    ]
