"""What the product map says after a reading: owners of SKUs, people's rows, what is remembered."""

from dataclasses import replace

import pytest

from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.product_mapping import (
    MapEntry,
    mapped_as,
    sold_by_variations,
    update_map,
)
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import SellableItem, SoldAs, resolve_sku, sku_key

ITEMS = {number: SellableItem(number, "PK") for number in ("A", "B")}


def product(product_id, sku, quantity=5, **more):
    values = {"parent_id": None, "manages_stock": quantity is not None} | more
    return StoreProduct(product_id, sku=sku, quantity=quantity, **values)


def resolver(items=ITEMS):
    def resolve(sku, mapped):
        return resolve_sku(sku, items_by_no=items, mapped=mapped, suffixes={}, barcodes={})

    return resolve


def row(product_id, sku, item_no, **more):
    sold = SoldAs(item_no) if item_no else None
    return MapEntry(product(product_id, sku), sold, **({"map_id": product_id} | more))


def update(known, seen, items=ITEMS, **more):
    entries = {entry.product.product_id: entry for entry in known}
    return update_map(entries, seen, resolver(items), **more)


def codes(found):
    return {key: [one.code for one in problems] for key, (_, problems) in found.problems.items()}


def test_an_item_that_vanishes_is_remembered_and_reported():
    found = update([row(1, "A", "A")], [product(1, "A")], items={})
    assert codes(found) == {1: ["SKU_NOT_FOUND"]}
    assert (found.entries[1].sold, found.entries[1].lost) == (SoldAs("A"), True)
    assert found.changed == []
    assert found.entries[1].is_unresolved


def test_it_is_no_longer_lost_once_it_is_back():
    found = update([row(1, "A", "A", lost=True)], [product(1, "A")])
    assert codes(found) == {1: []}
    assert not found.entries[1].is_unresolved


def test_a_changed_sku_of_our_row_forgets_the_item_and_one_of_people_keeps_it():
    ours, theirs = row(1, "A", "A"), row(2, "B", "B", ours=False)
    found = update([ours, theirs], [product(1, "X"), product(2, "Y")])
    assert found.entries[1].sold is None
    assert found.entries[2].sold == SoldAs("B")
    assert codes(found) == {1: ["SKU_NOT_FOUND"], 2: []}


def test_people_keep_their_item_while_counterpoint_lacks_it():
    found = update([row(2, "B", "B", ours=False)], [product(2, "Y")], items={})
    assert found.entries[2].sold == SoldAs("B")
    assert codes(found) == {2: ["SKU_NOT_FOUND"]}


@pytest.mark.parametrize("sku", ["№ 5", "S" * 51])
def test_an_sku_that_the_map_cannot_hold_keeps_the_row_of_people_as_it_is(sku):
    theirs = row(2, "B", "B", ours=False)
    found = update([theirs], [product(2, sku)])
    assert found.entries[2] == theirs
    assert found.changed == []
    assert update([], [product(3, sku)]).changed == []


def test_a_product_that_people_switched_off_owns_no_sku():
    off = row(1, "A", "A", active=False, switched_off=True)
    found = update([off], [product(1, "A"), product(2, "A")])
    assert codes(found) == {2: []}
    assert found.entries[2].sold == SoldAs("A")


def test_the_product_that_had_an_sku_keeps_it_and_the_other_is_reported():
    found = update([row(9, "A", "A")], [product(1, "a"), product(9, "A")])
    assert codes(found) == {1: ["DUPLICATE_SKU"], 9: []}
    assert not found.needs_full_reading


def test_a_duplicate_of_a_product_that_was_not_seen_asks_for_a_full_reading():
    found = update([row(1, "A", "A")], [product(2, "A")])
    assert codes(found) == {2: ["DUPLICATE_SKU"]}
    assert found.needs_full_reading
    again = update([row(1, "A", "A")], [product(2, "A")], full=True)
    assert codes(again) == {2: []}
    assert again.gone == [1]


def test_two_products_exchange_their_skus():
    found = update([row(1, "A", "A"), row(2, "B", "B")], [product(1, "B"), product(2, "A")])
    assert codes(found) == {1: [], 2: []}
    assert {key: entry.sold.item_no for key, entry in found.entries.items()} == {1: "B", 2: "A"}


def test_a_service_need_not_manage_a_stock_and_goods_must():
    seen = [product(1, "A", None), product(2, "B", None, parent_id=7, stock_on_parent=True)]
    assert codes(update([], seen)) == {1: ["UNMANAGED_STOCK"], 2: ["STOCK_ON_PARENT"]}
    assert codes(update([], seen, counts_stock=lambda _: False)) == {1: [], 2: []}


def test_a_variation_that_moved_to_another_parent_is_stored_with_it():
    before = replace(row(1, "A", "A"), product=product(1, "A", parent_id=7))
    found = update([before], [product(1, "A", parent_id=8)])
    assert [entry.product.parent_id for entry in found.changed] == [8]


def test_parents_and_grouped_products_leave_the_map():
    found = update([row(1, "A", "A")], [], not_sold=[1, 2])
    assert found.gone == [1]
    assert [entry.active for entry in found.changed] == [False]


def test_an_sku_is_compared_without_case_and_blanks():
    assert mapped_as(row(1, "a ", "A"), " A") == SoldAs("A")
    assert isinstance(resolver({})("A", None), Problem)
    assert sku_key(" a ") == "A"


def of_parent(**more):
    """The row of variation 7, whose parent is product 5."""
    return replace(row(7, "RED", "A"), product=product(7, "RED", parent_id=5), **more)


@pytest.mark.parametrize(
    ("itself", "active", "parents"),
    [
        (None, True, {5}),
        (None, False, {5}),
        (row(5, "A", "A", active=False), False, {5}),
        # Made simple since: only a reading of the store gives it a row of ours.
        (row(5, "A", "A"), True, set()),
        (row(5, "A", "A", ours=False), False, set()),
        # A person's row is no such evidence while there are variations.
        (row(5, "A", "A", ours=False), True, {5}),
    ],
)
def test_a_product_with_variations_is_sold_by_them_until_it_has_a_row_itself(
    itself, active, parents
):
    rows = [of_parent(active=active), row(9, "PLAIN", "A"), *([itself] if itself else [])]
    assert sold_by_variations(rows) == parents
