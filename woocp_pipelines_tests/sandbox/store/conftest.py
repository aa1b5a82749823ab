"""A small running store and a client that signs as WooCommerce's clients do over plain http."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from woocp_pipelines.sandbox.store import StoreServer, StoreState
from woocp_pipelines_tests.sandbox.store.replay import signed
from woocp_pipelines_tests.sandbox.store.world import KEYS


class Shop:
    """The store, its clock, and requests to it."""

    def __init__(self, folder):
        self.path = folder / "store.db"
        self.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
        self.state = StoreState.open(self.path, clock=lambda: self.now)
        self.state.add_key(KEYS["read_write"])
        self.server = StoreServer(self.state)

    def later(self, seconds=60):
        self.now += timedelta(seconds=seconds)

    def ask(self, method, path, *, key=None, timeout=10, **arguments):
        names = (
            {"client_key": key.consumer_key, "client_secret": key.consumer_secret} if key else {}
        )
        return requests.request(
            method,
            f"{self.server.url}/wp-json/wc/v3{path}",
            auth=signed(self.now, **names),
            timeout=timeout,
            **arguments,
        )

    def read(self, path, **query):
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method, path, body):
        answer = self.ask(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def fault(self, **fields):
        answer = requests.post(f"{self.server.url}/sandbox/faults", json=fields, timeout=10)
        assert answer.status_code == 201, answer.text

    def log(self):
        return requests.get(f"{self.server.url}/sandbox/requests", timeout=10).json()


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    with shop.server:
        yield shop
    shop.state.close()


@pytest.fixture
def pipe(shop):
    """A product of which five are in stock."""
    return shop.state.add_product(
        {
            "name": '5" Pipe',
            "sku": "01-PIPE",
            "regular_price": "40.88",
            "manage_stock": True,
            "stock_quantity": 5,
        }
    )
