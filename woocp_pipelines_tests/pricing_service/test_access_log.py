"""The access log: one JSON object per request, and nothing that must not stand there."""

import dataclasses
import io
import json

import pytest
import requests

from pricing_service.access_log import AccessLog
from woocp_pipelines_tests.pricing_service.conftest import KEY

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


@pytest.fixture
def stream():
    return io.StringIO()


@pytest.fixture
def logged(start, config, stream):
    return start(dataclasses.replace(config, access_log=AccessLog(stream)))


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_says_who_asked_what_for_which_contract_and_how_long_it_took(logged, stream):
    answer = logged.post(**ASKED)
    (line,) = lines(stream)
    assert line.pop("ms") >= 0
    assert line.pop("time").endswith("+00:00")
    assert line.pop("book_age_seconds") >= 0
    assert line == {
        "request_id": answer.headers["X-Request-ID"],
        "client": "127.0.0.1",
        "key": "wordpress",
        "group": "144319",
        "method": "POST",
        "path": "/api/contract-price",
        "status": 200,
        "bytes": len(answer.content),
    }


def test_no_secret_no_query_and_no_body_is_written(logged, stream):
    logged.post(**ASKED)
    headers = {"Authorization": f"Bearer {KEY}x"}
    requests.get(logged.url + "/api/health?email=a@example.com", headers=headers, timeout=20)
    written = stream.getvalue()
    assert KEY not in written
    assert "example.com" not in written
    assert "01-10100" not in written


def test_refusals_are_logged_without_a_key_name(logged, stream):
    requests.post(logged.url + "/api/contract-price", timeout=20)
    (line,) = lines(stream)
    assert (line["status"], line["key"], line["group"]) == (401, "", None)


def test_an_id_given_by_the_caller_goes_through_the_log_and_back(logged, stream):
    answer = logged.send(b"{}", **{"X-Request-ID": "cart-7.b_2"})
    assert answer.headers["X-Request-ID"] == "cart-7.b_2"
    assert lines(stream)[0]["request_id"] == "cart-7.b_2"


@pytest.mark.parametrize("given", ['a"b', "a b", "x" * 65, "a,b", "\u00e9".encode("latin-1")])
def test_an_id_that_could_spoil_a_log_is_replaced(logged, stream, given):
    answer = logged.send(b"{}", **{"X-Request-ID": given})
    (line,) = lines(stream)
    assert line["request_id"] == answer.headers["X-Request-ID"] != given


def test_a_strange_path_cannot_break_a_line(logged, stream):
    requests.get(logged.url + '/a%0A"%00' + "b" * 500, timeout=20)
    (line,) = lines(stream)
    assert line["path"].startswith('/a\n"\x00b')
    assert len(line["path"]) == 200


def test_a_group_code_cannot_break_a_line(logged, stream):
    logged.post(ncr_bid_no='x"\n', item_no="01-10100")
    (line,) = lines(stream)
    assert line["group"] == 'x"\n'


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_full_disk_stops_no_answer(start, config):
    log = AccessLog(Full())
    logged = start(dataclasses.replace(config, access_log=log))
    assert logged.post(**ASKED).status_code == 200
    assert log.lost == 1


def test_a_file_is_appended_to(tmp_path):
    file = tmp_path / "access.log"
    file.write_text("before\n")
    log = AccessLog.to(str(file))
    log._stream.write("after\n")
    log.close()
    assert file.read_text() == "before\nafter\n"


def test_no_place_is_no_log():
    assert AccessLog.to("") is None
