"""A sandbox of one's own for each test, its definitions, and a real Dagster instance."""

import shutil

import dagster as dg
import pytest
from dagster._core.instance import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage

from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines_tests.alert_servers import (  # noqa: F401 - fixtures
    access,
    certificates,
    hooks,
    mail_server,
)
from woocp_pipelines_tests.defs.alert_world import told  # noqa: F401 - a fixture
from woocp_pipelines_tests.sandbox_copies import copy_of, make_booked

ITEMS = 200


@pytest.fixture(scope="session")
def _seeded_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("seeded")
    open_sandbox(home, items=ITEMS).close()
    return home


@pytest.fixture
def sandbox(_seeded_home, tmp_path):
    """A fresh sandbox; its store is not serving yet."""
    home = tmp_path / "home"
    shutil.copytree(_seeded_home, home)
    with open_sandbox(home, items=ITEMS) as sandbox:
        yield sandbox


@pytest.fixture
def serving(sandbox):
    """The sandbox with its store serving."""
    with sandbox.start_store():
        yield sandbox


@pytest.fixture(scope="session")
def _booked_home(_seeded_home, tmp_path_factory):
    return make_booked(_seeded_home, tmp_path_factory.mktemp("booked") / "home")


@pytest.fixture
def booked(_booked_home, tmp_path):
    """A sandbox whose orders are staged, and booked as far as they can be; its store serving."""
    with copy_of(_booked_home, tmp_path / "booked") as sandbox:
        yield sandbox


@pytest.fixture
def instance(tmp_path):
    """Dagster's own instance with its own SQL storages; runs and events are in memory.

    On disk each run is a database of its own, which took most of these tests' time.
    """
    with dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=LocalArtifactStorage(str(tmp_path / "dagster")),
        run_storage=InMemoryRunStorage(),
        event_storage=InMemoryEventLogStorage(),
        schedule_storage=SqliteScheduleStorage.from_local(str(tmp_path / "dagster")),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    ) as instance:
        yield instance


@pytest.fixture
def instance_on_disk():
    """As `dagster dev` makes it."""
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def run_job(instance):
    """Runs a job of a sandbox's definitions in this process."""

    def run(sandbox, name, *, settings=None, **options):
        defs = build_defs(settings or sandbox.settings)
        job = defs.resolve_job_def(name)
        return job.execute_in_process(instance=instance, raise_on_error=False, **options)

    return run
