"""The access log: one JSON object per request, and nothing that must not stand there."""

import dataclasses
import io
import json
import os
import threading

import pytest
import requests

from pricing_service.access_log import MAX_WAITING, AccessLog, Answered
from pricing_service.notes import RequestNotes
from woocp_pipelines_tests.pricing_service.conftest import KEY

ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


class Log(AccessLog):
    """The log on a stream that the test reads."""

    def __init__(self):
        self.stream = io.StringIO()
        super().__init__(self.stream)

    def text(self):
        self.flush()
        return self.stream.getvalue()


@pytest.fixture
def log():
    found = Log()
    yield found
    found.close()


@pytest.fixture
def logged(start, config, log):
    return start(dataclasses.replace(config, access_log=log))


def lines(log):
    return [json.loads(line) for line in log.text().splitlines()]


def test_a_line_says_who_asked_what_for_which_contract_and_how_long_it_took(logged, log):
    answer = logged.post(**ASKED)
    (line,) = lines(log)
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


def test_no_secret_no_query_and_no_body_is_written(logged, log):
    logged.post(**ASKED)
    headers = {"Authorization": f"Bearer {KEY}x"}
    requests.get(logged.url + "/api/health?email=a@example.com", headers=headers, timeout=20)
    written = log.text()
    assert KEY not in written
    assert "example.com" not in written
    assert "01-10100" not in written


def test_refusals_are_logged_without_a_key_name(logged, log):
    requests.post(logged.url + "/api/contract-price", timeout=20)
    (line,) = lines(log)
    assert (line["status"], line["key"], line["group"]) == (401, "", None)


def test_an_id_given_by_the_caller_goes_through_the_log_and_back(logged, log):
    answer = logged.send(b"{}", **{"X-Request-ID": "cart-7.b_2"})
    assert answer.headers["X-Request-ID"] == "cart-7.b_2"
    assert lines(log)[0]["request_id"] == "cart-7.b_2"


@pytest.mark.parametrize("given", ['a"b', "a b", "x" * 65, "a,b", "\u00e9".encode("latin-1")])
def test_an_id_that_could_spoil_a_log_is_replaced(logged, log, given):
    answer = logged.send(b"{}", **{"X-Request-ID": given})
    (line,) = lines(log)
    assert line["request_id"] == answer.headers["X-Request-ID"] != given


def test_a_strange_path_cannot_break_a_line(logged, log):
    requests.get(logged.url + '/a%0A"%00' + "b" * 500, timeout=20)
    (line,) = lines(log)
    assert line["path"].startswith('/a\n"\x00b')
    assert len(line["path"]) == 200


def test_a_group_code_cannot_break_a_line(logged, log):
    logged.post(ncr_bid_no='x"\n', item_no="01-10100")
    (line,) = lines(log)
    assert line["group"] == 'x"\n'


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_full_disk_stops_no_answer(start, config):
    log = AccessLog(Full())
    logged = start(dataclasses.replace(config, access_log=log))
    assert logged.post(**ASKED).status_code == 200
    log.close()
    assert log.lost == 1


def test_a_file_is_appended_to(tmp_path):
    file = tmp_path / "access.log"
    file.write_text("before\n")
    log = AccessLog.to(str(file))
    log.write(RequestNotes("id-1"), Answered("192.0.2.1", "GET", "/", 200, 0.001, 5, None))
    log.close()
    before, after = file.read_text().splitlines()
    assert before == "before"
    assert json.loads(after)["book_age_seconds"] is None


def test_no_place_is_no_log():
    assert AccessLog.to("") is None


def test_a_reader_that_stopped_reading_does_not_keep_the_service_from_ending():
    reader, writer = os.pipe()
    stuck = AccessLog(os.fdopen(writer, "w"), close=True)
    for _ in range(MAX_WAITING):
        stuck.write(RequestNotes("x"), Answered("1.2.3.4", "GET", "/api", 200, 0.1, 10, 1))
    closing = threading.Thread(target=stuck.close, daemon=True)
    closing.start()
    closing.join(30)
    has_ended = not closing.is_alive()
    os.close(reader)
    assert has_ended


def test_lines_that_wait_are_written_before_the_file_is_closed(tmp_path):
    log = AccessLog.to(str(tmp_path / "access.log"))
    for _ in range(500):
        log.write(RequestNotes("x"), Answered("1.2.3.4", "GET", "/api", 200, 0.1, 10, 1))
    log.close()
    assert len((tmp_path / "access.log").read_text(encoding="utf-8").splitlines()) == 500
