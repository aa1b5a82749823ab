"""Connections whose callers say nothing, or only half of it, make room for others."""

import socket
import time

import requests

from pricing_service.channels import REQUEST_SECONDS
from pricing_service.server import PricingServer


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def test_half_requests_and_silent_connections_are_closed_soon_and_kept_ones_later(config):
    with PricingServer(config, threads=2) as server, requests.Session() as kept:
        live = server.url + "/api/health/live"
        with connect(server) as silent, connect(server) as half:
            half.sendall(b"POST /api/contract-pri")
            # Answered after the others were accepted and read.
            assert kept.get(live, timeout=20).status_code == 200
            own = server._server
            own.trigger.pull_trigger(lambda: own.maintenance(time.time() + REQUEST_SECONDS))
            assert (silent.recv(1), half.recv(1)) == (b"", b"")
        known = set(own.active_channels)
        assert kept.get(live, timeout=20).status_code == 200
        assert set(own.active_channels) == known


def test_a_request_that_comes_in_pieces_in_time_is_answered(config):
    with PricingServer(config, threads=2) as server, connect(server) as client:
        for piece in (b"GET /api/health/live HT", b"TP/1.1\r\nHost: x\r\n", b"\r\n"):
            client.sendall(piece)
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
