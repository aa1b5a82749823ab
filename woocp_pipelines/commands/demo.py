"""`woocp demo` and `woocp dev`: the only commands that import Dagster."""

import os
from typing import Annotated

import typer

ItemsOption = Annotated[
    int | None, typer.Option(min=1, help="Size of the invented catalogue (default 500).")
]


def demo(*, items: ItemsOption = None) -> None:
    """Run every sync once over a fresh sandbox, and show what came of it."""
    from woocp_pipelines.commands.sandbox_session import sandbox_home
    from woocp_pipelines.dev.home import dagster_environment, dagster_home

    home = sandbox_home()
    # Dagster's instance is found by DAGSTER_HOME and by nothing else.
    os.environ.update(dagster_environment(home, dagster_home(home, sandbox=True), sandbox=True))
    from woocp_pipelines.demo.running import run_demo

    raise typer.Exit(run_demo(home, items=items))
