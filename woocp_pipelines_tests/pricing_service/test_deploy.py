"""The files in deploy/ start what they say they start."""

import configparser
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from woocp_pipelines_tests.pricing_service.test_server import ASKED, HEADERS, PATH, SECRET, Program

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


class Unit(configparser.RawConfigParser):
    """systemd's format: keys are case-sensitive and may come again."""

    optionxform = staticmethod(str)


@pytest.fixture
def unit():
    found = Unit(strict=False)
    found.read(DEPLOY / "systemd" / "woocp-pricing.service", encoding="utf-8")
    return found


def test_the_command_of_the_unit_starts_the_service_and_ends_it(unit, tmp_path, counterpoint):
    command = shlex.split(unit["Service"]["ExecStart"])
    assert Path(command[0]).name == "woocp-pricing"
    arguments = [*command[1:], "--port", "0"]
    codes = ("store", "station", "drawer", "user", "sales_rep", "workgroup", "stock_location",
             "price_location")  # fmt: skip
    text = "\n".join(["[counterpoint]", *(f'{name} = "01"' for name in codes)])
    (tmp_path / "woocp.toml").write_text(text)
    (tmp_path / "keys").write_text(f"shop={SECRET}\n")
    environment = {
        "WOOCP_CONFIG": str(tmp_path / "woocp.toml"),
        "WOOCP_HOME": str(tmp_path / "state"),
        "WOOCP_DATABASE_URL": counterpoint.url,
        "WOOCP_PRICING_API_KEYS_FILE": str(tmp_path / "keys"),
    }
    with Program(tmp_path, arguments, environment) as program:
        answer = requests.post(program.url + PATH, json=ASKED, headers=HEADERS, timeout=20)
        assert answer.status_code == 200
        program.process.send_signal(signal.Signals[unit["Service"]["KillSignal"]])
        assert program.process.wait(timeout=60) == 0


def test_the_unit_does_not_repeat_a_start_that_cannot_succeed(unit):
    assert unit["Service"]["RestartPreventExitStatus"] == "2"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_understands_the_unit(tmp_path):
    text = (DEPLOY / "systemd" / "woocp-pricing.service").read_text()
    # The program and the user of the unit are not on this machine.
    text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text)
    file = tmp_path / "woocp-pricing.service"
    file.write_text(text)
    verify = ["systemd-analyze", "verify", str(file)]
    said = subprocess.run(verify, check=False, capture_output=True, text=True, timeout=60).stderr
    assert [line for line in said.splitlines() if file.name in line] == []


def test_the_windows_service_has_the_name_that_operators_know():
    script = (DEPLOY / "windows" / "install-pricing.ps1").read_text()
    assert '$Service = "ContractPricingAPIWaitress"' in script
    assert "woocp-pricing.exe" in script


def test_no_file_of_deploy_holds_a_secret():
    for file in filter(Path.is_file, DEPLOY.rglob("*")):
        assert not re.search(r"(?i)(password|secret)\s*=\s*[^\s…$]", file.read_text()), file


def test_the_proxy_logs_no_query_string():
    text = re.sub(r"#.*", "", (DEPLOY / "nginx" / "pricing.conf").read_text())
    (written,) = re.findall(r"log_format woocp_pricing ([^;]*);", text)
    assert not {"$request", "$request_uri", "$args", "$query_string", "$http_referer"} & set(
        re.findall(r"\$\w+", written)
    )
    assert not re.findall(r"\$arg_\w+", written)
    assert re.findall(r"access_log \S+ (\w+);", text) == ["woocp_pricing"]
    assert re.findall(r"error_log \S+ (\w+);", text) == ["crit"]
