"""A store of people and a Counterpoint that knows few of them."""

import pytest

from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.sandbox.store import ApiKey, StoreServer, StoreState
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.customer_world import KEY, NOW, SECRET, seed_codes, settings_for


@pytest.fixture
def shop(tmp_path):
    state = StoreState.open(tmp_path / "store.sqlite")
    state.add_key(ApiKey(KEY, SECRET))
    yield state
    state.close()


@pytest.fixture
def server(shop):
    with StoreServer(shop) as running:
        yield running


@pytest.fixture
def make_context(server):
    opened = []

    def make(engine, **tables):
        store = StoreClient(server.url, KEY, SECRET, sleep=lambda _: None, attempts=1)
        opened.append(store)
        settings = settings_for(server.url, **tables)
        return FlowContext(settings, engine, store, clock=lambda: NOW, run_id="run-1")

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def context(engine, make_context):
    seed_codes(engine)
    return make_context(engine)
