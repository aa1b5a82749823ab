"""The inventory sync on a real database and the sandbox store: what is written, and what is not."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, event
from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.stock import NoStockReadError
from woocp_pipelines.counterpoint.tables import IM_INV, IM_ITEM
from woocp_pipelines.flows.inventory_mirror import EmptyStoreError
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.errors import StoreError, StoreUnavailable
from woocp_pipelines_tests.broken_database import missing
from woocp_pipelines_tests.flows.inventory.conftest import at


def test_the_first_run_fills_the_map_and_writes_differences_only(shop):
    shop.item("A", 15, 5)
    shop.item("B", 7)
    raised, same = shop.product("A", 3), shop.product("b ", 7)
    report = shop.sync()
    assert (shop.shown(raised), shop.shown(same)) == (10, 7)
    assert (report.read, report.written, report.unchanged) == (2, 1, 1)
    assert [(row["ITEM_NO"], row["STORE_QTY"], row["SENT_QTY"]) for row in shop.map_rows()] == [
        ("A", 10, 10),
        ("B", 7, None),
    ]


@pytest.mark.cp_bug(30)
def test_commitments_other_locations_and_unbooked_orders_are_not_sold_again(shop):
    shop.item("A", 100, 40)
    shop.stock("A", 1000, location="DAMAGED")
    for number, status in enumerate(("PENDING", "HELD", "CLAIMED", "REFUSED", "REREAD"), 1):
        shop.order(number, status, ("A", 2))
    for number, status in enumerate(("BOOKED", "CANCELLED", "SKIPPED"), 10):
        shop.order(number, status, ("A", 9))
    product = shop.product("A", 0)
    report = shop.sync()
    assert shop.shown(product) == 50
    assert "on hand 100 - committed 40" in report.changes[0].what


def test_on_hand_is_one_setting_away(shop):
    shop.settings = {"inventory": {"quantity": "on_hand", "locations": ["01", "02"], "buffer": 3}}
    shop.item("A", 100, 40)
    shop.stock("A", 10, 5, location="02")
    product = shop.product("A", 0)
    shop.sync()
    assert shop.shown(product) == 107


@pytest.mark.cp_bug(29)
def test_a_product_sold_by_the_carton_shows_whole_cartons(shop):
    shop.settings = {"units": {"suffixes": {"CARTON": "CT"}}}
    twelve = {"ALT_2_UNIT": "CT", "ALT_2_NUMER": Decimal(12), "ALT_2_DENOM": Decimal(1)}
    shop.item("A", 47, 0, **twelve)
    carton, pack = shop.product("A-CARTON", 0), shop.product("A", 0)
    shop.sync()
    assert (shop.shown(carton), shop.shown(pack)) == (3, 47)


@pytest.mark.cp_bug(31)
def test_fractions_are_floored_and_negative_stock_is_shown_as_zero(shop):
    shop.item("A", "2.75")
    shop.item("B", -7000, 1000)
    part, negative = shop.product("A", 0), shop.product("B", 5)
    shop.sync()
    assert (shop.shown(part), shop.shown(negative)) == (2, 0)
    assert shop.state.peek("product", negative)["stock_status"] == "outofstock"


@pytest.mark.cp_bug(33)
def test_variations_are_written_through_their_parent(shop):
    shop.item("A-RED", 4)
    shop.item("A-BLUE", 6)
    parent = shop.product("A", None, type="variable")
    red, blue = shop.variation(parent, "A-RED", 0), shop.variation(parent, "A-BLUE", 0)
    report = shop.sync()
    assert (shop.shown(red), shop.shown(blue)) == (4, 6)
    assert shop.requests().count(f"POST /products/{parent}/variations/batch") == 1
    assert report.written == 2


@pytest.mark.cp_bug(34)
def test_unknown_quantities_are_left_alone_and_never_zero(shop):
    shop.item("SERVICE", None, ITEM_TYP="N")
    shop.item("STOCKED", 1)
    shop.item("NO-ROW", None)
    shop.item("ELSEWHERE", None)
    shop.stock("ELSEWHERE", 5, location="02")
    products = [shop.product(sku, 9) for sku in ("SERVICE", "NO-ROW", "ELSEWHERE")]
    report = shop.sync()
    assert [shop.shown(product) for product in products] == [9, 9, 9]
    assert report.facts["products_not_touched"] == 3
    assert report.written == 0


@pytest.mark.cp_bug(33)
@pytest.mark.parametrize(("setting", "expected"), [("keep", 9), ("zero", 0)])
def test_items_that_are_no_web_items_any_more_follow_the_setting(shop, setting, expected):
    shop.settings = {"inventory": {"unlisted": setting}}
    shop.item("ON", 1)
    shop.item("OFF", 5, IS_ECOMM_ITEM="N")
    shop.item("ENDED", 5, STAT="D")
    products = [shop.product("OFF", 9), shop.product("ENDED", 9)]
    shop.sync()
    assert [shop.shown(product) for product in products] == [expected, expected]


def test_a_deleted_item_is_not_forgotten_where_unlisted_items_become_zero(shop):
    shop.settings = {"inventory": {"unlisted": "zero"}}
    shop.item("A", 5)
    shop.item("B", 5)
    product, _ = shop.product("A", 5), shop.product("B", 5)
    shop.sync()
    with writing(shop.engine) as connection:
        connection.execute(delete(IM_ITEM).where(IM_ITEM.c.ITEM_NO == "A"))
    for full in (False, True):
        report = shop.sync(full=full)
        assert (shop.shown(product), shop.letters()) == (0, [("A", "SKU_NOT_FOUND")])
        assert report.facts["products_with_dead_letter"] == 1


def test_the_buffer_of_an_item_is_kept_back_and_one_of_no_item_is_said(shop, caplog):
    shop.settings = {"inventory": {"buffer": 1, "buffers": {"a": "2.5", "TYPO": 9}}}
    shop.item("A", 10)
    shop.item("B", 10)
    products = [shop.product("A", 0), shop.product("B", 0)]
    report = shop.sync()
    assert [shop.shown(product) for product in products] == [7, 9]
    assert report.facts["buffers_without_item"].startswith("TYPO: no web item")
    assert "TYPO" in caplog.text


def test_what_oversells_and_what_no_product_carries_is_counted_and_listed(shop):
    shop.item("PROMISED", 5, 7)
    shop.item("ALONE", 3)
    shop.item("TILLS", 3, IS_ECOMM_ITEM="N")
    shop.item("SERVICE", None, ITEM_TYP="N")
    shop.product("PROMISED", 0)
    shop.product("SERVICE", 9)
    report = shop.sync()
    assert report.facts["items_on_hand_but_promised"] == 1
    assert report.tables["items_on_hand_but_promised_table"] == [
        {"item_no": "PROMISED", "on_hand": "5", "committed": "7", "available": "-2",
         "unbooked": "0"}
    ]  # fmt: skip
    (alone,) = report.tables["web_items_without_product_table"]
    assert (alone["item_no"], alone["on_hand"]) == ("ALONE", "3")
    (left,) = report.tables["products_not_touched_table"]
    assert (left["sku"], left["store_shows"]) == ("SERVICE", "9")
    assert "tables" not in report.to_log()
    assert report.to_json()["tables"] == report.tables


def test_a_gridded_item_keeps_what_the_shop_shows(shop):
    shop.item("A", 5)
    shop.item("GRID", 30, TRK_METH="G")
    product = shop.product("GRID", 9)
    unmanaged = shop.product("A", 5)
    assert shop.sync().refused == []
    assert (shop.shown(product), shop.shown(unmanaged)) == (9, 5)


@pytest.mark.cp_bug(30)
def test_wrong_locations_are_a_fault_and_not_an_empty_shop(shop):
    shop.settings = at("02")
    shop.item("A", 5)
    product = shop.product("A", 9)
    with pytest.raises(NoStockReadError, match=r"IM_INV at 02.*inventory.locations"):
        shop.sync()
    assert shop.shown(product) == 9


@pytest.mark.cp_bug(31)
@pytest.mark.parametrize("backorders", ["notify", "yes"])
def test_a_product_oversold_on_backorder_is_set_to_zero_and_stays_on_backorder(shop, backorders):
    shop.item("A", -3)
    product = shop.product("A", -3, backorders=backorders)
    assert shop.sync().written == 1
    record = shop.state.peek("product", product)
    assert (record["stock_quantity"], record["stock_status"]) == (0, "onbackorder")
    assert shop.sync().written == 0


def test_absurd_quantities_stop_no_other_product(shop):
    shop.item("A", 5)
    shop.item("HUGE", 99_999_999_999)
    product, huge = shop.product("A", 99_999_999_999), shop.product("HUGE", 3)
    report = shop.sync()
    assert (shop.shown(product), shop.shown(huge)) == (5, 3)
    assert [item.problem.code for item in report.refused] == ["INVALID_QUANTITY"]
    assert shop.letters() == [("HUGE", "INVALID_QUANTITY")]


def test_a_conflict_and_a_refused_quantity_do_not_close_each_other(shop):
    shop.item("HUGE", 99_999_999_999)
    huge = shop.product("HUGE", 3)
    shop.sync()
    shop.client.put(f"products/{huge}", {"stock_quantity": 2})
    shop.sync()
    with reading(shop.engine) as connection:
        (letter,) = read_dead_letters(connection, "main")
    assert (letter["CODE"], letter["ATTEMPTS"]) == ("INVALID_QUANTITY", 2)


def test_an_order_whose_sku_meant_nothing_holds_its_goods_once_the_item_is_there(shop):
    shop.item("OTHER", 1)
    shop.product("OTHER", 1)
    product = shop.product("NEW", 6)
    shop.sync()
    shop.order(1, "REFUSED", (None, 2))
    shop.name_lines(WOO_PRODUCT_ID=product, SKU="NEW", STK_QTY=None)
    shop.item("NEW", 8)
    shop.sync()
    assert shop.shown(product) == 6


def test_an_idle_run_is_the_same_few_statements_whatever_the_size_of_the_shop(shop):
    def statements():
        counted = []
        listen = (shop.engine, "before_cursor_execute", lambda *call: counted.append(call[2]))
        event.listen(*listen)
        assert shop.sync().written == 0
        event.remove(*listen)
        return len(counted)

    shop.item("FIRST", 5)
    shop.product("FIRST", 5)
    counts = []
    for size in (0, 120):
        if size:
            shop.equal_products(size, 5)
        shop.sync()
        shop.sync()
        counts.append(statements())
    assert counts[0] == counts[1]
    assert counts[0] < 25


@pytest.mark.cp_bug(32)
def test_an_idle_run_is_one_products_request_beside_the_order_poll(shop):
    shop.equal_products(30, 5)
    shop.stock_of_first(30, 6)
    shop.settings = {"inventory": {"breaker_change_share": "1"}}
    first = shop.sync()
    assert first.written == 30
    assert shop.requests().count("POST /products/batch") == 1
    shop.sync()
    report = shop.sync()
    assert shop.requests() == ["GET /products"]
    assert (len(shop.pull.calls), report.written, report.unchanged) == (4, 0, 30)


def test_a_change_in_the_store_is_found_by_its_modified_time_and_put_right(shop):
    shop.item("A", 10)
    parent = shop.product("P", None, type="variable")
    product, variation = shop.product("A", 10), shop.variation(parent, "V", 3)
    shop.item("V", 3)
    shop.sync()
    shop.client.put(f"products/{product}", {"stock_quantity": 99})
    shop.client.put(f"products/{parent}/variations/{variation}", {"stock_quantity": 98})
    assert shop.sync().written == 2
    assert (shop.shown(product), shop.shown(variation)) == (10, 3)


def test_a_stopped_order_pull_lowers_stock_but_raises_nothing(shop):
    shop.item("UP", 10)
    shop.item("DOWN", 2)
    up, down = shop.product("UP", 5), shop.product("DOWN", 5)
    shop.pull.outcome = "skipped"
    report = shop.sync()
    assert (shop.shown(up), shop.shown(down)) == (5, 2)
    assert (report.waiting, report.facts["stock_raises_held_back"]) == (1, 1)
    shop.pull.outcome = "done"
    shop.sync()
    assert shop.shown(up) == 10


def test_a_failed_order_pull_raises_nothing_and_says_so(shop):
    def fail():
        shop.client.get("orders/not-there")

    shop.item("UP", 10)
    up = shop.product("UP", 5)
    shop.pull.steps = [fail]
    report = shop.sync()
    assert shop.shown(up) == 5
    assert report.facts["orders_read_first"].startswith("no: ")


def test_orders_that_are_only_planned_hold_raises_back(shop):
    shop.item("UP", 10)
    up = shop.product("UP", 5)
    shop.pull.mode = "plan"
    shop.sync()
    assert shop.shown(up) == 5


def test_an_order_that_comes_while_sending_is_corrected_in_the_same_run(shop):
    shop.item("A", 10)
    product = shop.product("A", 4)
    shop.pull.steps = [lambda: None, lambda: shop.order(1, "PENDING", ("A", 3))]
    report = shop.sync()
    assert shop.shown(product) == 7
    assert report.facts["compare_and_send_rounds"] == 3
    assert (report.read, report.written) == (1, 1)


def test_an_unreadable_counterpoint_raises_and_writes_nothing(shop):
    shop.item("A", 10)
    product = shop.product("A", 4)
    with missing(shop.engine, IM_INV), pytest.raises(DBAPIError):
        shop.sync()
    assert shop.shown(product) == 4


def test_a_counterpoint_without_items_is_a_fault_and_not_an_empty_shop(shop):
    shop.item("A", 10)
    product = shop.product("A", 10)
    shop.sync()
    with writing(shop.engine) as connection:
        connection.execute(delete(IM_ITEM))
    with pytest.raises(NoStockReadError):
        shop.sync()
    assert shop.shown(product) == 10


def test_a_failed_store_read_moves_no_mark_and_writes_nothing(shop):
    shop.item("A", 10)
    product = shop.product("A", 10)
    shop.sync()
    shop.client.put(f"products/{product}", {"stock_quantity": 3})
    shop.server.faults.add(Fault("truncated", path="/products", times=2))
    with pytest.raises(StoreError):
        shop.sync()
    assert shop.sync().written == 1
    assert shop.shown(product) == 10


def test_a_full_reading_that_shows_no_product_is_a_fault(shop):
    shop.item("A", 10)
    product = shop.product("A", 10)
    shop.sync()
    shop.state.remove("product", product)
    with pytest.raises(EmptyStoreError, match="1"):
        shop.sync(full=True)


def test_a_store_that_takes_no_quantity_fails_the_run_and_the_next_one_writes(shop):
    products = []
    for name in ("A", "B", "C"):
        shop.item(name, 10)
        products.append(shop.product(name, 4))
    shop.server.faults.add(Fault("maintenance", method="POST", times=99))
    with pytest.raises(StoreUnavailable, match="none of 3 quantities"):
        shop.sync()
    shop.server.faults.clear()
    assert shop.sync().written == 3
    assert [shop.shown(product) for product in products] == [10, 10, 10]
    assert shop.letters() == []


@pytest.mark.cp_bug(32)
def test_one_refused_product_stops_no_other_and_is_tried_again(shop):
    shop.item("A", 10)
    shop.item("B", 10)
    good, bad = shop.product("A", 10), shop.product("B", 10)
    shop.sync()
    record = shop.state.find("product", bad)
    shop.stock("A", 11)
    shop.stock("B", 11)
    shop.state.remove("product", bad)
    report = shop.sync()
    assert shop.shown(good) == 11
    assert [(item.key, item.problem.retryable) for item in report.refused] == [("B", True)]
    assert [sku for sku, _ in shop.letters()] == ["B"]
    shop.state.save("product", record)
    shop.sync()
    assert (shop.shown(bad), shop.letters()) == (11, [])
