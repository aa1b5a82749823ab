"""What must be true of a shop after a push, and at the end of all.

Belongs here: assertions. They read tables and records, and use no flow but those under test.
"""

from collections import Counter
from decimal import Decimal

from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines_tests.flows.inventory.truth_model import PAID
from woocp_pipelines_tests.flows.inventory.truth_shop import TruthShop

REFERENCE = "WOO "
# What a product's letter says while the store, and not the product, is the cause.
NOT_TAKEN = ("HTTP_", "STORE_UNAVAILABLE", "PARENT_UNAVAILABLE", "UNEXPECTED_ANSWER")


def was_complete(report: FlowReport) -> bool:
    """Orders were known, and the store took every quantity."""
    pulled = str(report.facts["orders_read_first"]).startswith("yes")
    taken = not any(each.problem.code.startswith(NOT_TAKEN) for each in report.refused)
    return report.outcome == "done" and pulled and taken and report.waiting == 0


def assert_shop_is_true(shop: TruthShop) -> None:
    """Each SKU shows exactly what can be promised, which is never below zero."""
    promises, shown = shop.promises(), shop.shown()
    assert {sku: shown[sku] for sku in promises} == promises
    assert min(promises.values()) >= 0


def assert_nothing_was_raised(before: dict[str, int], after: dict[str, int]) -> None:
    """An oversold product that now shows zero was not raised: nobody can buy it either way."""
    raised = {sku for sku in before if after[sku] > max(0, before[sku])}
    assert raised == set()


def assert_books_agree(shop: TruthShop) -> None:
    """On hand and committed are what tills, people and each booking once have made of them."""
    rows = {row["ITEM_NO"]: row for row in shop.world.rows("IM_INV")}
    for name, item in shop.model.items.items():
        found = rows[name]["QTY_ON_HND"], rows[name]["QTY_COMMIT"]
        assert (name, *found) == (name, item.on_hand, item.committed)


def assert_converges(shop: TruthShop) -> None:
    """A quiet push ends at the truth, the mirror knows it, and another one writes nothing."""
    shop.world.wait(seconds=3)
    assert was_complete(shop.sync())
    assert_shop_is_true(shop)
    assert_mirror_is_the_store(shop)
    shop.world.wait(seconds=3)
    report = shop.sync()
    assert (report.written, [each for each in shop.world.requests() if "POST" in each]) == (0, [])
    assert_shop_is_true(shop)


def assert_mirror_is_the_store(shop: TruthShop) -> None:
    """The map shows what the store shows."""
    mirror = {
        row["SKU"]: row["STORE_QTY"] for row in shop.world.rows("USER_PRODUCT_MAP", IS_ACTIVE=True)
    }
    shown = shop.shown()
    assert mirror == {sku: shown[sku] for sku in mirror}
    assert mirror.keys() >= shop.promises().keys()


def assert_every_order_is_booked_once(shop: TruthShop) -> None:
    """After the last refusal is corrected, each paid order has one document, and no other has."""
    shop.add_unknown_item(4)
    shop.pull()
    shop.book()
    shop.replay()
    shop.book()
    assert_books_agree(shop)
    orders = shop.orders()
    paid = {order_id for order_id, order in orders.items() if order.status in PAID}
    assert paid - shop.model.booked.keys() == set()
    documents = Counter(
        int(reference.removeprefix(REFERENCE)) for reference in shop.world.orders_booked()
    )
    assert documents == Counter(dict.fromkeys(shop.model.booked, 1))
    commits = {row["ITEM_NO"]: row["QTY_COMMIT"] for row in shop.world.rows("IM_INV")}
    sold = _sold_by_documents(shop)
    for name, item in shop.model.items.items():
        assert (name, commits[name] - item.till) == (name, sold[name])


def _sold_by_documents(shop: TruthShop) -> Counter[str]:
    """Stocking quantities by item, summed over the lines of all order documents."""
    of_orders = {row["DOC_ID"] for row in shop.world.rows("PS_DOC_HDR", DOC_TYP="O")}
    sold: Counter[str] = Counter()
    for line in shop.world.rows("PS_DOC_LIN"):
        if line["DOC_ID"] in of_orders:
            quantity = line["QTY_SOLD"] * line["QTY_NUMER"] / line["QTY_DENOM"]
            sold[line["ITEM_NO"]] += Decimal(quantity)
    return sold
