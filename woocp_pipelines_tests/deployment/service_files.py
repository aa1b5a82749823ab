"""The command lines that deploy/ starts on each kind of machine, and how they run here.

Belongs here: reading units, compose file and PowerShell. A command is changed in three ways before
it runs: folders become the test's, ports free ones, and addresses this machine only.
"""

import configparser
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text("utf-8"))
POWERSHELL = (DEPLOY / "windows" / "install-dagster.ps1").read_text("utf-8")
UNITS = tuple(sorted(file.name for file in (DEPLOY / "systemd").glob("*.service")))
PORTS = {"code": 4266, "webserver": 3000, "viewer": 3001}

Command = list[str]


class _Unit(configparser.RawConfigParser):
    """systemd's format: keys are case-sensitive and may come again."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(name: str) -> configparser.SectionProxy:
    """[Service] of a unit; of keys that come again, the last."""
    found = _Unit(strict=False)
    found.read(DEPLOY / "systemd" / name, encoding="utf-8")
    return found["Service"]


def unit_commands(name: str) -> list[Command]:
    """Every ExecStart of a unit, in their order."""
    text = (DEPLOY / "systemd" / name).read_text("utf-8")
    return [shlex.split(line) for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)]


def compose_commands(name: str) -> list[Command]:
    """What a service of the compose file runs, line by line where that is a script."""
    command = COMPOSE["services"][name]["command"]
    if isinstance(command, str):
        return [shlex.split(command)]
    assert command[:2] == ["sh", "-ec"]
    return [shlex.split(line) for line in command[2].splitlines()]


def health_command(name: str) -> Command:
    """What Docker asks a service of the compose file with."""
    kind, *command = COMPOSE["services"][name]["healthcheck"]["test"]
    assert kind == "CMD"
    return command


def windows_commands() -> dict[str, Command]:
    """What NSSM runs, by the name of the service."""
    entries = re.findall(
        r'Name = "(\w+)".*?Program = "([\w-]+)\.exe"\s+Arguments = "([^"]*)"', POWERSHELL, re.DOTALL
    )
    return {name: [program, *arguments.split()] for name, program, arguments in entries}


def windows_setup() -> list[Command]:
    """What the PowerShell script itself runs of Dagster."""
    lines = re.findall(r'^Invoke-Checked "\$Scripts\\dagster\.exe" (.*)$', POWERSHELL, re.MULTILINE)
    return [["dagster", *line.split()] for line in lines]


def alike(command: Command) -> Command:
    """A command without what differs between kinds of machines: folders and addresses."""
    program, *arguments = command
    return [Path(program).name, *(_bare(argument) for argument in arguments)]


def _bare(argument: str) -> str:
    for folder in ("/etc/woocp/", "$Root\\"):
        argument = argument.removeprefix(folder)
    return "ADDRESS" if argument in {"127.0.0.1", "0.0.0.0"} else argument


@dataclass(frozen=True)
class Machine:
    """Folders and ports of one test that stand for those of a server."""

    folder: Path
    ports: dict[int, int]

    @property
    def settings(self) -> Path:
        """/etc/woocp."""
        return self.folder / "etc"

    @property
    def state(self) -> Path:
        """/var/lib/woocp."""
        return self.folder / "state"

    def here(self, command: Command) -> Command:
        """The command as it runs in this test."""
        return [self.text(argument) for argument in command]

    def text(self, text: str) -> str:
        """A text with this test's folders, ports and addresses."""
        text = text.replace("/opt/woocp/.venv/bin", str(Path(sys.executable).parent))
        text = text.replace("/etc/woocp", str(self.settings))
        text = text.replace("/var/lib/woocp", str(self.state)).replace("0.0.0.0", "127.0.0.1")
        for usual, port in self.ports.items():
            text = re.sub(rf"\b{usual}\b", str(port), text)
        return text
