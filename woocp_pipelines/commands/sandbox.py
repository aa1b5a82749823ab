"""`woocp sandbox …`: the embedded store and Counterpoint, on this machine only.

`ship` and `cancel` do in the sandbox's Counterpoint what people do at the tills.
"""

import errno
from typing import Annotated, Final

import typer

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.commands.options import ItemsOption, JsonOption
from woocp_pipelines.commands.sandbox_tills import cancel, ship

app: Final = typer.Typer(no_args_is_help=True, help="The embedded store and Counterpoint.")
app.command("ship")(ship)
app.command("cancel")(cancel)

PortOption = Annotated[
    int, typer.Option(min=0, max=65535, help="Port of the store; 0 picks a free one.")
]
_DEFAULT_PORT: Final = 8790


@app.command("serve")
def serve(*, port: PortOption = _DEFAULT_PORT) -> None:
    """Serve the sandbox's store until Ctrl-C; makes the sandbox when there is none."""
    from woocp_pipelines.commands.output import note
    from woocp_pipelines.commands.sandbox_session import own_sandbox, sandbox_home
    from woocp_pipelines.commands.stopping import until_stopped
    from woocp_pipelines.settings_loading import SANDBOX_KEY, SANDBOX_SECRET

    try:
        with (
            own_sandbox(sandbox_home()) as sandbox,
            until_stopped() as stopped,
            sandbox.start_store(port) as url,
        ):
            typer.echo(url)
            note(f"SANDBOX store on {url}, key {SANDBOX_KEY}, secret {SANDBOX_SECRET}; Ctrl-C ends")
            stopped.wait()
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CommandError(
            f"port {port} is in use; choose another with --port, or 0 for any free one (commands "
            "with --sandbox find it by themselves)"
        ) from error


@app.command("reset")
def reset(*, items: ItemsOption = None, as_json: JsonOption = False) -> None:
    """Throw the sandbox away and make a fresh one."""
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.commands.sandbox_session import own_sandbox, sandbox_home

    with own_sandbox(sandbox_home(), reset=True, items=items) as sandbox:
        folder = str(sandbox.folder)
        orders = len(sandbox.expected.orders)
    if as_json:
        write_json({"folder": folder, "orders": orders})
    else:
        typer.echo(f"fresh sandbox with {orders} web orders in {folder}")
