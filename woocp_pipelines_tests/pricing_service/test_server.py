"""Starting the service: as a program, in a fresh interpreter."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from pricing_service.server import PricingServer


def run(arguments, folder, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WOOCP_")}
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean | {"PYTHONPATH": paths} | environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


PROGRAM = ("-c", "import sys; from pricing_service.server import main; sys.exit(main())")
SECRET = "abcdefghij123456"
HEADERS = {"X-API-Key": SECRET}
PATH = "/api/contract-price"
ASKED = {"ncr_bid_no": "144319", "item_no": "01-10100"}


class Program:
    """The program as a process of its own, from its start until it is ready."""

    def __init__(self, folder, arguments, environment):
        ready = environment.pop("ready", "is ready")
        self.process = run((*PROGRAM, *arguments), folder, **environment)
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.url = self.wait_for("listens on").split()[-1]
            self.wait_for(ready)
        except (queue.Empty, AssertionError):
            self.__exit__()
            raise

    def _read(self):
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, text):
        seen = []
        while (line := self._lines.get(timeout=60)) is not None:
            seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"it ended without saying {text!r}: {''.join(seen)}")

    def connect(self):
        where = urlsplit(self.url)
        return socket.create_connection((where.hostname, where.port), timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(timeout=20)
        self._reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


def test_the_service_never_imports_dagster(tmp_path):
    check = "import sys, pricing_service.server; sys.exit('dagster' in sys.modules)"
    with run(("-c", check), tmp_path) as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_it_refuses_to_start_without_a_database(tmp_path):
    with run(PROGRAM, tmp_path, WOOCP_PRICING_API_KEYS="abcdefghij123456") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "WOOCP_DATABASE_URL not set" in errors
    assert "Traceback" not in errors


def test_the_sandbox_must_exist_before_it_is_served(tmp_path):
    keys = {"WOOCP_PRICING_API_KEYS": "abcdefghij123456"}
    with run((*PROGRAM, "--sandbox"), tmp_path, **keys) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "woocp-pricing:" in errors
    assert "Traceback" not in errors


@pytest.fixture
def deployment(tmp_path, counterpoint):
    """A folder with a woocp.toml, and the environment that goes with it."""
    codes = ("store", "station", "drawer", "user", "sales_rep", "workgroup", "stock_location",
             "price_location")  # fmt: skip
    text = "\n".join(["[counterpoint]", *(f'{name} = "01"' for name in codes)])
    (tmp_path / "woocp.toml").write_text(text)
    return {"WOOCP_DATABASE_URL": counterpoint.url, "WOOCP_HOME": str(tmp_path / "home")}


def test_it_refuses_to_start_without_a_key(tmp_path, deployment):
    with run(PROGRAM, tmp_path, **deployment) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "does not start without a key" in errors


@pytest.fixture
def launch(tmp_path, deployment):
    """Starts the program; it is ended with the test."""
    with ExitStack() as running:
        keys = {"WOOCP_PRICING_API_KEYS": SECRET}
        yield lambda *arguments, **environment: running.enter_context(
            Program(tmp_path, arguments, keys | deployment | environment)
        )


def test_the_program_answers_a_price_on_the_port_it_names(launch):
    program = launch("--port", "0")
    answer = requests.post(program.url + PATH, json=ASKED, headers=HEADERS, timeout=20)
    assert answer.json()["contract_price"] == 21.0955


def test_the_program_logs_requests_as_json_lines(launch):
    program = launch("--port", "0")
    answer = requests.post(program.url + PATH, json=ASKED, headers=HEADERS, timeout=20)
    line = json.loads(program.wait_for('"request_id"'))
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["group"] == "144319"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_the_request_under_way_and_ends_well(launch, number):
    program = launch("--port", "0")
    idle = requests.Session()
    assert idle.get(program.url + "/api/health/live", timeout=20).status_code == 200
    with program.connect() as client:
        body = json.dumps(ASKED).encode()
        client.sendall(
            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-API-Key: {SECRET}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        client.sendall(body[:5])
        # Answered after the half request was sent, hence after it was read.
        assert idle.get(program.url + "/api/health/live", timeout=20).status_code == 200
        program.process.send_signal(number)
        program.wait_for("answers under way are finished first")
        client.sendall(body[5:])
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert program.process.wait(timeout=60) == 0
    program.wait_for("has stopped")


def test_it_starts_without_the_database_and_says_what_it_cannot_do(launch, counterpoint):
    counterpoint.go_away()
    program = launch("--port", "0", ready="has no prices yet")
    answer = requests.post(program.url + PATH, json=ASKED, headers=HEADERS, timeout=20)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert requests.get(program.url + "/api/health/live", timeout=20).status_code == 200
    assert requests.get(program.url + "/api/health/ready", timeout=20).status_code == 503


def refused(folder, *arguments, **environment):
    with run((*PROGRAM, *arguments), folder, **environment) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    return errors


def test_a_port_that_is_taken_ends_the_start_with_a_reason(config, tmp_path, deployment):
    environment = deployment | {"WOOCP_PRICING_API_KEYS": SECRET}
    with PricingServer(config, threads=1) as server:
        errors = refused(tmp_path, "--port", str(server.port), **environment)
    assert errors == (
        f"woocp-pricing: cannot listen on 127.0.0.1 port {server.port}: Address already in use; "
        "end what listens there, or choose another --host or --port\n"
    )


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "80x", "9" * 5000])
def test_a_port_that_is_none_ends_the_start_with_a_reason(tmp_path, deployment, port):
    errors = refused(tmp_path, f"--port={port}", **deployment, WOOCP_PRICING_API_KEYS=SECRET)
    assert errors.splitlines()[-1].startswith(
        "woocp-pricing: error: argument --port: expected a number from 0 to 65535, found "
    )
    assert "Traceback" not in errors


def test_a_key_file_that_cannot_be_used_ends_the_start_with_a_reason(tmp_path, deployment):
    (tmp_path / "keys").write_text(f"shop={SECRET}:everything")
    files = {"WOOCP_PRICING_API_KEYS_FILE": str(tmp_path / "keys")}
    errors = refused(tmp_path, **deployment, **files)
    assert errors.startswith("woocp-pricing: environment: WOOCP_PRICING_API_KEYS: entry 1: unknown")
    assert SECRET not in errors
    assert errors.count("\n") == 1


def test_an_access_log_that_cannot_be_written_ends_the_start_with_a_reason(tmp_path, deployment):
    toml = tmp_path / "woocp.toml"
    toml.write_text(toml.read_text() + '\n[pricing]\naccess_log = "none/access.log"\n')
    errors = refused(tmp_path, **deployment, WOOCP_PRICING_API_KEYS=SECRET)
    assert "woocp.toml: pricing.access_log none/access.log: cannot be written" in errors
