"""A shop for the order flows: the worked example's Counterpoint and the sandbox store."""

import pytest

from woocp_pipelines_tests.order_world import order_world
from woocp_pipelines_tests.worked_example import seed_example


@pytest.fixture
def world(engine, tmp_path):
    seed_example(engine)
    with order_world(engine, tmp_path) as made:
        yield made
