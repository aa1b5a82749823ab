"""A deployment in a folder: PostgreSQL, a shop, and the settings that the service files expect."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from woocp_pipelines.dev.ports import free_port
from woocp_pipelines.sandbox.opening import DATABASE_FILE, Sandbox, open_sandbox
from woocp_pipelines.sandbox.store import StoreServer
from woocp_pipelines.settings_loading import SANDBOX_CONFIG, SANDBOX_KEY, SANDBOX_SECRET
from woocp_pipelines_tests.cli.conftest import ITEMS
from woocp_pipelines_tests.crash.ledger import Ledger, read_ledger
from woocp_pipelines_tests.deployment.dagster_ui import DagsterUi
from woocp_pipelines_tests.deployment.postgres import Postgres, postgres_server
from woocp_pipelines_tests.deployment.processes import Services, services
from woocp_pipelines_tests.deployment.service_files import DEPLOY, PORTS, Machine


@dataclass(frozen=True)
class Deployment:
    """A server's folders, its processes, and both systems that it connects."""

    machine: Machine
    services: Services
    sandbox: Sandbox
    store: StoreServer
    instance: dg.DagsterInstance

    def ui(self, name: str) -> DagsterUi:
        """The webserver or the viewer."""
        return DagsterUi(f"http://127.0.0.1:{self.machine.ports[PORTS[name]]}")

    def ledger(self) -> Ledger:
        """What both systems hold now."""
        return read_ledger(self.sandbox.engine, self.sandbox.state)

    def run(self, run_id: str) -> dg.DagsterRun:
        """A run as it stands in PostgreSQL."""
        found = self.instance.get_run_by_id(run_id)
        assert found is not None
        return found

    def unfinished(self) -> list[dg.DagsterRun]:
        """Runs that wait or work."""
        return [run for run in self.instance.get_runs() if not run.is_finished]


def _settings(machine: Machine) -> None:
    """/etc/woocp, from the files of deploy/ as they are."""
    machine.settings.mkdir()
    for name in ("dagster.yaml", "workspace.yaml"):
        text = machine.text((DEPLOY / name).read_text("utf-8"))
        # The only setting that is not as in production: looked every second, not every half minute.
        text = re.sub(r"\bpoll_interval_seconds: 30\b", "poll_interval_seconds: 1", text)
        (machine.settings / name).write_text(text, encoding="utf-8")
    shutil.copyfile(SANDBOX_CONFIG, machine.settings / "woocp.toml")


@contextmanager
def _deployment(folder: Path) -> Iterator[Deployment]:
    machine = Machine(folder, {port: free_port(0) for port in PORTS.values()})
    _settings(machine)
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server())
        sandbox = stack.enter_context(open_sandbox(folder / "systems", items=ITEMS))
        store = stack.enter_context(StoreServer(sandbox.state))
        environment = {
            **postgres.environment,
            "DAGSTER_CODE_HOST": "127.0.0.1",
            "DAGSTER_HOME": str(machine.state / "dagster"),
            "WOOCP_HOME": str(machine.state),
            "WOOCP_CONFIG": str(machine.settings / "woocp.toml"),
            "WOOCP_DATABASE_URL": f"sqlite:///{sandbox.folder / DATABASE_FILE}",
            "WOOCP_STORE_URL": store.url,
            "WOOCP_STORE_KEY": SANDBOX_KEY,
            "WOOCP_STORE_SECRET": SANDBOX_SECRET,
        }
        running = stack.enter_context(services(folder, environment))
        instance = stack.enter_context(_as_on_windows(machine, postgres))
        yield Deployment(machine, running, sandbox, store, instance)


@contextmanager
def _as_on_windows(machine: Machine, postgres: Postgres) -> Iterator[dg.DagsterInstance]:
    """The same instance, by settings without the password, which libpq finds in its own file."""
    folder = machine.folder / "looking"
    folder.mkdir()
    lines = (machine.settings / "dagster.yaml").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "DAGSTER_PG_PASSWORD" not in line]
    (folder / "dagster.yaml").write_text("".join(kept), encoding="utf-8")
    passwords = folder / "pgpass.conf"
    passwords.write_text(f"127.0.0.1:{postgres.port}:*:{postgres.user}:{postgres.password}\n")
    passwords.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in postgres.environment.items():
            patch.setenv(name, value)
        patch.delenv("DAGSTER_PG_PASSWORD")
        patch.setenv("PGPASSFILE", str(passwords))
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            yield instance


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A deployment of which nothing runs yet."""
    with _deployment(tmp_path) as opened:
        yield opened
