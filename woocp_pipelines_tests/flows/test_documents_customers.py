"""The customers of a claim while a customer sync is at work: waited for once in a claim."""

import pytest

from woocp_pipelines.counterpoint.claims import read_claimed
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.flows.claim_customers import find_customers
from woocp_pipelines.flows.documents import claim_orders
from woocp_pipelines.flows.order_preparation import Unprepared, prepare_orders
from woocp_pipelines_tests.worked_example import example_order

WAIT = 0.01


@pytest.fixture
def prepared(world):
    """Two orders of new guests, then one of a customer whom Counterpoint has."""
    for order_id, minutes in ((1, 3), (2, 2), (3, 1)):
        billing = {**example_order()["billing"], "email": f"guest{order_id}@quill.test"}
        buyer = {} if order_id == 3 else {"customer_id": 0, "billing": billing}
        world.order(order_id, date_created_gmt=world.ago(minutes=minutes), **buyer)
    world.pull()
    token = claim_orders(world.context)
    with reading(world.engine) as connection:
        claimed = read_claimed(connection, "main", token)
        return prepare_orders(connection, world.context.settings, claimed, {})


def found_of(world, prepared):
    _, found = find_customers(world.context, prepared, wait_seconds=WAIT)
    return [
        (each.problems[0].code, each.problems[0].found) if isinstance(each, Unprepared) else each[1]
        for each in found
    ]


def test_a_customer_sync_is_waited_for_once_in_a_claim(world, prepared):
    with flow_lock(world.engine, "customers"):
        found = found_of(world, prepared)
    assert found == [
        ("CUSTOMERS_BUSY", f"held by a customer sync for over {WAIT} seconds"),
        ("CUSTOMERS_BUSY", "still held by a customer sync"),
        "10001",
    ]


def test_new_buyers_are_made_once_the_sync_is_over(world, prepared):
    assert found_of(world, prepared) == ["20001", "20002", "10001"]
