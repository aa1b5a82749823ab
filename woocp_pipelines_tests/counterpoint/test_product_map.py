"""Rows of the product map: unique SKUs in every order of updates, NULLs, notes of people."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest
from sqlalchemy import insert, select

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.prices.stamp import read_stamp
from woocp_pipelines.counterpoint.product_map import (
    SentQuantity,
    read_product_map,
    record_sent,
    save_product_map,
    was_ever_sent,
)
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.rules.product_mapping import MapEntry
from woocp_pipelines.rules.store_products import StoreProduct
from woocp_pipelines.rules.units import SoldAs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = ("A", "B", "C")


def entry(product_id, sku, item_no="", quantity=1, **more):
    product = StoreProduct(product_id, None, sku, quantity, manages_stock=quantity is not None)
    return MapEntry(product, SoldAs(item_no) if item_no else None, **more)


@pytest.fixture
def save(engine):
    def save_now(*entries, store="main"):
        with writing(engine) as connection:
            known = read_product_map(connection, store)
            stored = [
                replace(each, map_id=known[each.product.product_id].map_id)
                if each.product.product_id in known
                else each
                for each in entries
            ]
            save_product_map(connection, store, stored, known, NOW)

    return save_now


@pytest.fixture
def load(engine):
    def load_now(store="main"):
        with reading(engine) as connection:
            return read_product_map(connection, store)

    return load_now


@pytest.fixture
def rows(engine):
    def read():
        with reading(engine) as connection:
            statement = select(USER_PRODUCT_MAP).order_by(USER_PRODUCT_MAP.c.MAP_ID)
            return [dict(row) for row in connection.execute(statement).mappings()]

    return read


@pytest.mark.parametrize("after", [order for order in permutations(NAMES) if order != NAMES])
def test_products_exchange_their_skus_in_every_order(save, load, after):
    save(*(entry(number, sku, sku) for number, sku in enumerate(NAMES, 1)))
    save(*(entry(number, sku, sku) for number, sku in enumerate(after, 1)))
    assert tuple(load()[number].product.sku for number in (1, 2, 3)) == after


def test_an_sku_passes_to_a_new_product_and_to_one_that_comes_back(save, load):
    save(entry(1, "A", "A"), entry(2, "B", "B"))
    save(entry(1, "A", "A", active=False), entry(3, "A", "A"))
    assert {key: each.active for key, each in load().items()} == {1: False, 2: True, 3: True}
    save(entry(3, "A", "A", active=False), entry(1, "A", "A"))
    assert {key: each.active for key, each in load().items()} == {1: True, 2: True, 3: False}
    assert not any(each.switched_off for each in load().values())


def test_what_is_not_known_is_stored_as_null_also_in_an_update(save, rows):
    save(entry(1, "A", "A", 5), entry(2, "B", "B", 5))
    save(entry(1, "A", "", None), entry(2, "B", "B", 6))
    found = [(row["ITEM_NO"], row["SELL_UNIT"], row["STORE_QTY"]) for row in rows()]
    assert found == [(None, None, None), ("B", "0", 6)]


def test_a_sent_quantity_is_remembered_for_this_shop_only(engine, save, rows):
    save(entry(1, "A", "A"))
    save(entry(1, "A", "A"), store="other")
    with writing(engine) as connection:
        assert not was_ever_sent(connection, "main")
        record_sent(connection, "main", [SentQuantity(1, 7, None)], NOW)
        assert was_ever_sent(connection, "main")
        assert not was_ever_sent(connection, "other")
    assert [(row["SENT_QTY"], row["STORE_QTY"]) for row in rows()] == [(7, None), (None, 1)]


def test_a_quantity_that_changed_is_no_change_of_what_an_sku_means(engine, save):
    def stamp():
        with reading(engine) as connection:
            return read_stamp(connection, store_id="main")[USER_PRODUCT_MAP.name]

    save(entry(1, "A", "A"))
    before = stamp()
    with writing(engine) as connection:
        record_sent(connection, "main", [SentQuantity(1, 7, 7)], NOW)
    save(entry(1, "A", "A", 7))
    assert stamp() == before
    save(entry(1, "A", "B", 7))
    assert stamp() != before


def test_a_row_of_people_is_switched_off_with_its_note_and_gets_it_back(engine, save, load, rows):
    note = "agreed with Jane " + "x" * 200
    with writing(engine) as connection:
        values = {"SKU": "A", "WOO_PRODUCT_ID": 1, "IS_ACTIVE": True, "CREATED_BY": "jane"}
        connection.execute(insert(USER_PRODUCT_MAP).values(NOTES=note, **values))
    known = load()[1]
    assert (known.ours, known.note, known.sold) == (False, note, SoldAs("A"))
    save(replace(known, active=False))
    assert rows()[0]["NOTES"].startswith("woocp: not in use; agreed with Jane")
    off = load()[1]
    assert (off.active, off.switched_off) == (False, False)
    save(replace(off, active=True))
    assert rows()[0]["NOTES"] == note
    assert rows()[0]["CREATED_BY"] == "jane"


def test_an_old_row_whose_sku_can_be_no_item_number_says_nothing(engine, load):
    with writing(engine) as connection:
        values = {"SKU": "S" * 21, "WOO_PRODUCT_ID": 1, "IS_ACTIVE": True}
        connection.execute(insert(USER_PRODUCT_MAP).values(**values))
    assert load()[1].sold is None
