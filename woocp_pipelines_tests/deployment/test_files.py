"""The files of deploy/ say the same for every kind of machine, and what Dagster understands."""

import re
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

import woocp_pipelines.dev
from woocp_pipelines.definitions import defs
from woocp_pipelines_tests.deployment.service_files import (
    COMPOSE,
    DEPLOY,
    POWERSHELL,
    UNITS,
    alike,
    compose_commands,
    health_command,
    unit,
    unit_commands,
    windows_commands,
    windows_setup,
)

DEVELOPMENT = Path(woocp_pipelines.dev.__file__).with_name("dagster.yaml")
WINDOWS = {
    "code": "WoocpDagsterCode",
    "daemon": "WoocpDagsterDaemon",
    "webserver": "WoocpDagsterWeb",
    "viewer": "WoocpDagsterView",
}


def settings(path):
    return yaml.safe_load(path.read_text("utf-8"))


def test_production_differs_from_development_in_storage_and_retention_only():
    production, development = settings(DEPLOY / "dagster.yaml"), settings(DEVELOPMENT)
    assert set(production.pop("storage")) == {"postgres"}
    assert production.pop("retention").keys() == development.pop("retention").keys()
    assert production == development


@pytest.mark.parametrize("name", ["code", "daemon", "webserver", "viewer", "setup", "pricing"])
def test_docker_runs_what_systemd_runs(name):
    assert [alike(command) for command in compose_commands(name)] == [
        alike(command) for command in unit_commands(f"woocp-{name}.service")
    ]


@pytest.mark.parametrize("name", WINDOWS)
def test_windows_runs_what_systemd_runs(name):
    assert [alike(windows_commands()[WINDOWS[name]])] == [
        alike(command) for command in unit_commands(f"woocp-{name}.service")
    ]


def test_every_pool_is_set_by_name_before_the_first_run():
    pools = {
        pool
        for job in defs.get_repository_def().get_all_jobs()
        for node in job.graph.iterate_node_defs()
        for pool in getattr(node, "pools", ())
    }
    expected = [["dagster", "instance", "migrate"]]
    expected += [["dagster", "instance", "concurrency", "set", pool, "1"] for pool in sorted(pools)]
    assert len(pools) >= 1
    install, *of_systemd = unit_commands("woocp-setup.service")
    assert [alike(command) for command in of_systemd] == expected
    assert windows_setup() == expected
    assert install[-2:] == ["/etc/woocp/dagster.yaml", "/var/lib/woocp/dagster/dagster.yaml"]


def test_docker_starts_without_a_pricing_service():
    """Everything of it needs the profile; a file that is missing is an error, never a folder."""
    with_profile = {name for name, one in COMPOSE["services"].items() if "profiles" in one}
    assert with_profile == {"pricing"}
    assert COMPOSE["services"]["pricing"]["env_file"] == [
        {"path": "pricing.env", "required": False}
    ]
    others = [one for name, one in COMPOSE["services"].items() if name != "pricing"]
    assert [one for one in others if re.search("pric", repr(one), re.IGNORECASE)] == []
    for one in COMPOSE["services"].values():
        for volume in one.get("volumes", ()):
            if isinstance(volume, dict):
                assert volume["bind"] == {"create_host_path": False}
            else:
                assert not volume.startswith("."), volume


def test_the_page_stops_and_starts_services_that_there_are():
    text = (DEPLOY / "README.md").read_text("utf-8")
    units = {file.name for file in (DEPLOY / "systemd").glob("*.*")}
    named = re.findall(r"systemctl (?:stop|start|restart|enable --now) ([\w. -]+)", text)
    for name in " ".join(named).split():
        assert {name, f"{name}.service"} & units, name
    services = {*WINDOWS.values(), "ContractPricingAPIWaitress"}
    for names in re.findall(r"^(?:Stop|Start)-Service (.*)$", text, re.MULTILINE):
        assert set(names.split(", ")) <= services, names
    for kind, words in re.findall(r"compose\.yaml (stop|exec|run) ([^`\n]*)", text):
        # What is no option, nor a variable that one takes.
        given = [word for word in words.split() if not word.startswith("-") and word.islower()]
        assert set(given if kind == "stop" else given[:1]) <= set(COMPOSE["services"]), words


def test_every_port_is_bound_to_this_machine_only():
    published = [
        port for service in COMPOSE["services"].values() for port in service.get("ports", ())
    ]
    assert {port.split(":")[0] for port in published} == {"127.0.0.1"}
    assert len(published) == 3
    for commands in [unit_commands(name) for name in UNITS]:
        assert not any("0.0.0.0" in command for command in commands)
    assert "0.0.0.0" not in POWERSHELL


def test_one_file_of_secrets_for_who_needs_them_only():
    assert "/etc/woocp/woocp.env" in (DEPLOY / "systemd/woocp-code.service").read_text()
    for name in ("setup", "webserver", "viewer", "daemon"):
        assert unit(f"woocp-{name}.service")["EnvironmentFile"] == "/etc/woocp/dagster.env"
        assert "env_file" not in COMPOSE["services"][name]


@pytest.mark.parametrize("name", [name for name in UNITS if name != "woocp-setup.service"])
def test_a_service_comes_back_and_may_take_its_time_to_end(name):
    service = unit(name)
    assert service["Restart"] in {"always", "on-failure"}
    assert service["KillSignal"] == "SIGTERM"
    # Windows and Docker wait as long.
    short = name.removeprefix("woocp-").removesuffix(".service")
    if short in {"code", "daemon"}:
        seconds = service["TimeoutStopSec"]
        assert COMPOSE["services"][short]["stop_grace_period"] == f"{seconds}s"
        entry = POWERSHELL[POWERSHELL.index(WINDOWS[short]) :]
        assert re.search(r"Stop = (\d+)", entry)[1] == f"{seconds}000"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_understands_the_units(tmp_path):
    for file in (DEPLOY / "systemd").glob("*.*"):
        # The programs are not on this machine.
        text = re.sub(r"ExecStart=/opt\S+", "ExecStart=/bin/true", file.read_text())
        (tmp_path / file.name).write_text(text)
    verify = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    said = subprocess.run(verify, check=False, capture_output=True, text=True, timeout=60).stderr
    assert [line for line in said.splitlines() if "woocp" in line] == []


def test_the_image_holds_what_the_services_run():
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    taken = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text()
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for name in source.split():
            assert (DEPLOY.parent / name).exists(), name
            assert f"!{name}" in taken.splitlines()
    assert "-c constraints.txt '.[sqlserver,production]'" in text
    assert re.search(r"^USER woocp$", text, re.MULTILINE)


def test_the_password_of_dagsters_database_may_be_left_to_libpq():
    """On Windows its line is taken out: registry and command lines are readable by everybody."""
    lines = (DEPLOY / "dagster.yaml").read_text().splitlines()
    kept = [line for line in lines if "DAGSTER_PG_PASSWORD" not in line]
    assert len(lines) - len(kept) == 1
    database = yaml.safe_load("\n".join(kept))["storage"]["postgres"]["postgres_db"]
    assert set(database) == {"hostname", "port", "db_name", "username", "scheme"}
    assert '-notmatch "DAGSTER_PG_PASSWORD"' in POWERSHELL


@pytest.mark.parametrize(("answer", "code"), [("200 OK", 0), ("500 Gone wrong", 1)])
def test_docker_hears_whether_the_pricing_service_lives(answer, code):
    *start, text = health_command("pricing")
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_once, args=(server, answer))
        thread.start()
        text = text.replace(":5000/", f":{server.getsockname()[1]}/")
        asked = subprocess.run([sys.executable, start[1], text], check=False, capture_output=True)
        thread.join()
    assert start == ["/opt/woocp/.venv/bin/python", "-c"]
    assert "/api/health/live" in text
    assert asked.returncode == code


def answer_once(server, answer):
    connection, _ = server.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
