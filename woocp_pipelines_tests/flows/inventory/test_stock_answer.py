"""`woocp stock`: one SKU explained, and found by whatever name a person has for it."""

from decimal import Decimal

import pytest

from woocp_pipelines.flows.inventory_breaker import BreakerTripped
from woocp_pipelines.flows.stock_answer import StockUnknownError, explain_stock
from woocp_pipelines.rules.stock_policy import Published
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.sandbox.store.faults import Fault

D = Decimal
TWELVE = {"ALT_2_UNIT": "CT", "ALT_2_NUMER": D(12), "ALT_2_DENOM": D(1)}


@pytest.fixture
def explain(shop):
    def ask(asked, *, offline=False):
        context = shop.context()
        store = None if offline else context.store
        return explain_stock(context.settings, shop.engine, store, asked)

    return ask


@pytest.fixture
def tape(shop):
    """Item A sold by the piece and by the carton, with two unbooked orders and a buffer."""
    shop.settings = {"units": {"suffixes": {"CARTON": "CT"}},
                     "inventory": {"buffers": {"A": 2}, "breaker_change_share": "1"}}  # fmt: skip
    shop.item("A", 100, 20, **TWELVE)
    shop.stock("A", 7, location="DOCK")
    shop.order(1, "PENDING", ("A", 3))
    shop.order(2, "HELD", ("A", 1))
    shop.order(3, "BOOKED", ("A", 50))
    return shop.product("A", 10), shop.product("A-CARTON", 10)


def test_the_arithmetic_has_every_part(explain, tape):
    answer = explain("A")
    (item,) = answer.items
    rows = [(row.location, row.on_hand, row.committed, row.offered) for row in item.locations]
    assert rows == [("01", 100, 20, True), ("DOCK", 7, 0, False)]
    assert [(order.number, order.status, order.quantity) for order in item.orders] == [
        ("1", "PENDING", 3),
        ("2", "HELD", 1),
    ]
    assert (item.buffer, item.free) == (2, 74)
    (product,) = answer.products
    assert product.may_show == 74
    assert product.arithmetic == (
        "on hand 100 - committed 20 - unbooked web orders 4 - buffer 2 = 74 PK"
    )
    assert product.verdict == "the next run writes 74"


def test_an_item_shows_all_its_products_and_an_sku_its_own(shop, explain, tape):
    shop.sync()
    assert [each.found.product.sku for each in explain("a").products] == ["A", "A-CARTON"]
    (carton,) = explain("A-carton").products
    assert (carton.may_show, carton.sold.sell_unit, carton.last.sent) == (6, "2", 6)
    assert carton.verdict == "the store shows what it may"


def test_a_product_is_found_by_its_id_and_a_parent_by_its_variations(shop, explain):
    shop.item("V", 4)
    parent = shop.product("P", None, type="variable")
    variation = shop.variation(parent, "V", 4)
    shop.sync()
    for asked in (f"id:{parent}", f"id:{variation}", str(variation), "P", "V"):
        (product,) = explain(asked).products
        assert product.found.product.product_id == variation, asked
        assert product.found.product.parent_id == parent


def test_the_store_is_asked_and_not_remembered(shop, explain):
    shop.item("A", 5)
    product = shop.product("A", 5)
    shop.sync()
    shop.client.put(f"products/{product}", {"stock_quantity": 9})
    (found,) = explain("A").products
    assert (found.found.record["stock_quantity"], found.last.store_showed) == (9, 5)
    assert found.verdict == "the next run writes 5"
    (offline,) = explain("A", offline=True).products
    assert (offline.found.record, offline.found.why_not) == (None, "the store was not asked")


@pytest.mark.parametrize(
    ("sku", "values", "shown", "why"),
    [
        ("A", {"ITEM_TYP": "N"}, 5, "ITEM_TYP 'N'"),
        ("A", {"IS_ECOMM_ITEM": "N"}, 5, "no web item"),
        ("A", {"TRK_METH": "G"}, 5, "TRK_METH 'G'"),
        ("A", {}, None, "does not manage"),
        ("B", {}, 5, "SKU_NOT_FOUND"),
    ],
)
def test_a_product_left_alone_says_why(shop, explain, sku, values, shown, why):
    shop.item("A", 5, **values)
    shop.item("OTHER", 5)
    shop.product(sku, shown)
    shop.product("OTHER", 5)
    for synced in (False, True):
        if synced:
            shop.sync()
        (product,) = explain(sku).products
        assert why in product.left_alone
        assert product.verdict == "woocp writes no quantity to it"


def test_the_second_product_of_an_sku_shows_its_dead_letter(shop, explain):
    shop.item("A", 5)
    shop.product("A", 5)
    second = shop.product("a", 1)
    shop.sync()
    (product,) = explain(f"id:{second}").products
    assert [letter["CODE"] for letter in product.letters] == ["DUPLICATE_SKU"]
    assert "give one of the two products another SKU" in product.left_alone


def test_a_stopped_run_is_part_of_the_answer(shop, explain):
    shop.equal_products(40, 5)
    shop.sync()
    shop.stock_of_first(40, 0)
    with pytest.raises(BreakerTripped):
        shop.sync()
    assert explain("I3").blocked_run == "run-2"


def test_an_item_without_product_and_a_product_that_is_gone_are_answered_too(shop, explain):
    shop.item("A", 5)
    shop.item("ALONE", 6)
    shop.product("OTHER", 1)
    gone = shop.product("A", 5)
    shop.sync()
    shop.state.remove("product", gone)
    alone = explain("ALONE")
    assert ([item.free for item in alone.items], alone.products) == ([6], [])
    (product,) = explain("A").products
    assert product.found.why_not == "the store has it no more"


def test_what_nobody_knows_names_what_is_spelt_alike(shop, explain):
    shop.item("TP-1002", 5)
    shop.item("ZZ-9", 5)
    shop.product("TP-1003", 1)
    shop.sync()
    with pytest.raises(StockUnknownError, match="TP-10O2: no SKU") as unknown:
        explain("TP-10O2")
    assert "TP-1002" in str(unknown.value)
    assert "TP-1003" in str(unknown.value)
    assert "ZZ-9" not in str(unknown.value)


def test_an_order_without_known_item_is_named_where_it_takes_goods_now(shop, explain):
    shop.item("A", 5)
    shop.product("A", 5)
    shop.order(7, "REFUSED", (None, 2))
    shop.name_lines(SKU="A", STK_QTY=None)
    (item,) = explain("A").items
    assert [(order.number, order.quantity) for order in item.orders] == [("7", 2)]
    assert item.figures.unbooked == 2


def test_a_store_that_is_down_leaves_counterpoints_side(shop, explain):
    shop.item("A", 5)
    shop.product("A", 5)
    shop.sync()
    shop.server.faults.add(Fault("maintenance", times=10))
    answer = explain("A")
    assert "503" in answer.store_failed
    assert isinstance(answer.products[0].published, Published)


def test_it_works_before_the_database_was_upgraded_and_writes_nothing(shop, explain, new_database):
    shop.engine = new_database()
    create_vendor_tables(shop.engine)
    shop.locations("01")
    shop.item("A", 5)
    shop.product("A", 2)
    (product,) = explain("A").products
    assert (product.may_show, product.last, product.letters) == (5, None, [])
