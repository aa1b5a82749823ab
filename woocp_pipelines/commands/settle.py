"""`woocp settle`: what a person settled by hand, so that nobody is told of it again.

Exit code 0: all of it is settled; 1: some is not, each with its reason; 2: failed, and nothing was
written. It is a person's explicit act: the setting `mode` does not matter.
"""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from woocp_pipelines.commands.errors import REFUSED
from woocp_pipelines.commands.options import JsonOption, SandboxOption

if TYPE_CHECKING:
    from woocp_pipelines.flows.settling_answers import Settlement

OrdersArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="ORDER", help="Order numbers or ids; id:516 says that an id is meant."),
]
LetterOption = Annotated[
    list[int] | None,
    typer.Option("--letter", metavar="ID", help="A single dead letter; may be given repeatedly."),
]
NoteOption = Annotated[
    str, typer.Option("--note", help="What was done; kept for good, so no personal data.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who did it; else the login's name.")
]


def settle(
    orders: OrdersArgument = None,
    *,
    note: NoteOption,
    letters: LetterOption = None,
    by: ByOption = None,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Settle revisions and refused orders that were dealt with by hand.

    An order with a document: its open revisions are closed, and the order as they hold it is
    accepted; another change is reported again. An order without one is never booked after this,
    which cannot be undone, and keeps no goods back.
    """
    if not orders and not letters:
        raise typer.BadParameter("name the orders, or dead letters with --letter")
    from woocp_pipelines.commands.opening import check_upgraded, open_database
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.flows.settling import settle as settle_all
    from woocp_pipelines.flows.settling import sign
    from woocp_pipelines.rules.clock import utc_now

    signature = sign(_login() if by is None else by, note)
    with open_database(sandbox=sandbox) as (settings, engine):
        check_upgraded(engine)
        found = settle_all(engine, settings, orders or (), letters or (), signature, utc_now())
    if as_json:
        write_json(found.to_json())
    else:
        _show(found)
    raise typer.Exit(REFUSED if found.refused else 0)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise typer.BadParameter("nobody is logged in here; say who by --by NAME") from None


def _show(found: "Settlement") -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import line

    console = Console()
    for each in found.answers:
        line(console, f"{each.name}: {each.sentence()}")
        if each.outcome == "accepted":
            for letter in each.letters:
                line(console, f"  {letter.code}: {letter.found}")
        if each.problem:
            line(console, f"  next step: {each.problem.next_step}")
