"""What is answered in the first moments: who asks early waits for the book instead of a refusal."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from pricing_service.server import PricingServer
from woocp_pipelines_tests.pricing_service.conftest import KEY

BODY = b'{"ncr_bid_no": "144319", "item_no": "01-10100"}'
ASK = (
    f"POST /api/contract-price HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nConnection: close\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY


def first_answer(config):
    """What somebody gets who asked before the server's loop began."""
    server = PricingServer(config, threads=2)
    address = ("127.0.0.1", server.port)
    with ThreadPoolExecutor(1) as pool, socket.create_connection(address, timeout=20) as client:
        client.sendall(ASK)
        running = pool.submit(server.run)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
        server.stop_soon()
        assert running.result(60) is None
    return answer


@pytest.mark.parametrize("database_is_away", [False, True])
def test_the_first_answer_comes_from_the_saved_book(configure, counterpoint, database_is_away):
    configure().keeper.load()
    if database_is_away:
        counterpoint.go_away()
    answer = first_answer(configure())
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"21.0955" in answer


def test_the_first_answer_waits_for_the_first_reading_where_nothing_is_saved(config):
    assert first_answer(config).startswith(b"HTTP/1.1 200 OK")


def test_the_first_answer_is_a_refusal_where_there_is_no_book_at_all(config, counterpoint):
    counterpoint.go_away()
    answer = first_answer(config)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 60" in answer
