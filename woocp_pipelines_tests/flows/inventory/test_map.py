"""The product map is filled from the store; conflicts become dead letters and go when solved."""

import pytest
from sqlalchemy import insert, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.sync_state import read_state
from woocp_pipelines.counterpoint.tables import IM_INV, IM_ITEM, USER_PRODUCT_MAP
from woocp_pipelines.flows.inventory_mirror import MARK, Mark


def active(shop):
    return {
        row["WOO_PRODUCT_ID"]: (row["SKU"], row["ITEM_NO"], row["SELL_UNIT"])
        for row in shop.map_rows()
        if row["IS_ACTIVE"]
    }


def test_conflicts_are_reported_by_kind(shop):
    shop.item("A", 5)
    shop.item("UNMANAGED", 5)
    shop.item("PARENTAL", 5)
    shop.product("A", 5)
    shop.product("UNKNOWN", 5)
    shop.product("UNMANAGED", None)
    shop.product("", 5)
    parent = shop.product("P", 7, type="variable")
    shop.variation(parent, "PARENTAL", None, manage_stock="parent")
    shop.product("GROUP", None, type="grouped")
    report = shop.sync()
    assert sorted(shop.letters(), key=str) == [
        ("PARENTAL", "STOCK_ON_PARENT"),
        ("UNKNOWN", "SKU_NOT_FOUND"),
        ("UNMANAGED", "UNMANAGED_STOCK"),
        (None, "NO_SKU"),
    ]
    assert len(report.refused) == 4
    assert shop.sync().refused == []


def test_a_solved_conflict_is_closed_and_the_stock_written(shop):
    shop.item("A", 5)
    product = shop.product("A", None)
    shop.sync()
    assert shop.letters() == [("A", "UNMANAGED_STOCK")]
    shop.client.put(f"products/{product}", {"manage_stock": True, "stock_quantity": 1})
    shop.sync()
    assert (shop.letters(), shop.shown(product)) == ([], 5)


def test_an_item_added_in_counterpoint_is_found_without_a_change_in_the_store(shop):
    shop.item("A", 5)
    product = shop.product("NEW", 1)
    shop.sync()
    assert shop.letters() == [("NEW", "SKU_NOT_FOUND")]
    shop.item("NEW", 8)
    shop.sync()
    assert (shop.letters(), shop.shown(product)) == ([], 8)


def test_of_two_products_with_one_sku_the_first_gets_the_stock(shop):
    shop.item("A", 5)
    first, second = shop.product("A", 1), shop.product("a", 1)
    shop.sync()
    assert (shop.shown(first), shop.shown(second)) == (5, 1)
    assert shop.letters() == [("a", "DUPLICATE_SKU")]


def test_two_products_may_exchange_their_skus(shop):
    shop.item("A", 5)
    shop.item("B", 6)
    first, second = shop.product("A", 5), shop.product("B", 6)
    shop.sync()
    for product, sku in ((first, "X"), (second, "A"), (first, "B")):
        shop.client.put(f"products/{product}", {"sku": sku})
    shop.sync()
    assert active(shop) == {first: ("B", "B", "0"), second: ("A", "A", "0")}
    assert (shop.shown(first), shop.shown(second)) == (6, 5)


def test_a_full_reading_retires_products_that_are_gone_and_finds_them_again(shop):
    shop.item("A", 5)
    shop.item("B", 5)
    shop.product("A", 5)
    gone = shop.product("B", 5)
    shop.sync()
    record = shop.state.find("product", gone)
    shop.state.remove("product", gone)
    assert shop.sync(full=True).facts["products_gone_from_the_store"] == 1
    assert gone not in active(shop)
    shop.state.save("product", record)
    shop.sync(full=True)
    assert active(shop)[gone] == ("B", "B", "0")


def test_a_product_that_becomes_a_parent_leaves_the_map(shop):
    shop.item("A", 5)
    product = shop.product("A", 5)
    shop.sync()
    shop.client.put(f"products/{product}", {"type": "variable"})
    shop.sync()
    assert active(shop) == {}
    shop.client.put(f"products/{product}", {"type": "simple"})
    shop.sync()
    assert active(shop) == {product: ("A", "A", "0")}


def test_a_row_of_the_old_scripts_names_the_item_by_its_sku_column(shop):
    shop.item("01-1", 5)
    product = shop.product("OLD-NAME", 1)
    with writing(shop.engine) as connection:
        row = {"SKU": "01-1", "WOO_PRODUCT_ID": product, "IS_ACTIVE": True}
        connection.execute(insert(USER_PRODUCT_MAP).values(**row))
    shop.sync()
    assert shop.shown(product) == 5
    assert active(shop) == {product: ("01-1", "01-1", "0")}, "the old scripts look for their SKU"


def test_a_product_that_a_person_switched_off_is_not_synced(shop):
    shop.item("A", 5)
    product = shop.product("A", 5)
    shop.sync()
    with writing(shop.engine) as connection:
        connection.execute(update(USER_PRODUCT_MAP).values(IS_ACTIVE=False))
    shop.stock("A", 9)
    report = shop.sync(full=True)
    assert (shop.shown(product), report.read, shop.letters()) == (5, 0, [])


def test_a_row_that_follows_a_changed_sku_forgets_the_old_item(shop):
    shop.item("A", 5)
    product = shop.product("A", 5)
    shop.sync()
    shop.client.put(f"products/{product}", {"sku": "NOBODY"})
    shop.sync()
    assert active(shop) == {product: ("NOBODY", None, None)}
    assert shop.letters() == [("NOBODY", "SKU_NOT_FOUND")]


def test_a_change_in_the_second_of_the_mark_is_not_lost(shop):
    shop.item("A", 5)
    product = shop.product("A", 5)
    shop.sync()
    record = shop.state.find("product", product)
    with shop.engine.connect() as connection:
        mark = Mark.read(read_state(connection, "main", MARK))
    assert not mark.settled
    # The same second as the mark, as if it had been changed right after it was read.
    shop.state.save("product", record | {"stock_quantity": 99})
    shop.sync()
    assert shop.shown(product) == 5


def a_row_of_people(shop, **values):
    with writing(shop.engine) as connection:
        row = {"IS_ACTIVE": True, "CREATED_BY": "jane"} | values
        connection.execute(insert(USER_PRODUCT_MAP).values(**row))


def test_a_product_deleted_and_made_again_gets_its_stock_at_once(shop):
    shop.item("A", 5)
    shop.item("B", 5)
    shop.product("B", 5)
    old = shop.product("A", 5)
    shop.sync()
    shop.state.remove("product", old)
    shop.clock.wait(3)
    new = shop.product("A", 1)
    report = shop.sync()
    assert (shop.shown(new), shop.letters()) == (5, [])
    assert report.facts["products_gone_from_the_store"] == 1
    assert active(shop)[new] == ("A", "A", "0")


def test_a_product_in_the_trash_is_gone_and_its_successor_gets_the_stock(shop):
    shop.item("A", 5)
    old = shop.product("A", 5)
    shop.product("OTHER", 5)
    shop.sync()
    shop.client.delete(f"products/{old}")
    shop.clock.wait(3)
    new = shop.product("A", 1)
    shop.sync()
    assert old not in active(shop)
    assert (shop.shown(new), shop.shown(old)) == (5, 5)


def test_a_lasting_duplicate_is_read_in_full_once_and_not_in_every_run(shop):
    shop.item("A", 5)
    shop.product("A", 5)
    shop.sync()
    shop.sync()
    second = shop.product("A", 1)
    shop.sync()
    assert len(shop.requests()) > 2
    shop.client.put(f"products/{second}", {"stock_quantity": 2})
    shop.sync()
    assert shop.requests() == ["GET /products"]
    assert shop.letters() == [("A", "DUPLICATE_SKU")]


@pytest.mark.parametrize("status", ["draft", "private", "pending"])
def test_products_that_are_not_public_yet_have_their_stock_when_they_are(shop, status):
    shop.item("A", 5)
    product = shop.product("A", 1, status=status)
    shop.sync()
    assert shop.shown(product) == 5


def test_a_service_without_managed_stock_is_no_conflict(shop):
    shop.item("A", 5)
    shop.product("A", 5)
    shop.item("SERVICE", None, ITEM_TYP="S")
    shop.product("SERVICE", None)
    assert shop.sync().refused == []


def test_rows_of_people_keep_item_unit_and_note_whatever_happens(shop):
    twelve = {"ALT_2_UNIT": "CT", "ALT_2_NUMER": 12, "ALT_2_DENOM": 1}
    shop.item("A", 36, **twelve)
    shop.item("OTHER", 1)
    shop.product("OTHER", 1)
    product = shop.product("OWN-NAME", 1)
    a_row_of_people(shop, SKU="OWN-NAME", WOO_PRODUCT_ID=product, ITEM_NO="A", SELL_UNIT="2",
                    NOTES="asked by Jane")  # fmt: skip
    shop.sync()
    assert shop.shown(product) == 3
    record = shop.state.find("product", product)
    shop.state.remove("product", product)
    shop.sync(full=True)
    shop.state.save("product", record)
    with writing(shop.engine) as connection:
        connection.execute(update(IM_ITEM).where(IM_ITEM.c.ITEM_NO == "A").values(ITEM_NO="Z"))
    shop.sync(full=True)
    assert shop.letters() == [("OWN-NAME", "SKU_NOT_FOUND")]
    row = next(row for row in shop.map_rows() if row["WOO_PRODUCT_ID"] == product)
    kept = {name: row[name] for name in ("ITEM_NO", "SELL_UNIT", "NOTES", "CREATED_BY")}
    assert kept == {"ITEM_NO": "A", "SELL_UNIT": "2", "NOTES": "asked by Jane",
                    "CREATED_BY": "jane"}  # fmt: skip


def test_two_shops_share_a_database(shop):
    shop.item("A", 5)
    shop.product("A", 1)
    shop.sync()
    shop.settings = {"store": {"id": "second"}, "inventory": {"buffer": 2}}
    shop.sync()
    rows = [(row["STORE_ID"], row["SKU"], row["STORE_QTY"]) for row in shop.map_rows()]
    assert rows == [("main", "A", 5), ("second", "A", 3)]


def test_an_item_that_comes_back_closes_its_letter_without_a_change_in_the_store(shop):
    shop.item("A", 5)
    shop.item("B", 5)
    shop.product("B", 5)
    product = shop.product("A", 5)
    shop.sync()
    rename(shop, "A", "GONE")
    shop.sync()
    assert shop.letters() == [("A", "SKU_NOT_FOUND")]
    assert shop.shown(product) == 5
    rename(shop, "GONE", "A")
    shop.sync()
    assert shop.letters() == []


def rename(shop, old, new):
    with writing(shop.engine) as connection:
        for table in (IM_ITEM, IM_INV):
            connection.execute(update(table).where(table.c.ITEM_NO == old).values(ITEM_NO=new))


def test_two_products_of_one_sku_that_a_person_has_decided_on_are_no_conflict(shop):
    shop.item("A", 5)
    first, second = shop.product("A", 1), shop.product("a", 1)
    shop.sync()
    where = USER_PRODUCT_MAP.c.WOO_PRODUCT_ID == first
    with writing(shop.engine) as connection:
        connection.execute(update(USER_PRODUCT_MAP).where(where).values(IS_ACTIVE=False))
    shop.sync(full=True)
    assert (shop.shown(second), shop.letters()) == (5, [])
