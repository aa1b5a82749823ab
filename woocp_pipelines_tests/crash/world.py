"""One world: a fresh Counterpoint, a store that lives in this process, and runs that may die.

Belongs here: templates, starting a run in a process of its own, letting time pass. Does not: when
a run dies (plan.py), and what must be true afterwards (findings.py).
"""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from sqlalchemy import select, update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.sandbox.store import StoreServer, StoreState
from woocp_pipelines_tests.crash.databases import lane_database, make_database
from woocp_pipelines_tests.crash.ledger import Ledger, read_ledger
from woocp_pipelines_tests.crash.shop import seed_store

_ROOT = Path(__file__).parents[2]
_A_LEASE = timedelta(hours=1)


class WorkerFailedError(Exception):
    """A run ended by itself with an error: nothing that a kill before it may cause."""


@dataclass(frozen=True)
class Ran:
    """One run: killed or not, the points it passed (or the one it died at), its reports."""

    killed: bool
    points: list[str]
    reports: list[dict[str, Any]]

    @property
    def ended(self) -> bool:
        """It ran to its end, and no flow found its lock still held by a dead run's session."""
        return not self.killed and all(each["outcome"] == "done" for each in self.reports)


class Workers:
    """The interpreter that forks a process per run, for one database after the other at one URL."""

    def __init__(self, database: str) -> None:
        module = "woocp_pipelines_tests.crash.worker"
        self.database = database
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, database],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, job: dict[str, Any]) -> int:
        """The exit status of one run; negative is the signal that ended it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class World:
    """A database file and a running store; `start` is what they held before the first run."""

    def __init__(self, folder: Path, workers: Workers, state: StoreState, url: str) -> None:
        self.engine = open_engine(workers.database)
        self.state = state
        self.start = self.ledger()
        self._told = folder / "told.json"
        self._workers = workers
        self._url = url
        self._runs = 0

    def ledger(self) -> Ledger:
        """What both systems hold now."""
        return read_ledger(self.engine, self.state)

    def run(self, kill_at: int | None = None, *, warm_up: bool = False) -> Ran:
        """Pull, book and notify in a process of their own, which dies at the given point.

        Raises:
            WorkerFailedError: it ended with an error of its own.
        """
        self._runs += 1
        job = {
            "store": self._url,
            "told": str(self._told),
            "run": f"run-{self._runs}",
            "kill_at": kill_at,
            "warm_up": warm_up,
        }
        self._told.unlink(missing_ok=True)
        status = self._workers.run(job)
        if status not in {0, -signal.SIGKILL}:
            told = self._told.read_text() if self._told.exists() else f"signal {-status}"
            raise WorkerFailedError(told)
        return Ran(status != 0, **json.loads(self._told.read_text()))

    def let_leases_run_out(self) -> None:
        """Set every lease back, as time passing would; nothing else knows of the kill."""
        table = USER_ORDER_STAGING
        with writing(self.engine) as connection:
            claims = select(table.c.STAGING_ID, table.c.CLAIM_UNTIL_GMT).where(
                table.c.CLAIM_UNTIL_GMT.is_not(None)
            )
            for row in connection.execute(claims).all():
                connection.execute(
                    update(table)
                    .where(table.c.STAGING_ID == row.STAGING_ID)
                    .values(CLAIM_UNTIL_GMT=row.CLAIM_UNTIL_GMT - _A_LEASE)
                )


@dataclass(frozen=True)
class Lane:
    """Worlds one after the other, in one folder and at one database URL."""

    templates: Path
    folder: Path
    workers: Workers
    renew_database: Callable[[], None]

    @contextmanager
    def world(self) -> Iterator[World]:
        """A fresh world; its files are removed with it."""
        shutil.copytree(self.templates, self.folder)
        self.renew_database()
        state = StoreState.open(self.folder / "store.db")
        try:
            with StoreServer(state, threads=2) as server:
                world = World(self.folder, self.workers, state, server.url)
                yield world
                world.engine.dispose()
        finally:
            state.close()
            shutil.rmtree(self.folder)


def make_templates(folder: Path) -> None:
    """Build both systems once; every world starts from a copy."""
    make_database(folder)
    state = StoreState.open(folder / "store.db")
    seed_store(state)
    state.close()


@contextmanager
def open_lane(templates: Path, folder: Path) -> Iterator[Lane]:
    """A lane of its own; its first run is for the interpreter alone, which compiles statements."""
    with lane_database(folder) as database, Workers(database.url) as workers:
        lane = Lane(templates, folder, workers, database.renew)
        with lane.world() as world:
            world.run(warm_up=True)
        yield lane
