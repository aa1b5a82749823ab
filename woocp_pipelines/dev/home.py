"""Dagster's home folder on a developer's machine: its settings and what it loads.

Belongs here: writing the folder. Does not: starting Dagster (running.py), nor production (deploy/).
"""

from pathlib import Path
from typing import Final

from woocp_pipelines.settings_loading import SANDBOX_CONFIG

_CONNECTIONS: Final = (
    "WOOCP_DATABASE_URL",
    "WOOCP_STORE_URL",
    "WOOCP_STORE_KEY",
    "WOOCP_STORE_SECRET",
)
_TEMPLATES: Final = Path(__file__).parent
_WORKSPACE: Final = """# Written by `woocp dev`; the same as workspace.yaml of the repository.
load_from:
  - python_module:
      module_name: woocp_pipelines.definitions
      location_name: woocp
"""


def dagster_home(home: Path, *, sandbox: bool) -> Path:
    """Make the folder and its files; gives the absolute path.

    Sandbox and real connections never share one: a schedule that somebody switched on in the
    sandbox must not be on when the same command runs against a real store.

    Args:
        home: WOOCP_HOME.
        sandbox: whether the sandbox is used.
    """
    folder = (home / ("dagster" if sandbox else "dagster-connected")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings = (_TEMPLATES / "dagster.yaml").read_text("utf-8")
    (folder / "dagster.yaml").write_text(settings, encoding="utf-8")
    (folder / "workspace.yaml").write_text(_WORKSPACE, encoding="utf-8")
    return folder


def dagster_environment(home: Path, folder: Path, *, sandbox: bool) -> dict[str, str]:
    """The variables by which a Dagster process finds its own folder and ours.

    Args:
        home: WOOCP_HOME.
        folder: `dagster_home` of it.
        sandbox: hide the variables of real connections, also those in `.env`.
    """
    own = {
        "DAGSTER_HOME": str(folder),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "WOOCP_HOME": str(home.resolve()),
    }
    if sandbox:
        # Empty, not absent: `.env` would fill what is absent.
        own |= dict.fromkeys(_CONNECTIONS, "")
        own["WOOCP_CONFIG"] = str(SANDBOX_CONFIG)
    return own
