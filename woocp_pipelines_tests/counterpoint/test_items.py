"""What a document line copies from an item: prices of the right location, costs, units."""

import pytest

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.items import read_catalogue
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
