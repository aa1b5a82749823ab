"""Where a lane's worlds keep their Counterpoint: a file, or a database of ours on a server.

WOOCP_TEST_DATABASE_URL names a server, as for all tests: a database woocp_test_* is made there for
each lane and dropped with it; the database in the URL is never touched.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.counterpoint.migrations import upgrade
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines_tests.conftest import SERVER, _empty, _server_database
from woocp_pipelines_tests.crash.shop import seed_counterpoint

_FILE = "counterpoint.db"


@dataclass(frozen=True)
class LaneDatabase:
    """The URL of all worlds of a lane, and what makes the database new for the next one."""

    url: str
    renew: Callable[[], None]


def make_database(folder: Path) -> None:
    """Build and seed the file that every world starts from a copy of; a server needs none."""
    if SERVER is None:
        url = f"sqlite:///{folder / _FILE}"
        _build(url)
        _seed(url)


@contextmanager
def lane_database(folder: Path) -> Iterator[LaneDatabase]:
    """The database of the worlds that stand in `folder` one after the other."""
    if SERVER is None:
        # The file comes and goes with the folder.
        yield LaneDatabase(f"sqlite:///{folder / _FILE}", lambda: None)
        return
    with _server_database(SERVER) as url:
        _build(url)

        def renew() -> None:
            _empty(url)
            _seed(url)

        yield LaneDatabase(url, renew)


def _build(url: str) -> None:
    engine = open_engine(url)
    create_vendor_tables(engine)
    upgrade(engine)
    engine.dispose()


def _seed(url: str) -> None:
    engine = open_engine(url)
    seed_counterpoint(engine)
    engine.dispose()
