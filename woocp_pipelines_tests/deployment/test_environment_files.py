"""woocp.env as deploy/README.md shows it, read by systemd, and the command that runs with it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from woocp_pipelines.flows.pricing_health import service_url
from woocp_pipelines.settings_loading import SANDBOX_CONFIG, load_settings
from woocp_pipelines_tests.deployment.service_files import DEPLOY, POWERSHELL, unit, unit_commands

README = (DEPLOY / "README.md").read_text("utf-8")
COMMAND = DEPLOY / "systemd" / "woocp"
# It reads environment.d by the same code as systemd reads EnvironmentFile=.
SYSTEMD = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")
NAMED_INSTANCE = r"mssql+pyodbc://woocp:pa$$word@sql-server\INSTANCE/CPDATA?driver=ODBC+Driver+18"


def block(name: str) -> str:
    """The block of the page that begins with this comment."""
    found = re.search(rf"^```\n(# {re.escape(name)}\n.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def unset_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WOOCP_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str | None]:
    """The environment of the page's woocp.env, and nothing else of ours."""
    unset_everything(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    values = dotenv_values(stream=StringIO(block("woocp.env")))
    for name, value in values.items():
        monkeypatch.setenv(name, value or "")
    return values


def test_the_woocp_env_of_the_page_lets_health_find_the_pricing_service(example):
    ((_program, *arguments),) = unit_commands("woocp-pricing.service")
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    settings = load_settings(need=("database", "store"))
    assert service_url(settings) == f"http://{given['--host']}:{given['--port']}"


def test_windows_asks_for_the_same_line():
    assert "WOOCP_PRICING_HOST=" in POWERSHELL


def test_a_backslash_of_the_page_reaches_the_program(example):
    assert "\\INSTANCE/" in (example["WOOCP_DATABASE_URL"] or "")
    assert re.search(r"^WOOCP_DATABASE_URL='.*'$", block("woocp.env"), re.MULTILINE)


def as_systemd_reads(text: str, folder: Path) -> dict[str, str]:
    settings = folder / "environment.d" / "woocp.conf"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(text, encoding="utf-8")
    read = subprocess.run(
        [str(SYSTEMD)], env={"XDG_CONFIG_HOME": str(folder)}, check=True, capture_output=True
    )
    lines = (shlex.split(line)[0] for line in read.stdout.decode().splitlines())
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.skipif(not SYSTEMD.exists(), reason="systemd is not here")
def test_systemd_keeps_a_backslash_in_single_quotes_only(tmp_path: Path):
    named = NAMED_INSTANCE.replace("$$", "")
    assert as_systemd_reads(f"URL='{named}'\n", tmp_path)["URL"] == named
    assert as_systemd_reads(f"URL={named}\n", tmp_path)["URL"] == named.replace("\\", "")


def test_the_env_file_of_windows_keeps_what_is_in_single_quotes():
    assert dotenv_values(stream=StringIO(f"URL='{NAMED_INSTANCE}'"))["URL"] == NAMED_INSTANCE


def test_the_command_runs_as_the_code_server_does():
    text = COMMAND.read_text("utf-8")
    service = unit("woocp-code.service")
    assert f"--uid={service['User']} --gid={service['Group']}" in text
    for name in ("WorkingDirectory", "StateDirectory", "StateDirectoryMode", "UMask"):
        assert f"--property={name}={service[name]}" in text
    own = (DEPLOY / "systemd" / "woocp-code.service").read_text("utf-8")
    for value in re.findall(r"^Environment=(WOOCP_.*)$", own, re.MULTILINE):
        assert f"--setenv={value}" in text
    assert re.findall(r":-(\S+)}", text) == re.findall(
        r"^EnvironmentFile=(.*woocp\.env)$", own, re.MULTILINE
    )


@pytest.mark.skipif(shutil.which("systemd-run") is None, reason="systemd is not here")
def test_systemd_run_knows_every_option_of_the_command(tmp_path: Path):
    """Asked for help after all of them, so that nothing starts; an unknown one is an error."""
    shim = tmp_path / "systemd-run"
    shim.write_text(
        f"#!{sys.executable}\nimport os, sys\nown = sys.argv[1 : sys.argv.index('--')]\n"
        f"os.execv({shutil.which('systemd-run')!r}, ['systemd-run', *own, '--help'])\n"
    )
    shim.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run([str(COMMAND), "doctor"], env={"PATH": path}, check=False)
    assert done.returncode == 0


FAKE = """#!{python}
import os, subprocess, sys
from dotenv import dotenv_values
end = sys.argv.index("--")
options = [word.split("=", 1) for word in sys.argv[1:end]]
environment = {{"PATH": os.environ["PATH"], "PYTHONPATH": os.environ["PYTHONPATH"]}}
for name, *value in options:
    if name == "--setenv":
        environment.update([value[0].split("=", 1)])
    elif name == "--property" and value[0].startswith("EnvironmentFile="):
        environment.update(dotenv_values(value[0].partition("=")[2]))
    elif name == "--property" and value[0].startswith("WorkingDirectory="):
        os.chdir(value[0].partition("=")[2])
sys.exit(subprocess.run(sys.argv[end + 1 :], env=environment).returncode)
"""


@pytest.fixture
def woocp(tmp_path: Path, database_url: str):
    """The command of deploy/, on folders of the test; systemd-run is played by a script."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "woocp.toml").write_bytes(SANDBOX_CONFIG.read_bytes())
    # Of a server: where its driver is registered, if not where ODBC looks by itself.
    kept = {name: os.environ[name] for name in ("ODBCSYSINI",) if name in os.environ}
    values = {"WOOCP_DATABASE_URL": database_url, **kept}
    lines = (f"{name}='{value}'\n" for name, value in values.items())
    (tmp_path / "etc" / "woocp.env").write_text("".join(lines))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "systemd-run").write_text(FAKE.format(python=sys.executable))
    text = COMMAND.read_text("utf-8").replace("/etc/woocp", str(tmp_path / "etc"))
    text = text.replace("/opt/woocp/.venv/bin", str(Path(sys.executable).parent))
    (programs / "woocp").write_text(text.replace("/var/lib/woocp", str(tmp_path / "state")))
    for program in programs.iterdir():
        program.chmod(0o755)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(DEPLOY.parent)}
        command = [str(programs / "woocp"), *arguments]
        return subprocess.run(
            command, env={**own, **environment}, check=False, capture_output=True, text=True
        )

    return run


def test_the_command_reads_the_files_of_the_services_and_gives_its_exit_code(woocp):
    current = woocp("db", "current")
    assert (current.returncode, current.stdout) == (0, "USER_* tables are at revision 0001\n")
    wrong = woocp("settle", "4711", "--note", "two words")
    assert wrong.returncode == 2
    assert "4711" in wrong.stderr


def test_another_login_is_one_file_away(woocp, tmp_path: Path):
    owner = tmp_path / "owner.env"
    owner.write_text(f"WOOCP_DATABASE_URL='sqlite:///{tmp_path / 'other.db'}'\n")
    current = woocp("db", "current", WOOCP_ENV_FILE=str(owner))
    assert "other.db is no Counterpoint company" in current.stderr
