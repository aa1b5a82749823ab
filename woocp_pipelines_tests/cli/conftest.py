"""The command in this process, on a folder of its own; the seeded sandbox is copied."""

import json
import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import woocp_pipelines
from woocp_pipelines.cli import main
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines_tests.alert_servers import (  # noqa: F401 - fixtures
    certificates,
    hooks,
    mail_server,
)
from woocp_pipelines_tests.sandbox_copies import make_booked

# The smallest catalogue that the seeded orders can be filled from.
ITEMS = 185


@dataclass(frozen=True)
class Ran:
    """What one call of the command gave."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one document on stdout; fails when anything else is there."""
        return json.loads(self.out)


@pytest.fixture
def interpreter(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The start of a command line for a fresh interpreter that finds the packages."""
    monkeypatch.setenv("PYTHONPATH", str(Path(woocp_pipelines.__path__[0]).parent))
    return [sys.executable]


@pytest.fixture(scope="session")
def seeded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WOOCP_HOME with a fresh sandbox, to be copied."""
    home = tmp_path_factory.mktemp("seeded")
    open_sandbox(home, items=ITEMS).close()
    return home


@pytest.fixture(scope="session")
def booked_home(seeded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WOOCP_HOME whose sandbox's orders are booked, as far as they can be; to be copied."""
    return make_booked(seeded_home, tmp_path_factory.mktemp("booked") / "home")


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """WOOCP_HOME and the working folder are empty; no connection variable is set."""
    names = ("DATABASE_URL", "STORE_URL", "STORE_KEY", "STORE_SECRET", "CONFIG")
    for name in names:
        monkeypatch.delenv(f"WOOCP_{name}", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("WOOCP_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
def home(empty_home: Path, seeded_home: Path) -> Path:
    """WOOCP_HOME with a fresh sandbox."""
    shutil.copytree(seeded_home, empty_home, dirs_exist_ok=True)
    return empty_home


@pytest.fixture
def home_booked(empty_home: Path, booked_home: Path) -> Path:
    """WOOCP_HOME whose sandbox's orders are booked, as far as they can be."""
    shutil.copytree(booked_home, empty_home, dirs_exist_ok=True)
    return empty_home


@pytest.fixture
def woocp(empty_home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Ran]]:
    """Run the command with some arguments."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    # The command sets up logging; a handler left behind would write into a closed stream.
    before = logging.getLogger().handlers[:]
    yield run
    logging.getLogger().handlers[:] = before
