"""Services of a deployment as plain processes, each in a group that can be killed whole."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from woocp_pipelines_tests.deployment.service_files import Command
from woocp_pipelines_tests.deployment.waiting import eventually

ROOT = Path(__file__).parents[2]
_STOP_SECONDS = 100


class Services:
    """The processes of one deployment, by name."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        own = {name: value for name, value in os.environ.items() if not name.startswith("WOOCP_")}
        own.pop("PYTHONDONTWRITEBYTECODE", None)
        self.environment = {**own, "PYTHONPATH": str(ROOT), **environment}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def call(self, command: Command) -> str:
        """Run a command to its end, which must be a good one; gives what it printed."""
        done = subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self, name: str, command: Command) -> None:
        """Start a service; what it prints is added to its log."""
        assert name not in self.running
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # Dagster takes SIGTERM as it finds SIGINT, which a shell's `&` has switched off.
                preexec_fn=_as_a_service_manager_does,  # noqa: PLW1509 - one call, without locks
            )

    def kill(self, name: str) -> None:
        """End a service and all its children at once, as a crash does."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    def stop(self, name: str) -> int:
        """Stop a service as systemd does (KillMode=mixed); gives its exit code."""
        process = self.running[name]
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=_STOP_SECONDS)
        del self.running[name]
        # What multiprocessing started for itself needs a moment longer.
        eventually(f"children of {name} are gone", lambda: not _group_lives(process.pid))
        return code

    def log(self, name: str) -> Path:
        """The file of what a service printed."""
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        """The ends of all logs, for a test that failed."""
        texts = [
            f"== {file.name}\n{file.read_text()[-1500:]}" for file in self.folder.glob("*.log")
        ]
        return "\n".join(texts)


def _as_a_service_manager_does() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def services(folder: Path, environment: Mapping[str, str]) -> Iterator[Services]:
    """Nothing is left running at the end, whatever happened."""
    opened = Services(folder, environment)
    try:
        yield opened
    finally:
        # pytest shows it where the test failed, and only there.
        print(opened.logs())  # noqa: T201
        for process in opened.running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)
