"""A PostgreSQL server of the test's own, from the programs that Debian's package installs."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from woocp_pipelines.dev.ports import HOST, free_port
from woocp_pipelines_tests.deployment.waiting import eventually


def _newest(pattern: str) -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob(pattern), key=lambda path: path.parts[4])
    return found[-1].parent if found else None


PROGRAMS = _newest("*/bin/initdb")
# The server refuses to run as root; Debian's package brings this user.
_USER = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None

needs_postgres = pytest.mark.skipif(
    PROGRAMS is None, reason="PostgreSQL is not installed (apt-get install postgresql)"
)


@dataclass(frozen=True)
class Postgres:
    """Where it listens, and who may come in."""

    port: int
    password: str
    user: str = "dagster"
    database: str = "postgres"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of deploy/dagster.yaml."""
        return {
            "DAGSTER_PG_HOST": HOST,
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_DB": self.database,
            "DAGSTER_PG_USER": self.user,
            "DAGSTER_PG_PASSWORD": self.password,
        }


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A fresh server; stopped and removed at the end."""
    assert PROGRAMS is not None
    # Not below pytest's folder, which no other user may enter.
    folder = Path(tempfile.mkdtemp(prefix="woocp-postgres-"))
    server = Postgres(free_port(0), secrets.token_urlsafe(16))
    try:
        with _running(folder, server, PROGRAMS):
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(folder: Path, server: Postgres, programs: Path) -> Iterator[None]:
    password = folder / "password"
    password.write_text(server.password)
    if _USER is not None:
        shutil.chown(folder, _USER)
        shutil.chown(password, _USER)
    data = str(folder / "data")
    make = [str(programs / "initdb"), "-D", data, "-U", server.user, "--pwfile", str(password)]
    make += ["-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, user=_USER, cwd=folder)
    options = {
        "listen_addresses": HOST,
        "port": str(server.port),
        "unix_socket_directories": "",
        "fsync": "off",
        "shared_buffers": "16MB",
    }
    start = [str(programs / "postgres"), "-D", data]
    start += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(start, stdout=log, stderr=log, user=_USER, cwd=folder) as process,
    ):
        try:
            eventually("PostgreSQL answers", lambda: _answers(programs, server, process))
            yield
        finally:
            # Fast shutdown: who is still connected is sent away.
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _answers(programs: Path, server: Postgres, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "PostgreSQL ended"
    ask = [str(programs / "pg_isready"), "-q", "-h", HOST, "-p", str(server.port)]
    return subprocess.run(ask, check=False).returncode == 0
