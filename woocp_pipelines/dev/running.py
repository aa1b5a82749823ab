"""`woocp dev`: the sandbox's services and Dagster's UI with its schedules, until Ctrl-C.

Belongs here: what is started, in which order, and what is said about it. With real connections
only Dagster is started; its schedules are off there until somebody switches them on.
"""

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Final

import requests

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.commands.output import note
from woocp_pipelines.commands.sandbox_session import own_sandbox
from woocp_pipelines.commands.stopping import Stop, until_stopped
from woocp_pipelines.dev.children import Child, child_process
from woocp_pipelines.dev.home import dagster_environment, dagster_home
from woocp_pipelines.dev.ports import HOST, free_port
from woocp_pipelines.dev.pricing import sandbox_pricing
from woocp_pipelines.sandbox.opening import SANDBOX_PRICING_KEY
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_loading import SANDBOX_KEY, SANDBOX_SECRET

_STORE_PORT: Final = 8790
_ASK_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.5


def run_dev(settings: Settings, *, port: int, items: int | None = None) -> None:
    """Run until a signal comes; nothing is left running afterwards.

    Args:
        settings: of the sandbox or of real connections.
        port: wished for the Dagster UI; another one is taken when it is in use.
        items: size of the catalogue, when the sandbox has to be made.

    Raises:
        CommandError: the sandbox is in use elsewhere, or Dagster ended by itself.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(until_stopped())
        services: dict[str, str] = {}
        if settings.connections.sandbox:
            services = _start_services(stack, settings, items)
        else:
            note("real connections: Dagster only; start prices with `woocp-pricing`")
        url = f"http://{HOST}:{free_port(port)}"
        child = stack.enter_context(_dagster(settings, url, stop, services))
        if _answers(url, child, stop):
            note(f"Dagster UI        {url}\nCtrl-C stops everything")
        _watch(child, stop)
        note("stopping; a run in flight may take half a minute (Ctrl-C again: at once) …")
    note("everything has stopped")


def _start_services(stack: ExitStack, settings: Settings, items: int | None) -> dict[str, str]:
    """Start store and prices; gives the variables that tell Dagster where the prices are."""
    sandbox = stack.enter_context(own_sandbox(settings.connections.home, items=items))
    store = stack.enter_context(sandbox.start_store(free_port(_STORE_PORT)))
    wished = free_port(sandbox.settings.pricing.port)
    pricing = stack.enter_context(sandbox_pricing(sandbox, port=wished))
    note(f"SANDBOX in        {sandbox.folder}")
    note(f"store             {store}  (key {SANDBOX_KEY}, secret {SANDBOX_SECRET})")
    note(f"pricing service   {pricing.url}  (X-API-Key: {SANDBOX_PRICING_KEY})")
    return {"WOOCP_PRICING_HOST": HOST, "WOOCP_PRICING_PORT": str(pricing.port)}


def _dagster(
    settings: Settings, url: str, stop: Stop, services: Mapping[str, str]
) -> AbstractContextManager[Child]:
    connections = settings.connections
    folder = dagster_home(connections.home, sandbox=connections.sandbox)
    own = dagster_environment(connections.home, folder, sandbox=connections.sandbox)
    environment = {**own, **services}
    workspace = str(folder / "workspace.yaml")
    command = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "--log-level", "warning"]
    command += ["-h", HOST, "-p", url.rpartition(":")[2]]
    log = folder / "dev.log"
    note(f"starting Dagster …  (its messages are in {log})")
    return child_process(command, environment, log, stop)


def _answers(url: str, child: Child, stop: Stop) -> bool:
    """Wait until the UI answers; False when a stop came first.

    Raises:
        CommandError: Dagster ended instead.
    """
    while not stop.requested:
        _check_alive(child)
        try:
            if requests.get(f"{url}/server_info", timeout=_ASK_SECONDS).ok:
                return True
        except requests.RequestException:
            stop.wait(_POLL_SECONDS)
    return False


def _watch(child: Child, stop: Stop) -> None:
    while not stop.wait(_POLL_SECONDS):
        _check_alive(child)


def _check_alive(child: Child) -> None:
    code = child.poll()
    if code is not None:
        raise CommandError(f"Dagster ended by itself with code {code}; see its dev.log")
