"""Stopping a server: what is under way is answered, nothing new is accepted, and it ends."""

import dataclasses
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from pricing_service import draining
from pricing_service.server import PricingServer
from woocp_pipelines_tests.pricing_service.conftest import Caller

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


class SlowClock:
    """A clock that takes its time: the answer to a request for a price waits for it."""

    def __init__(self, clock):
        self._clock = clock
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def __call__(self):
        self.reached.set()
        self.go_on.wait(60)
        return self._clock()


@pytest.fixture
def slow(threads, clock):
    # After `threads` in the list, hence ended before them: else they would wait for it.
    found = SlowClock(clock)
    yield found
    found.go_on.set()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def refuses(url):
    where = urlsplit(url)
    try:
        socket.create_connection((where.hostname, where.port), timeout=20).close()
    except (ConnectionRefusedError, ConnectionResetError):
        return True
    return False


def test_a_request_under_way_is_answered_while_new_ones_are_refused(config, slow, threads):
    config.keeper.load()
    server = PricingServer(dataclasses.replace(config, clock=slow), threads=2)
    running = threads.submit(server.run)
    asked = threads.submit(Caller(server.url).post, **ASKED)
    slow.reached.wait(60)
    server.stop_soon()
    server.stop_soon()
    while not refuses(server.url):
        pass
    assert not asked.done()
    slow.go_on.set()
    assert asked.result(60).json()["contract_price"] == 21.0955
    assert running.result(60) is None


def test_a_request_that_never_ends_is_given_up(config, slow, threads):
    config.keeper.load()
    server = PricingServer(dataclasses.replace(config, clock=slow), threads=2)
    running = threads.submit(server.run)
    asked = threads.submit(Caller(server.url).post, **ASKED)
    slow.reached.wait(60)
    draining.drain(server._server, server._channels, seconds=0)
    assert running.result(60) is None
    with pytest.raises(requests.ConnectionError):
        asked.result(60)


def test_idle_connections_hold_nothing_up(config, threads):
    server = PricingServer(config, threads=2)
    running = threads.submit(server.run)
    with requests.Session() as session:
        assert session.get(server.url + "/api/health/live", timeout=20).status_code == 200
        server.stop_soon()
        assert running.result(9) is None
