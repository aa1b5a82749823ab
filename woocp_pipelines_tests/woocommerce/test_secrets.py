"""Key and secret appear in no message, repr, log or traceback, whatever goes wrong."""

import base64
import logging
import os
import socket
from pathlib import Path
from traceback import TracebackException

import pytest

import woocp_pipelines
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError

_PACKAGE = f"{Path(woocp_pipelines.__file__).parent}{os.sep}"


def _our_frames(error):
    """The traceback as a tool prints it that shows local variables; our own frames and causes."""
    texts = []
    while error is not None:
        shown = TracebackException.from_exception(error, capture_locals=True)
        texts += [str(shown), repr(error), repr(vars(error))]
        texts += [
            repr(frame.locals) for frame in shown.stack if frame.filename.startswith(_PACKAGE)
        ]
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


def _assert_hidden(text, credentials):
    key, secret = credentials
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    assert text
    for hidden in (key, secret, basic):
        assert hidden not in text


def _faults(key, secret):
    echo = f"rejected {key} with {secret}"
    error = {"code": f"odd_{key}", "message": echo, "data": {"params": {"key": echo}}}
    return {
        "authentication": {"status": 401, "body": error},
        "not_found": {"status": 404, "body": {"code": "x_invalid_id", "message": echo}},
        "refused": {"status": 400, "body": error},
        "unavailable": {"status": 503, "body": f"<html>{echo}</html>"},
        "not_json": {"body": f"<html>{echo}</html>"},
        "redirected": {
            "status": 302,
            "headers": {"Location": f"https://x.example/{key}/?consumer_secret={secret}"},
        },
        "hang_up": {"hang_up": True},
        "cut": {"cut": True, "body": [echo]},
    }


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(_faults("", "")))
def test_no_error_shows_key_or_secret(*, store, client, reply, credentials, caplog, name, method):
    caplog.set_level(logging.DEBUG)
    store.default = lambda seen: reply(**_faults(*credentials)[name])
    query = {"search": "x"}
    with pytest.raises(StoreError) as caught:
        client.get("orders", query) if method == "get" else client.post("orders", query)
    _assert_hidden(str(caught.value), credentials)
    _assert_hidden(_our_frames(caught.value), credentials)
    _assert_hidden(caplog.text, credentials)


def test_no_refused_or_timed_out_connection_shows_key_or_secret(store, hasty, reply, credentials):
    store.replies(reply(hold=True), reply(hold=True))
    with pytest.raises(StoreError) as timed_out:
        hasty.get("orders")
    _assert_hidden(_our_frames(timed_out.value), credentials)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with StoreClient(url, *credentials, attempts=1) as client, pytest.raises(StoreError) as no:
            client.get("orders", {"consumer_key": credentials[0]})
    _assert_hidden(str(no.value), credentials)
    assert no.value.__cause__ is None


def test_no_exception_of_requests_stays_in_the_chain(store, client, reply):
    store.replies(*[reply(hang_up=True) for _ in range(5)])
    with pytest.raises(StoreError) as caught:
        client.get("orders")
    chain, error = [], caught.value
    while error is not None:
        chain.append(type(error).__module__)
        error = error.__cause__ or error.__context__
    assert not [module for module in chain if module.startswith(("requests", "urllib3"))]


def test_a_client_shows_its_address_only(client, store, credentials):
    assert repr(client) == f"StoreClient({store.url!r})"
    _assert_hidden(repr(vars(client)), credentials)


def test_successful_requests_log_no_credentials(store, client, reply, credentials, caplog):
    caplog.set_level(logging.DEBUG)
    store.replies(reply([]))
    client.get("orders")
    _assert_hidden(caplog.text, credentials)
