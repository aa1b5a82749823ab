"""Options that several commands share, so that they read the same everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Literal

import typer

from woocp_pipelines.commands.errors import Edge
from woocp_pipelines.rules.clock import NotADayError, read_day, read_local_moment
from woocp_pipelines.sandbox.retailer.catalogue import DEFAULT_ITEMS, LEAST_ITEMS

SandboxOption = Annotated[
    bool, typer.Option("--sandbox", help="Use the embedded sandbox, whatever the environment says.")
]


def _note_json(context: typer.Context, *, chosen: bool) -> bool:
    """A command that fails answers in JSON, too."""
    edge = context.find_object(Edge)
    if edge is not None:
        edge.as_json = chosen
    return chosen


JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_note_json,
        help="One JSON document on stdout, also of a failure; all else goes to stderr.",
    ),
]
PlanOption = Annotated[
    bool, typer.Option("--plan", help="Show the exact differences and write nothing anywhere.")
]
ItemsOption = Annotated[
    int | None,
    typer.Option(
        min=LEAST_ITEMS, help=f"Size of the invented catalogue (default {DEFAULT_ITEMS})."
    ),
]
ApplyOption = Annotated[
    bool, typer.Option("--apply", help="Write. Without either, the setting `mode` decides.")
]


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NotADayError as error:
        raise typer.BadParameter(str(error)) from None


def _given_day(text: str) -> date:
    with _refusing():
        return read_day(text)


def _given_moment(text: str) -> datetime:
    with _refusing():
        return read_local_moment(text)


SinceOption = Annotated[
    date | None,
    typer.Option(
        parser=_given_day,
        metavar="DATE",
        help="Also read again all orders created from this store-local day on.",
    ),
]
AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        parser=_given_moment,
        metavar="TIME",
        help="Store-local moment whose dates of groups count; without it now. Rules and prices "
        "are today's.",
    ),
]


def _refuse_since(value: str | None) -> None:
    if value is not None:
        raise typer.BadParameter(
            "--since belongs to `woocp sync orders`: it reads again the orders created from a day "
            "on. This sync does all that is due, whatever its date; leave --since out"
        )


# Hidden: whoever tries it is told where it belongs.
NoSinceOption = Annotated[
    str | None, typer.Option("--since", hidden=True, callback=_refuse_since, metavar="DATE")
]


def chosen_mode(*, plan: bool, apply: bool) -> Literal["plan", "apply"] | None:
    """What --plan and --apply say; None leaves it to the setting.

    Raises:
        BadParameter: both were given.
    """
    if plan and apply:
        raise typer.BadParameter("--plan and --apply exclude each other; give one of them")
    if plan:
        return "plan"
    return "apply" if apply else None
