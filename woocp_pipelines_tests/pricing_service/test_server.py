"""Starting the service: as a program, in a fresh interpreter."""

import os
import queue
import subprocess
import sys
import threading

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


def test_the_program_answers_a_price_on_the_port_it_names(tmp_path, deployment):
    secret = "abcdefghij123456"
    process = run((*PROGRAM, "--port", "0"), tmp_path, WOOCP_PRICING_API_KEYS=secret, **deployment)
    lines = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stderr])
    reader.start()
    try:
        while "listens on" not in (line := lines.get(timeout=60)):
            pass
        answer = requests.post(
            line.split()[-1] + "/api/contract-price",
            json={"ncr_bid_no": "144319", "item_no": "01-10100"},
            headers={"X-API-Key": secret},
            timeout=20,
        )
    finally:
        process.terminate()
        process.wait(timeout=20)
        reader.join()
        process.stdout.close()
        process.stderr.close()
    assert answer.json()["contract_price"] == 21.0955


def test_a_port_that_is_taken_ends_the_start_with_a_reason(config, tmp_path, deployment):
    environment = deployment | {"WOOCP_PRICING_API_KEYS": "abcdefghij123456"}
    with (
        PricingServer(config, threads=1) as server,
        run((*PROGRAM, "--port", str(server.port)), tmp_path, **environment) as process,
    ):
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith("woocp-pricing: [Errno")
