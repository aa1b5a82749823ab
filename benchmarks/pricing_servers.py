"""The servers that are measured, each a process of its own: the program, and a bare echo.

Belongs here: starting and ending them, their processor time and memory. Does not: asking them.
Run as a program this module is the echo: Flask on Waitress with the settings of the service.
"""

import logging
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Flask, Response, jsonify, request
from waitress import create_server

from pricing_service.server import BACKLOG, CHANNEL_TIMEOUT, CONNECTION_LIMIT

SECRET: Final = "a-secret-of-the-benchmark"
# No minute of a benchmark may end at a limit.
_LIMIT: Final = 1_000_000_000
_CODES: Final = (
    "store", "station", "drawer", "user", "sales_rep", "workgroup", "stock_location",
    "price_location",
)  # fmt: skip
_LISTENS: Final = re.compile(r"listens on http://[^:]+:(\d+)")
_START_SECONDS: Final = 600
_SERVICE: Final = "from pricing_service.server import main; raise SystemExit(main())"


@dataclass(frozen=True, slots=True)
class Server:
    """A running one: its port, its process, when that was started (`time.perf_counter`)."""

    port: int
    process: subprocess.Popen[bytes]
    started: float

    def cpu(self) -> float:
        """Processor seconds of its threads so far, finer than the process's own; Linux only."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text(encoding="ascii").split()[0]) for each in threads) / 1e9

    def memory(self) -> tuple[float, float]:
        """Resident megabytes now, and at most so far; Linux only."""
        found = dict(re.findall(r"(VmRSS|VmHWM):\s+(\d+)", self._file("status")))
        return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024

    def _file(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text(encoding="ascii")


@contextmanager
def service(folder: Path, database: str, check_seconds: int = 15) -> Iterator[Server]:
    """`woocp-pricing` on that database; its state and its logs are in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "woocp.toml").write_text(
        f"[pricing]\nlimit_per_minute = {_LIMIT}\ncheck_seconds = {check_seconds}\n"
        f"reread_minutes = 1440\n"
        f"access_log = '{(folder / 'access.log').as_posix()}'\n[counterpoint]\n"
        + "\n".join(f'{name} = "01"' for name in _CODES),
        encoding="utf-8",
    )
    environment = {
        "WOOCP_CONFIG": str(folder / "woocp.toml"),
        "WOOCP_HOME": str(folder / "state"),
        "WOOCP_DATABASE_URL": database,
        "WOOCP_PRICING_API_KEYS": f"bench={SECRET}:price+group+metrics",
    }
    with _running(folder, ["-c", _SERVICE, "--port", "0"], environment) as server:
        yield server


@contextmanager
def echo(folder: Path) -> Iterator[Server]:
    """The floor: gives back the JSON that it was sent."""
    folder.mkdir(exist_ok=True)
    with _running(folder, ["-m", "benchmarks.pricing_servers"], {}) as server:
        yield server


@contextmanager
def _running(
    folder: Path, arguments: list[str], environment: Mapping[str, str]
) -> Iterator[Server]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("WOOCP_")}
    log = folder / "server.log"
    started = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(  # the same interpreter, no shell
            [sys.executable, *arguments], env={**mine, **environment}, stderr=said, stdout=said
        )
    try:
        yield Server(_port(log, process), process, started)
    finally:
        process.terminate()
        process.wait()


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if found := _LISTENS.search(log.read_text(encoding="utf-8")):
            return int(found[1])
        time.sleep(0.005)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')}")


def serve_echo() -> None:
    """Echo until killed, on Waitress with the settings of `PricingServer`."""
    app = Flask("echo", static_folder=None)

    @app.post("/<path:_path>")
    def give_back(_path: str) -> Response:
        return jsonify(request.get_json())

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    listening = create_server(
        app,
        host="127.0.0.1",
        port=0,
        threads=8,
        ident="echo",
        backlog=BACKLOG,
        connection_limit=CONNECTION_LIMIT,
        channel_timeout=CHANNEL_TIMEOUT,
        asyncore_use_poll=hasattr(select, "poll"),
        clear_untrusted_proxy_headers=False,
    )
    sys.stderr.write(f"listens on http://127.0.0.1:{listening.effective_port}\n")
    sys.stderr.flush()
    listening.run()


if __name__ == "__main__":
    serve_echo()
