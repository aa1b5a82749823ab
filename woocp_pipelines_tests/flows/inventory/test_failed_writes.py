"""Quantities that the store did not take: whose fault it is, and what to do about it."""

import pytest

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.flows.inventory_letters import calls_for_people, refused_write
from woocp_pipelines.sandbox.store import ApiKey
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.woocommerce.errors import (
    AuthenticationFailed,
    Call,
    NotFound,
    NotJson,
    StoreUnavailable,
)
from woocp_pipelines.woocommerce.stock import StockWrite, StockWriteResult
from woocp_pipelines_tests.flows.inventory.conftest import KEY, SECRET

CALL = Call("POST", "products/batch")
WRITE = StockWrite(7, None, 5)


def failed(error):
    return StockWriteResult(
        WRITE, code="X", message=error.reason, transient=error.transient, error=error
    )


@pytest.mark.parametrize(
    "error",
    [
        NotJson(CALL, "<h1>Request Entity Too Large</h1>", status=413),
        StoreUnavailable(CALL, "no answer", timed_out=True, may_have_written=True),
        StoreUnavailable(CALL, "Bad Gateway", status=502, may_have_written=True),
    ],
    ids=str,
)
def test_a_request_that_is_too_big_or_unanswered_is_no_fault_of_the_product(error):
    problem = refused_write(failed(error))
    assert problem.next_step.startswith("nothing is wrong with the product, the next run writes")
    assert "size and time of a request" in problem.next_step
    assert "Next step" not in problem.found
    assert problem.retryable


def test_other_failures_of_a_request_keep_their_own_next_step():
    denied = refused_write(failed(AuthenticationFailed(CALL, "read only", status=401)))
    assert denied.next_step.startswith("nothing is wrong with the product: check WOOCP_STORE_KEY")
    gone = refused_write(failed(NotFound(CALL, "no such product", status=404)))
    assert gone.next_step.startswith("check whether the record was deleted in the store")


def test_what_the_store_says_of_one_product_is_corrected_where_it_is_wrong():
    refused = StockWriteResult(WRITE, code="woocommerce_rest_product_invalid_id", message="no")
    assert "product in the store" in refused_write(refused).next_step
    absurd = StockWriteResult(WRITE, code="INVALID_QUANTITY", message="too many")
    assert "item in Counterpoint" in refused_write(absurd).next_step


def test_only_a_store_that_takes_the_others_makes_a_passing_failure_a_task():
    broken = failed(StoreUnavailable(CALL, "500", status=500, may_have_written=True))
    busy = failed(StoreUnavailable(CALL, "slow down", status=429))
    unsent = StockWriteResult(WRITE, code="STORE_UNAVAILABLE", message="not sent", transient=True)
    assert calls_for_people(broken, store_works=True)
    assert not calls_for_people(broken, store_works=False)
    assert not calls_for_people(busy, store_works=True)
    assert not calls_for_people(unsent, store_works=True)
    assert (broken.was_given_up, unsent.was_given_up) == (False, True)


def test_a_product_that_the_store_breaks_on_is_a_letter_until_it_passes(shop):
    shop.item("A", 5)
    shop.item("B", 5)
    parent = shop.product("P", None, type="variable")
    good, bad = shop.product("A", 1), shop.variation(parent, "B", 1)
    shop.server.faults.add(Fault("server_error", method="POST", path="/variations/", times=50))
    report = shop.sync()
    assert (shop.shown(good), shop.shown(bad)) == (5, 1)
    assert [(each.key, each.problem.code) for each in report.refused] == [
        ("B", "STORE_UNAVAILABLE")
    ]
    with reading(shop.engine) as connection:
        (letter,) = read_dead_letters(connection, "main")
    assert (letter["SKU"], letter["RETRYABLE"]) == ("B", True)
    assert "Next step" not in letter["FOUND"]
    shop.server.faults.clear()
    assert shop.sync().refused == []
    assert (shop.shown(bad), shop.letters()) == (5, [])


def broken_variations(shop, *skus):
    """A parent on whose variations the store breaks."""
    parent = shop.product("P", None, type="variable")
    for sku in skus:
        shop.item(sku, 5)
        shop.variation(parent, sku, 1)
    path = f"/products/{parent}/variations/"
    shop.server.faults.add(Fault("server_error", method="POST", path=path, times=500))


def test_a_broken_product_that_is_all_there_is_to_write_fails_no_run(shop):
    broken_variations(shop, "B")
    shop.item("C", None)
    shop.product("C", 3)
    for _ in range(2):
        assert shop.sync().outcome == "done"
        assert sorted(shop.letters()) == [("B", "STORE_UNAVAILABLE"), ("C", "NO_INVENTORY_ROW")]


def test_a_product_that_breaks_in_a_later_round_takes_nothing_from_what_was_written(shop):
    shop.item("A", 5)
    good = shop.product("A", 1)
    broken_variations(shop, "B")
    shop.stock("B", 1)
    shop.pull.steps = [lambda: None, lambda: shop.stock("B", 2)]
    report = shop.sync()
    assert (report.written, shop.shown(good)) == (1, 5)
    assert shop.letters() == [("B", "STORE_UNAVAILABLE")]


def test_a_parent_with_many_broken_variations_keeps_no_other_from_being_written(shop):
    broken_variations(shop, *(f"B{number}" for number in range(5)))
    parent = shop.product("LATER", None, type="variable")
    shop.item("A", 5)
    good = shop.variation(parent, "A", 1)
    report = shop.sync()
    assert (report.written, report.waiting, shop.shown(good)) == (1, 2, 5)
    assert shop.letters() == [(f"B{number}", "STORE_UNAVAILABLE") for number in range(3)]


def test_a_store_that_takes_nothing_fails_the_run_once_all_letters_are_written(shop):
    shop.equal_products(3, 5)
    shop.item("C", None)
    shop.product("C", 3)
    shop.stock_of_first(3, 4)
    shop.server.faults.add(Fault("server_error", method="POST", times=500))
    with pytest.raises(StoreUnavailable, match="none of 3 quantities"):
        shop.sync()
    assert shop.letters() == [("C", "NO_INVENTORY_ROW")]


def test_a_store_that_answers_to_nothing_any_more_blames_no_product(shop):
    shop.item("A", 5)
    shop.product("A", 5)
    shop.sync()
    shop.stock("A", 4)
    shop.server.faults.add(Fault("server_error", method="POST", times=500))
    shop.server.faults.add(Fault("server_error", method="GET", path="/products", after=1, times=9))
    with pytest.raises(StoreUnavailable, match="none of 1 quantities"):
        shop.sync()
    assert shop.letters() == []


def test_a_store_that_goes_away_between_two_rounds_keeps_no_letter_from_being_written(shop):
    shop.item("A", 5)
    good = shop.product("A", 1)
    shop.item("C", None)
    shop.product("C", 3)
    away = Fault("server_error", method="GET", path="/products", times=9)
    shop.pull.steps = [lambda: None, lambda: shop.server.faults.add(away)]
    with pytest.raises(StoreUnavailable):
        shop.sync()
    assert (shop.shown(good), shop.letters()) == (5, [("C", "NO_INVENTORY_ROW")])


def test_a_key_that_may_only_read_fails_the_run_and_blames_no_product(shop):
    shop.item("A", 5)
    shop.product("A", 1)
    shop.state.add_key(ApiKey(KEY, SECRET, permissions="read"))
    with pytest.raises(AuthenticationFailed, match="WOOCP_STORE_KEY"):
        shop.sync()
    assert shop.letters() == []


def test_a_letter_closes_when_the_store_was_corrected_by_hand(shop):
    shop.item("A", 5)
    shop.item("BIG", 3_000_000_000)
    shop.product("A", 5)
    shop.product("BIG", 1)
    shop.sync()
    assert shop.letters() == [("BIG", "INVALID_QUANTITY")]
    shop.stock("BIG", 1)
    report = shop.sync()
    assert (report.written, shop.letters()) == (0, [])
