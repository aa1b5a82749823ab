"""Stopping a server: what is under way is answered, nothing new is accepted, and it ends."""

import dataclasses
import http.client
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from pricing_service import draining
from pricing_service.server import PricingServer
from woocp_pipelines_tests.pricing_service.conftest import KEY, Caller

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}
BODY = json.dumps(ASKED).encode()
HEADERS = {"X-API-Key": KEY, "Content-Type": "application/json"}


def raw_request(version="1.1", more=""):
    head = f"POST /api/contract-price HTTP/{version}\r\nHost: x\r\nX-API-Key: {KEY}\r\n{more}"
    return f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def everything_from(client):
    return b"".join(iter(lambda: client.recv(65536), b""))


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


@pytest.mark.parametrize("kept", [("1.1", ""), ("1.0", "Connection: keep-alive\r\n")])
def test_an_answer_after_the_signal_ends_its_connection_and_says_so(config, slow, threads, kept):
    config.keeper.load()
    server = PricingServer(dataclasses.replace(config, clock=slow), threads=2)
    running = threads.submit(server.run)
    with connect(server) as client:
        client.sendall(raw_request(*kept))
        slow.reached.wait(60)
        server.stop_soon()
        while not refuses(server.url):
            pass
        slow.go_on.set()
        answer = everything_from(client)
    assert answer.startswith(f"HTTP/{kept[0]} 200 OK".encode())
    assert b"\r\nConnection: close\r\n" in answer
    assert b"keep-alive" not in answer.lower()
    assert running.result(60) is None


def test_requests_sent_ahead_on_one_connection_are_all_answered(config, slow, threads):
    config.keeper.load()
    server = PricingServer(dataclasses.replace(config, clock=slow), threads=2)
    running = threads.submit(server.run)
    with connect(server) as client:
        client.sendall(raw_request() * 3)
        slow.reached.wait(60)
        server.stop_soon()
        while not refuses(server.url):
            pass
        slow.go_on.set()
        answer = everything_from(client)
    assert (answer.count(b"200 OK"), answer.count(b"Connection: close")) == (3, 1)
    assert running.result(60) is None


def test_callers_that_keep_asking_on_open_connections_lose_no_request(config, threads):
    config.keeper.load()
    server = PricingServer(config, threads=2)
    running = threads.submit(server.run)
    all_ask = threading.Barrier(4)

    def ask_until_told():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        statuses = []
        while True:
            connection.request("POST", "/api/contract-price", BODY, HEADERS)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            if len(statuses) == 1:
                all_ask.wait(60)
            if answer.getheader("Connection") == "close":
                return statuses

    callers = [threads.submit(ask_until_told) for _ in range(3)]
    all_ask.wait(60)
    server.stop_soon()
    assert {status for each in callers for status in each.result(60)} == {200}
    assert running.result(60) is None


def test_connections_that_wait_to_be_accepted_are_answered(config, threads):
    config.keeper.load()
    server = PricingServer(config, threads=2)
    waiting = [connect(server) for _ in range(5)]
    for client in waiting:
        client.sendall(raw_request())
    server.stop_soon()
    running = threads.submit(server.run)
    for client in waiting:
        with client:
            assert everything_from(client).startswith(b"HTTP/1.1 200 OK")
    assert running.result(60) is None
