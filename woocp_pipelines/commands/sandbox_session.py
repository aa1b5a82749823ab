"""Using the sandbox from several processes: one of them serves the store, the others ask it.

Belongs here: who serves, told by a lock file, and making a sandbox that is not there yet. The
store's file admits one process at a time, so nobody may open it without the lock.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.commands.output import note
from woocp_pipelines.sandbox.opening import URL_FILE, Sandbox, is_seeded, open_sandbox
from woocp_pipelines.sandbox.store import StoreServer
from woocp_pipelines.settings_loading import load_settings, sandbox_folder

# Beside the sandbox's folder, not in it: a reset removes the folder.
_LOCK_FILE: Final = "sandbox.lock"
_POLL_SECONDS: Final = 0.2
# Longer than seeding and one sync of another command take.
_WAIT_SECONDS: Final = 120.0


@contextmanager
def own_sandbox(
    home: Path, *, reset: bool = False, items: int | None = None, wait_seconds: float = 0
) -> Iterator[Sandbox]:
    """The sandbox, opened by this process alone; made when there is none.

    Args:
        home: WOOCP_HOME.
        reset: throw the old one away first.
        items: size of the catalogue of a new one.
        wait_seconds: for another process that has it open.

    Raises:
        CommandError: another process has it open.
    """
    home.mkdir(parents=True, exist_ok=True)
    try:
        with (
            FileLock(home / _LOCK_FILE, timeout=wait_seconds),
            open_sandbox(home, reset=reset, items=items) as sandbox,
        ):
            yield sandbox
    except Timeout:
        raise _in_use(home) from None


def sandbox_home() -> Path:
    """WOOCP_HOME, whatever else the environment says or lacks."""
    return load_settings(force_sandbox=True).connections.home


def make_sandbox(home: Path) -> None:
    """Make the sandbox if there is none; an existing one is left as it is."""
    if is_seeded(home):
        return
    note(f"making the sandbox in {sandbox_folder(home)} …")
    with own_sandbox(home, wait_seconds=_WAIT_SECONDS):
        pass


@contextmanager
def store_for_one_command(home: Path) -> Iterator[str]:
    """The address of the sandbox's store: somebody serves it, or this process does meanwhile.

    The address of a store that lives for one command only is noted nowhere: another command would
    lose it in the middle of its work.

    Raises:
        CommandError: another process keeps the sandbox open without serving it.
    """
    make_sandbox(home)
    lock = FileLock(home / _LOCK_FILE, timeout=_POLL_SECONDS)
    address = _lock_or_address(lock, home)
    if address is not None:
        yield address
        return
    try:
        with open_sandbox(home) as sandbox, StoreServer(sandbox.state) as server:
            yield server.url
    finally:
        lock.release()


def _lock_or_address(lock: FileLock, home: Path) -> str | None:
    """Take the lock (None), or learn where the process that holds it serves the store."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            lock.acquire()
        except Timeout:
            address = _noted(home)
            if address is not None:
                return address
        else:
            return None
    raise _in_use(home)


def _noted(home: Path) -> str | None:
    try:
        return (sandbox_folder(home) / URL_FILE).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def _in_use(home: Path) -> CommandError:
    return CommandError(
        f"the sandbox in {sandbox_folder(home)} is open in another woocp process (demo, dev or "
        "sandbox serve); stop that one first"
    )
