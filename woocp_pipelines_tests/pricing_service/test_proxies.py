"""Whose X-Forwarded-For is believed."""

import dataclasses
import io
import json

import pytest
import requests

from pricing_service.access_log import AccessLog
from pricing_service.limits import Limits


@pytest.fixture
def serve(start, config):
    def build(trusted_proxy):
        stream = io.StringIO()
        log = AccessLog(stream)
        told = dataclasses.replace(
            config, trusted_proxy=trusted_proxy, limits=Limits(refusals=1), access_log=log
        )

        def clients():
            log.close()
            return [json.loads(line)["client"] for line in stream.getvalue().splitlines()]

        return start(told), clients

    return build


def fail_from(call, forwarded):
    headers = {"X-Forwarded-For": forwarded, "X-API-Key": "wrong-secret-000000"}
    return requests.post(call.url + "/api/contract-price", headers=headers, timeout=20).status_code


def test_nobodys_header_is_believed_unless_told(serve):
    call, clients = serve("")
    assert [fail_from(call, "192.0.2.1"), fail_from(call, "192.0.2.2")] == [401, 429]
    assert clients() == ["127.0.0.1"] * 2


def test_the_header_of_an_address_that_is_not_the_proxy_is_ignored(serve):
    call, clients = serve("192.0.2.99")
    assert [fail_from(call, "192.0.2.1"), fail_from(call, "192.0.2.2")] == [401, 429]
    assert clients() == ["127.0.0.1"] * 2


def test_behind_the_trusted_proxy_limits_and_log_know_the_client(serve):
    call, clients = serve("127.0.0.1")
    statuses = [fail_from(call, each) for each in ("192.0.2.1", "192.0.2.2", "192.0.2.1")]
    assert statuses == [401, 401, 429]
    assert clients() == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]


def test_what_the_client_wrote_into_the_header_itself_is_not_believed(serve):
    call, clients = serve("127.0.0.1")
    fail_from(call, "203.0.113.7, 192.0.2.1")
    assert clients() == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("203.0.113.7, [2001:db8::1]:4711", "2001:db8::1"),
    ],
)
def test_a_client_is_an_address_without_its_port(serve, forwarded, client):
    call, clients = serve("127.0.0.1")
    other_port = forwarded.replace("4711", "4712")
    assert [fail_from(call, forwarded), fail_from(call, other_port)] == [401, 429]
    assert clients() == [client] * 2
