"""The `woocp` command.

Belongs here: the list of commands and the edge where every failure becomes a sentence and an exit
code: 0 done, 1 done with refused records, 2 failed. What the commands do is in commands/, demo/
and dev/. Dagster is imported by `demo` and `dev` only.
"""

import io
import logging
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from woocp_pipelines.commands import alerts, db, sandbox, sync
from woocp_pipelines.commands.dead_letters import dead_letters
from woocp_pipelines.commands.demo import demo, dev
from woocp_pipelines.commands.doctor import doctor
from woocp_pipelines.commands.errors import (
    FAILED,
    Edge,
    is_usage_error,
    report_failure,
    report_usage_error,
)
from woocp_pipelines.commands.grants import grants
from woocp_pipelines.commands.health import health
from woocp_pipelines.commands.order import order
from woocp_pipelines.commands.price import price
from woocp_pipelines.commands.reconcile import reconcile
from woocp_pipelines.commands.replay import replay
from woocp_pipelines.commands.settle import settle
from woocp_pipelines.commands.stock import stock

app: Final = typer.Typer(
    name="woocp",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="WooCommerce and NCR Counterpoint, kept in step.",
)
app.add_typer(sync.app, name="sync")
app.add_typer(db.app, name="db")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(alerts.app, name="alerts")
app.command("demo")(demo)
app.command("dev")(dev)
app.command("doctor")(doctor)
app.command("grants")(grants)
app.command("dead-letters")(dead_letters)
app.command("replay")(replay)
app.command("settle")(settle)
app.command("order")(order)
app.command("reconcile")(reconcile)
app.command("stock")(stock)
app.command("price")(price)
app.command("health")(health)


@app.callback()
def _root(
    context: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of failures.")] = False,
) -> None:
    context.obj.debug = debug


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the console script `woocp`. Returns or exits with its code."""
    _prepare_streams()
    given = sys.argv[1:] if arguments is None else arguments
    # Warnings of the flows are for people: stderr, so that stdout stays one JSON document.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    edge = Edge()
    try:
        command = typer.main.get_command(app)
        # Not standalone: typer would end here on a usage error, and --json would get no answer.
        code = command(args=given, prog_name="woocp", obj=edge, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, say it and exit with 2
        if is_usage_error(error):
            return report_usage_error(error, as_json="--json" in given)
        if edge.debug:
            traceback.print_exc()
        report_failure(error, edge)
        return FAILED


def _prepare_streams() -> None:
    """A console that cannot show a letter shows a question mark instead of failing the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
