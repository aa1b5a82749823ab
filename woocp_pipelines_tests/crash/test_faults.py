"""When the store fails in every way it can, the next good run misses nothing and repeats nothing.

Faults of the sandbox store while orders are read and while it is told; orders that change, come
and go between two pages.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest

from woocp_pipelines_tests.crash.findings import Findings, find_faults
from woocp_pipelines_tests.crash.shop import EXPECTED, LEGACY, LETTERS, Expected, order_json, paper

ORDERS = {"method": "GET", "path": r"/orders$"}
SECOND_PAGE = {**ORDERS, "after": 1}
ONE_ORDER = {"method": "GET", "path": rf"/orders/{LEGACY}$"}
LOOK_FOR_NOTE = {"method": "GET", "path": "/notes"}
NOTE = {"method": "POST", "path": "/notes"}
META = {"method": "PUT", "path": r"/orders/\d+$"}
PLACES = (ORDERS, SECOND_PAGE, ONE_ORDER, LOOK_FOR_NOTE, NOTE, META)
KINDS = [
    "too_many_requests",
    "maintenance",
    "server_error",
    "fatal",
    "bad_gateway",
    "html_200",
    "truncated",
    "cut_after_write",
    "cut_before",
]
FOR_EVER = 99


def faults(shop, expected=EXPECTED):
    return find_faults(shop.start, shop.ledger(), expected)


def insert(order_id, changes=None):
    return order_json(order_id, datetime.now(UTC) - timedelta(minutes=1), changes or paper(1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_fails_once_costs_nothing_wherever_it_is(shop, kind):
    for place in PLACES:
        shop.fault(kind, **place)
    shop.run()
    assert shop.hits() == [kind] * len(PLACES)
    shop.run_after_the_faults()
    assert (faults(shop), shop.ledger().letters) == (Findings(), LETTERS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_fails_for_a_while_is_made_up_for_by_the_next_run(shop, kind):
    for place in (SECOND_PAGE, ONE_ORDER, NOTE, META):
        shop.server.faults.clear()
        shop.fault(kind, times=FOR_EVER, **place)
        shop.run()
    assert set(shop.hits()) == {kind}
    shop.run_after_the_faults()
    assert (faults(shop), shop.ledger().letters) == (Findings(), LETTERS)


@pytest.mark.parametrize("place", [NOTE, META], ids=["note", "meta"])
def test_a_time_out_after_writing_is_looked_at_before_it_is_repeated(shop, place):
    shop.fault("timeout_after_write", seconds=5, **place)
    assert shop.run() == []
    assert shop.hits() == ["timeout_after_write"]
    shop.run_after_the_faults()
    assert faults(shop) == Findings()


def test_a_note_that_the_store_took_but_hid_until_later_is_not_written_again(shop):
    shop.fault("cut_after_write", **NOTE)
    shop.fault("maintenance", times=3, after=len(EXPECTED) - 2, **LOOK_FOR_NOTE)
    shop.run()
    shop.run_after_the_faults()
    assert faults(shop) == Findings()


def test_orders_touched_between_two_pages_are_neither_missed_nor_doubled(shop):
    shop.fault("drift", touch=[20001, 20002, 20005, 20007], **SECOND_PAGE)
    shop.run()
    shop.run_after_the_faults()
    assert (shop.hits(), faults(shop)) == (["drift"], Findings())


def test_orders_that_come_in_between_two_pages_are_booked_once(shop):
    shop.fault("drift", insert=[insert(21001), insert(21002)], **SECOND_PAGE)
    shop.run()
    shop.run_after_the_faults()
    more = {order_id: Expected("BOOKED", 1, "ann@printers.test") for order_id in (21001, 21002)}
    assert faults(shop, EXPECTED | more) == Findings()


def test_an_order_cancelled_between_two_pages_is_not_booked(shop):
    shop.fault("drift", set_status={"20002": "cancelled"}, **SECOND_PAGE)
    shop.run()
    shop.run_after_the_faults()
    assert faults(shop, EXPECTED | {20002: Expected("CANCELLED")}) == Findings()


def test_an_order_released_between_two_pages_is_booked_once(shop):
    shop.fault("drift", set_status={"20003": "processing"}, **SECOND_PAGE)
    shop.run()
    shop.run_after_the_faults()
    released = {20003: Expected("BOOKED", 1, "ann@printers.test")}
    assert faults(shop, EXPECTED | released) == Findings()


@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_faults_and_changes_leaves_nothing_missed_and_nothing_twice(shop, seed):
    draw = random.Random(seed)
    expected = dict(EXPECTED)
    for number in range(3):
        for _ in range(5):
            place = draw.choice(PLACES)
            options = {**place, "after": draw.randint(0, 4), "times": draw.randint(1, 4)}
            shop.fault(draw.choice(KINDS), **options)
        new = 21001 + number
        expected[new] = Expected("BOOKED", 1, "ann@printers.test")
        touched = draw.sample(list(EXPECTED), 2)
        shop.fault("drift", insert=[insert(new)], touch=touched, **SECOND_PAGE)
        shop.run()
    for new in set(expected) - set(shop.ledger().orders):
        del expected[new]
    shop.run_after_the_faults()
    assert faults(shop, expected) == Findings()
    assert shop.ledger().letters == LETTERS
