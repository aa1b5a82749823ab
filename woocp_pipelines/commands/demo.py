"""`woocp demo` and `woocp dev`: the only commands that import Dagster."""

import os
from typing import Annotated, Final

import typer

from woocp_pipelines.commands.options import ItemsOption, SandboxOption

PortOption = Annotated[
    int, typer.Option(min=1, max=65535, help="Port of the Dagster UI; another one when in use.")
]
_DAGSTER_PORT: Final = 3000


def demo(*, items: ItemsOption = None) -> None:
    """Run every sync once over a fresh sandbox, and show what came of it."""
    from woocp_pipelines.commands.sandbox_session import sandbox_home
    from woocp_pipelines.dev.home import dagster_environment, dagster_home

    home = sandbox_home()
    # Dagster's instance is found by DAGSTER_HOME and by nothing else.
    os.environ.update(dagster_environment(home, dagster_home(home, sandbox=True), sandbox=True))
    from woocp_pipelines.demo.running import run_demo

    raise typer.Exit(run_demo(home, items=items))


def dev(
    *,
    port: PortOption = _DAGSTER_PORT,
    items: ItemsOption = None,
    sandbox: SandboxOption = False,
) -> None:
    """Run the Dagster UI with its schedules, and the sandbox's services, until Ctrl-C."""
    from woocp_pipelines.dev.running import run_dev
    from woocp_pipelines.settings_loading import load_settings

    settings = load_settings(allow_sandbox=True, force_sandbox=sandbox, need=("database", "store"))
    run_dev(settings, port=port, items=items)
