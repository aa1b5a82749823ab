"""Child processes that never outlive us: started in a group of their own, stopped gently, then not.

Belongs here: signals on POSIX and Windows. Does not: what is started.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from woocp_pipelines.commands.stopping import Stop

Child = subprocess.Popen[bytes]

# Dagster's code server may take 30 seconds while a run is in flight (its own grace period).
_GRACE_SECONDS: Final = 45.0
_POLL_SECONDS: Final = 0.2


@contextmanager
def child_process(
    command: Sequence[str], environment: Mapping[str, str], log: Path, stop: Stop
) -> Iterator[Child]:
    """A child during the block; at its end the child and all its children are gone.

    Args:
        command: program and arguments.
        environment: added to ours.
        log: file for what it prints, written anew.
        stop: a second request while the child stops ends the waiting.
    """
    with log.open("wb") as output:
        child = _start(command, {**os.environ, **environment}, output)
        try:
            yield child
        finally:
            _ask_to_stop(child)
            _wait(child, stop)
            _kill_group(child)
            child.wait()


def _start(command: Sequence[str], environment: Mapping[str, str], output: IO[bytes]) -> Child:
    # A group of its own: Ctrl-C in the terminal reaches us only, and we stop things in order.
    if sys.platform == "win32":
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
    )


def _ask_to_stop(child: Child) -> None:
    if child.poll() is not None:
        return
    # The child may have ended since; then there is nobody to ask.
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            child.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            child.send_signal(signal.SIGINT)


def _wait(child: Child, stop: Stop) -> None:
    waited = 0.0
    while child.poll() is None and waited < _GRACE_SECONDS and not stop.insisted:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=_POLL_SECONDS)
        waited += _POLL_SECONDS


def _kill_group(child: Child) -> None:
    """End what is left of the child and its children; nothing, when all went well."""
    if sys.platform == "win32":
        if child.poll() is None:
            taskkill = ("taskkill", "/F", "/T", "/PID", str(child.pid))
            subprocess.run(taskkill, check=False, capture_output=True)  # noqa: S603
        return
    # The group keeps the child's number as long as any member of it is alive.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
