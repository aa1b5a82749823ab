"""One order, booked and told; looked at once, nothing shipped."""

import pytest

from woocp_pipelines_tests.fulfilment_world import Tills
from woocp_pipelines_tests.order_world import book_all


@pytest.fixture
def tills(world):
    world.order()
    book_all(world)
    world.notify()
    made = Tills(world)
    made.sync()
    world.server.requests.clear()
    return made


@pytest.fixture
def world_booked(world):
    """The same, never looked at."""
    world.order()
    book_all(world)
    world.notify()
    return Tills(world)
