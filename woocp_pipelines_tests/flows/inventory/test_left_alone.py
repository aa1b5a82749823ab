"""Products whose quantity is not known or not ours: left alone, and said to the right people."""

import pytest
from sqlalchemy import event, update

from woocp_pipelines.counterpoint.codes import UnknownLocationError
from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.tables import IM_ITEM
from woocp_pipelines_tests.flows.inventory.conftest import ITEM, at


def letter_rows(shop):
    with reading(shop.engine) as connection:
        return read_dead_letters(connection, "main", include_closed=True)


def test_a_quantity_that_nobody_knows_is_written_never_and_said_once(shop):
    shop.item("STOCKED", 5)
    shop.item("NO-ROW", None)
    shop.item("ELSEWHERE", None)
    shop.stock("ELSEWHERE", 33, location="02")
    products = [shop.product(sku, 9) for sku in ("STOCKED", "NO-ROW", "ELSEWHERE")]
    report = shop.sync()
    assert [shop.shown(product) for product in products] == [5, 9, 9]
    assert [(each.key, each.problem.code) for each in report.refused] == [
        ("NO-ROW", "NO_INVENTORY_ROW"),
        ("ELSEWHERE", "NO_INVENTORY_ROW"),
    ]
    assert [row["FOUND"] for row in letter_rows(shop)] == [
        f"item {sku} has no stock row at 01" for sku in ("NO-ROW", "ELSEWHERE")
    ]
    assert "`woocp stock NO-ROW`" in letter_rows(shop)[0]["NEXT_STEP"]
    again = shop.sync()
    assert (again.refused, again.facts["products_with_dead_letter"]) == ([], 2)
    assert [row["ATTEMPTS"] for row in letter_rows(shop)] == [2, 2]
    assert len(shop.sync(full=True).refused) == 2


def test_the_letter_of_an_unknown_quantity_closes_by_itself(shop):
    shop.item("STOCKED", 5)
    for sku in ("COMES", "ENDS", "GOES"):
        shop.item(sku, None)
    shop.product("STOCKED", 5)
    product, _, gone = [shop.product(sku, 9) for sku in ("COMES", "ENDS", "GOES")]
    shop.sync()
    assert len(shop.letters()) == 3
    shop.stock("COMES", 4)
    with writing(shop.engine) as connection:
        connection.execute(update(IM_ITEM).where(IM_ITEM.c.ITEM_NO == "ENDS").values(STAT="D"))
    shop.state.remove("product", gone)
    assert shop.sync(full=True).refused == []
    assert (shop.shown(product), shop.letters()) == (4, [])


def test_another_choice_of_locations_is_told_in_the_letter(shop):
    shop.item("STOCKED", 5)
    shop.stock("STOCKED", 5, location="02")
    shop.item("NO-ROW", None)
    shop.product("STOCKED", 5)
    shop.product("NO-ROW", 9)
    shop.sync()
    shop.settings = at("02")
    shop.sync()
    old, new = letter_rows(shop)
    assert old["CLOSED_GMT"] is not None
    assert new["FOUND"] == "item NO-ROW has no stock row at 02"


def test_a_plan_tells_unknown_quantities_and_writes_no_letter(shop):
    shop.item("STOCKED", 5)
    shop.item("NO-ROW", None)
    shop.product("STOCKED", 5)
    shop.product("NO-ROW", 9)
    report = shop.sync(mode="plan")
    assert [each.problem.code for each in report.refused] == ["NO_INVENTORY_ROW"]
    assert letter_rows(shop) == []
    shop.sync()
    assert shop.sync(mode="plan").refused == []


def test_hundreds_of_unknown_quantities_cost_a_few_statements(shop):
    def statements(count):
        seen = []
        event.listen(shop.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
        report = shop.sync()
        assert len(report.refused) == count
        return len(seen)

    shop.equal_products(1, 5)
    shop.sync()
    rows = [{"ITEM_NO": f"U{number}", **ITEM, "DESCR": "-"} for number in range(300)]
    shop.put_many("IM_ITEM", rows)
    with shop.state.unit():
        for number in range(300):
            shop.product(f"U{number}", 9)
    shop.clock.wait(1)
    statements(300)
    first = statements(0)
    assert first <= 30
    assert len(shop.letters()) == 300


@pytest.mark.parametrize("values", [{"ITEM_TYP": "N"}, {"ITEM_TYP": "S"}, {"TRK_METH": "G"}])
def test_items_that_hold_no_stock_of_their_own_need_no_row(shop, values):
    shop.item("STOCKED", 5)
    shop.item("OTHER", None, **values)
    shop.product("STOCKED", 5)
    shop.product("OTHER", 9)
    assert (shop.sync().refused, shop.letters()) == ([], [])


def test_a_refused_quantity_is_forgotten_when_the_product_is_not_ours_any_more(shop):
    shop.item("BIG", 3_000_000_000)
    shop.item("A", 5)
    shop.product("BIG", 1)
    shop.product("A", 5)
    shop.sync()
    assert shop.letters() == [("BIG", "INVALID_QUANTITY")]
    with writing(shop.engine) as connection:
        connection.execute(update(IM_ITEM).where(IM_ITEM.c.ITEM_NO == "BIG").values(STAT="D"))
    shop.sync()
    assert shop.letters() == []


@pytest.mark.parametrize("mode", ["plan", "apply"])
def test_a_location_that_does_not_exist_stops_every_run(shop, mode):
    shop.settings = {"inventory": {"locations": ["01", "0l"]}}
    shop.item("A", 5)
    product = shop.product("A", 9)
    with pytest.raises(UnknownLocationError, match=r"found '0l', expected .* 01, 02;"):
        shop.sync(mode=mode)
    assert shop.shown(product) == 9


def test_a_plan_before_the_first_run_says_why_items_that_exist_are_left_alone(shop):
    shop.item("A", 5)
    shop.item("ENDED", 5, STAT="D")
    shop.item("NO-WEB", 5, IS_ECOMM_ITEM="N")
    for sku in ("A", "ENDED", "NO-WEB"):
        shop.product(sku, 9)
    left = {
        row["sku"]: row["why"]
        for row in shop.sync(mode="plan").tables["products_not_touched_table"]
    }
    assert left == {
        "ENDED": "no web item (STAT is 'D'); inventory.unlisted = keep",
        "NO-WEB": "no web item (IS_ECOMM_ITEM is not 'Y'); inventory.unlisted = keep",
    }
