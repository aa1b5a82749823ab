"""One process serves the sandbox's store, others use it; nobody opens its files beside it."""

import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests

from woocp_pipelines.commands.sandbox_session import own_sandbox
from woocp_pipelines.sandbox.retailer.catalogue import LEAST_ITEMS


@contextmanager
def serving(interpreter):
    """`woocp sandbox serve` in a process of its own; gives it and the store's address."""
    command = [*interpreter, "-m", "woocp_pipelines.cli", "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_reset_makes_a_fresh_sandbox(home, woocp):
    woocp("sync", "customers", "--sandbox")
    made = woocp("sandbox", "reset", "--items", "185", "--json").json()
    assert made["folder"] == str(home / "sandbox")
    assert made["orders"] > 0
    assert woocp("dead-letters", "--sandbox", "--json").json()["count"] == 0


@pytest.mark.parametrize("command", [("sandbox", "reset"), ("demo",), ("dev",)])
def test_the_smallest_catalogue_is_what_the_option_says(home, woocp, command):
    ran = woocp(*command, "--items", str(LEAST_ITEMS - 1))
    assert (ran.code, LEAST_ITEMS) == (2, 185)
    assert "greater than or equal to 185" in " ".join(ran.err.split())


def test_a_command_makes_the_sandbox_that_is_not_there(empty_home, woocp):
    ran = woocp("dead-letters", "--sandbox", "--json")
    assert ran.json() == {"count": 0, "dead_letters": []}
    assert "making the sandbox" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_serves_until_it_is_told_to_stop(home, interpreter, number):
    with serving(interpreter) as (process, url):
        assert requests.get(f"{url}/wp-json/", timeout=10).ok
        process.send_signal(number)
        assert process.wait() == 0
    assert not (home / "sandbox" / "store.url").exists()


def test_a_command_asks_the_store_that_another_process_serves(home, interpreter, woocp):
    with serving(interpreter) as (_process, url):
        assert woocp("sync", "orders", "--sandbox", "--json").code == 0
        asked = requests.get(f"{url}/sandbox/requests", timeout=10).json()
    assert any("orders" in str(each) for each in asked)


def test_a_served_sandbox_is_not_reset(home, interpreter, woocp):
    with serving(interpreter):
        ran = woocp("sandbox", "reset")
    assert ran.code == 2
    assert "open in another woocp process" in ran.err


def test_a_port_that_is_in_use_is_said_with_the_way_out(home, interpreter):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [*interpreter, "-m", "woocp_pipelines.cli", "sandbox", "serve", "--port", port]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"port {port} is in use; choose another with --port" in ran.stderr


def test_the_address_of_a_server_that_died_misleads_nobody(home, woocp):
    (home / "sandbox" / "store.url").write_text("http://127.0.0.1:9", "utf-8")
    assert woocp("sync", "orders", "--sandbox", "--json").code == 0


def test_two_commands_at_once_both_end_well(home, interpreter):
    command = [*interpreter, "-m", "woocp_pipelines.cli", "sync", "orders", "--sandbox"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]


def test_a_sandbox_keeps_its_size_when_it_is_opened_again(home):
    with own_sandbox(home) as sandbox:
        assert len(sandbox.retailer.items) == 185
