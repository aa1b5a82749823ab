"""`woocp dev`: everything answers, the schedules run, and one signal ends all of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import yaml

from woocp_pipelines.dev.home import dagster_environment, dagster_home
from woocp_pipelines.dev.ports import free_port

REPOSITORY = Path(__file__).parents[2]
SCHEDULES = """
{ schedulesOrError(repositorySelector: {repositoryLocationName: "woocp",
                                        repositoryName: "__repository__"}) {
    ... on Schedules { results { name scheduleState { status } } }
    ... on PythonError { message } } }
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_dev_serves_everything_until_one_signal_and_leaves_no_process(home, interpreter):
    command = [*interpreter, "-m", "woocp_pipelines.cli", "dev", "--port", str(free_port(3000))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            urls = _announced(process)
            schedules = _schedules(urls["Dagster UI"])
            assert requests.get(f"{urls['store']}/wp-json/", timeout=10).ok
            assert requests.get(f"{urls['pricing service']}/api/health", timeout=10).ok
            assert _processes_of(home), "Dagster's processes name their folder"
            process.send_signal(signal.SIGINT)
            process.communicate()
        finally:
            process.terminate()
    assert process.returncode == 0
    assert set(schedules.values()) == {"RUNNING"}
    assert "order_sync_every_5_minutes" in schedules
    assert _processes_of(home) == []


def test_dev_with_half_the_connections_names_what_is_missing(woocp, monkeypatch):
    monkeypatch.setenv("WOOCP_STORE_URL", "https://shop.example")
    ran = woocp("dev")
    assert ran.code == 2
    assert "WOOCP_STORE_KEY" in ran.err


def test_the_workspace_of_dev_is_that_of_the_repository(tmp_path):
    written = yaml.safe_load((dagster_home(tmp_path, sandbox=True) / "workspace.yaml").read_text())
    assert written == yaml.safe_load((REPOSITORY / "workspace.yaml").read_text("utf-8"))


def test_the_sandbox_and_real_connections_share_no_schedule_state(tmp_path):
    assert dagster_home(tmp_path, sandbox=True) != dagster_home(tmp_path, sandbox=False)


def test_a_sandbox_dagster_sees_no_real_connection(tmp_path):
    folder = dagster_home(tmp_path, sandbox=True)
    environment = dagster_environment(tmp_path, folder, sandbox=True)
    assert environment["WOOCP_DATABASE_URL"] == environment["WOOCP_STORE_URL"] == ""
    assert Path(environment["WOOCP_HOME"]).is_absolute()


def _announced(process):
    urls = {}
    for line in process.stderr:
        words = line.split()
        urls |= {line.split("  ")[0]: word for word in words if word.startswith("http://")}
        if "Dagster UI" in urls:
            return urls
    raise AssertionError(f"it ended with {process.wait()} before the UI answered")


def _schedules(url):
    answer = requests.post(f"{url}/graphql", json={"query": SCHEDULES}, timeout=60).json()
    results = answer["data"]["schedulesOrError"]["results"]
    return {each["name"]: each["scheduleState"]["status"] for each in results}


def _processes_of(home):
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(home) in words:
            found.append(words.replace("\0", " "))
    return found
