"""Options that several commands share, so that they read the same everywhere."""

from datetime import datetime
from typing import Annotated, Literal

import typer

SandboxOption = Annotated[
    bool, typer.Option("--sandbox", help="Use the embedded sandbox, whatever the environment says.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout; all else goes to stderr.")
]
PlanOption = Annotated[
    bool, typer.Option("--plan", help="Show the exact differences and write nothing anywhere.")
]
ApplyOption = Annotated[
    bool, typer.Option("--apply", help="Write. Without either, the setting `mode` decides.")
]
SinceOption = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Also read again all orders created from this store-local day on.",
    ),
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
