"""Which item and unit an SKU is: the active rows of the product map, and never a guess."""

from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.skus import read_skus
from woocp_pipelines.counterpoint.statements import with_nulls
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP


def fill(engine, *rows):
    names = ("WOO_PRODUCT_ID", "SKU", "ITEM_NO", "SELL_UNIT", "IS_ACTIVE", "STORE_ID")
    with engine.begin() as connection:
        for row in rows:
            values = with_nulls(dict(zip(names, row, strict=True)))
            connection.execute(insert(USER_PRODUCT_MAP).values(**values))


def read(engine, store="main"):
    with reading(engine) as connection:
        return read_skus(connection, store)


def test_only_active_rows_with_an_item_say_what_an_sku_is(engine):
    fill(
        engine,
        (1, " a-carton", "A", "1", True, "main"),
        (2, "B", "B", None, True, "main"),
        (3, "C", "C", "0", False, "main"),
        (4, "D", None, None, True, "main"),
    )
    assert read(engine) == {"A-CARTON": ("A", "1"), "B": ("B", "0")}


def test_before_the_upgrade_there_is_no_map_and_no_error(new_database):
    assert read(new_database()) == {}


def test_an_sku_means_what_the_rows_of_our_store_say(engine):
    fill(
        engine,
        (1, "X", "A", "0", True, "main"),
        (1, "X", "B", "0", True, "other"),
        (2, "Y", "A", "1", True, "other"),
    )
    assert read(engine) == {"X": ("A", "0")}
    assert read(engine, "other") == {"X": ("B", "0"), "Y": ("A", "1")}


def test_an_sku_written_in_two_ways_for_two_items_is_none_of_them(new_database):
    engine = new_database()
    USER_PRODUCT_MAP.create(engine)
    fill(engine, (1, "X", "A", "0", True, "main"), (2, " x", "B", "0", True, "main"))
    assert read(engine) == {}
