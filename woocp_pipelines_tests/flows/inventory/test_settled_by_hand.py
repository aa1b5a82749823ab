"""Letters about products that a person settled: said again only when something else is wrong."""

import pytest

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.flows.settling import settle, sign


def settle_all(shop):
    """A person settles every open letter."""
    with reading(shop.engine) as connection:
        ids = [row["DEAD_LETTER_ID"] for row in read_dead_letters(connection, "main")]
    assert ids
    signature = sign("ann", "so be it")
    settle(shop.engine, shop.context().settings, [], ids, signature, shop.clock.now)
    assert shop.letters() == []


def no_stock_row(shop):
    shop.item("ODD", None)
    shop.product("ODD", 3)
    return "NO_INVENTORY_ROW"


def refused_quantity(shop):
    shop.item("ODD", 3_000_000_000)
    shop.product("ODD", 1)
    return "INVALID_QUANTITY"


def unknown_sku(shop):
    shop.product("ODD", 5)
    return "SKU_NOT_FOUND"


@pytest.fixture(params=[no_stock_row, refused_quantity, unknown_sku])
def settled(shop, request):
    """A shop with one letter, which a person settled."""
    shop.item("A", 5)
    shop.product("A", 5)
    shop.code = request.param(shop)
    shop.sync()
    assert shop.letters() == [("ODD", shop.code)]
    settle_all(shop)
    return shop


def test_what_a_person_settled_is_not_said_again_while_it_stays_the_same(settled):
    for options in ({}, {"full": True}, {"mode": "plan"}, {}):
        report = settled.sync(**options)
        assert (report.refused, settled.letters()) == ([], [])
    assert "products_with_dead_letter" not in report.facts


def test_something_else_about_a_settled_product_is_said(shop):
    shop.item("A", 5)
    shop.product("A", 5)
    no_stock_row(shop)
    shop.sync()
    settle_all(shop)
    shop.stock("ODD", 3_000_000_000)
    assert [each.problem.code for each in shop.sync().refused] == ["INVALID_QUANTITY"]
    assert shop.letters() == [("ODD", "INVALID_QUANTITY")]
    settle_all(shop)
    shop.stock("ODD", 4_000_000_000)
    shop.sync()
    assert shop.letters() == [("ODD", "INVALID_QUANTITY")]
