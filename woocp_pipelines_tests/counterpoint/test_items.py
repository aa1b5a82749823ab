"""What a document line copies from an item: prices of the right location, costs, units."""

import pytest
from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.items import read_catalogue, read_resolver
from woocp_pipelines.counterpoint.tables import USER_PRODUCT_MAP
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.units import SoldAs
from woocp_pipelines.rules.web_order import WebLine
from woocp_pipelines_tests.customer_world import put
from woocp_pipelines_tests.order_world import D
from woocp_pipelines_tests.worked_example import seed_example


@pytest.fixture
def example(engine):
    seed_example(engine)
    return engine


def read(engine, *item_nos, price_location="01", stock_location="01"):
    with reading(engine) as connection:
        return read_catalogue(
            connection, item_nos, stock_location=stock_location, price_location=price_location
        )


def test_prices_of_the_location_win_over_those_of_all_locations(example):
    dims = {f"DIM_{number}_UPR": "*" for number in (1, 2, 3)}
    with writing(example) as connection:
        put(connection, "IM_PRC", ITEM_NO="01-10100", LOC_ID="01", **dims, PRC_1=D("39.5"))
    item = read(example, "01-10100")["01-10100"]
    assert (item.prices["0"].prc_1, item.prices["0"].reg_prc) == (D("39.5"), D("41.769"))
    other = read(example, "01-10100", price_location="02")["01-10100"]
    assert other.prices["0"].prc_1 == D("41.769")


def test_alternate_units_have_prices_of_their_own(example):
    item = read(example, "01-10251")["01-10251"]
    assert item.prices["1"].prc_1 == D(200)
    assert item.prices["1"].reg_prc is None
    assert item.sellable.unit("1").numer == 10


def test_costs_are_those_of_the_stock_location(example):
    item = read(example, "01-10100")["01-10100"]
    assert item.cost.average == D("12.5")
    assert read(example, "01-10100", stock_location="02")["01-10100"].cost is None


def test_unknown_items_are_not_there(example):
    assert set(read(example, "01-10100", "nothing")) == {"01-10100"}
    assert read(example) == {}


def sold_as(engine, sku, product_id=900, variation_id=0):
    line = WebLine(
        line_id=1,
        product_id=product_id,
        variation_id=variation_id,
        name="a thing",
        sku=sku,
        quantity=D(1),
        subtotal=D(1),
        total=D(1),
        total_tax=D(0),
    )
    with reading(engine) as connection:
        return read_resolver(connection, "main", [line], {}).resolve(line)


def map_product(engine, **values):
    with writing(engine) as connection:
        row = {"WOO_PRODUCT_ID": 900, "IS_ACTIVE": True} | values
        connection.execute(insert(USER_PRODUCT_MAP).values(**row))


def test_an_order_finds_its_item_by_a_row_of_the_old_scripts(example):
    """Their SKU is the item number (CP §2.7); the column for the item is woocp's own."""
    map_product(example, SKU="01-10100")
    assert sold_as(example, "WEB-ONLY") == SoldAs("01-10100")
    assert isinstance(sold_as(example, "WEB-ONLY", product_id=901), Problem)


def test_a_variation_is_found_by_its_parents_row_where_it_has_none(example):
    map_product(example, SKU="01-10251", ITEM_NO="01-10251", SELL_UNIT="1", CREATED_BY="jane")
    assert sold_as(example, "WEB-ONLY", variation_id=7) == SoldAs("01-10251", "1")


def test_a_row_made_from_another_sku_says_nothing_about_this_one(example):
    map_product(example, SKU="01-10100", ITEM_NO="01-10100", CREATED_BY="woocp")
    assert isinstance(sold_as(example, "SOMETHING-ELSE"), Problem)


def test_a_row_that_a_person_switched_off_says_nothing(example):
    map_product(example, SKU="01-10100", IS_ACTIVE=False)
    assert isinstance(sold_as(example, "WEB-ONLY"), Problem)
