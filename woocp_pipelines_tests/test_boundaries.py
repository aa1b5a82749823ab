"""Who may import whom, and what merely importing costs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WATCH = """
import sys
touched = []
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "sqlite3.connect"):
        touched.append(event)
sys.addaudithook(hook)
"""


def in_a_fresh_interpreter(code, folder):
    """Run code without any of our variables, in an empty folder; gives what it printed as JSON."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WOOCP_", "DAGSTER_"))
    }
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WATCH + code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_layer_imports_only_those_below_it():
    # In a process of its own: import-linter switches off the loggers of the one it runs in.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_location_loads_without_environment_network_or_database(tmp_path):
    places = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    (module,) = [place["python_module"]["module_name"] for place in places]
    found = in_a_fresh_interpreter(
        f"""
import importlib, json
defs = importlib.import_module({module!r}).defs
graph = defs.get_repository_def()
print(json.dumps({{
    "touched": touched,
    "environment": graph.metadata["environment"].value,
    "assets": len(list(defs.resolve_all_asset_specs())),
    "running": [one.default_status.value for one in graph.schedule_defs],
}}))
""",
        tmp_path,
    )
    assert found["touched"] == []
    assert found["environment"] == "SANDBOX"
    # How many there are is told by defs/test_definitions.py; here that all were built.
    assert found["assets"] > 18
    assert set(found["running"]) == {"RUNNING"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "strangers"),
    [
        ("woocp_pipelines", ["dagster", "flask", "sqlalchemy", "pydantic"]),
        ("woocp_pipelines.counterpoint.documents", ["dagster", "flask"]),
        ("woocp_pipelines.counterpoint.prices.reading", ["dagster", "flask"]),
        ("woocp_pipelines.flows.documents", ["dagster", "flask"]),
        ("pricing_service", ["dagster"]),
        ("pricing_service.server", ["dagster"]),
    ],
)
def test_importing_a_module_does_not_load_strangers(module, strangers, tmp_path):
    loaded = in_a_fresh_interpreter(
        f"""
import importlib, json
importlib.import_module({module!r})
print(json.dumps([name for name in {strangers!r} if name in sys.modules]))
""",
        tmp_path,
    )
    assert loaded == []
