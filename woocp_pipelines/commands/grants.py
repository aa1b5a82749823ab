"""`woocp grants`: the fewest rights that each login needs, as T-SQL. Asks no database."""

from enum import Enum
from typing import Annotated

import typer

from woocp_pipelines.commands.options import JsonOption


class RoleChoice(Enum):
    """The roles, and all of them."""

    all = "all"
    syncs = "syncs"
    pricing = "pricing"
    doctor = "doctor"


RoleOption = Annotated[
    RoleChoice,
    typer.Option(
        "--role",
        help="syncs: everything but the pricing service; pricing: that service; doctor: reading "
        "only, for doctor and plan mode.",
    ),
]


def grants(*, role: RoleOption = RoleChoice.all, as_json: JsonOption = False) -> None:
    """Print the GRANT script for the database's administrator; nothing is run.

    Run it in Counterpoint's database, and again after each `woocp db upgrade`.
    """
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.counterpoint.rights import PURPOSES, ROLES, grant_script, rights_of

    chosen = [each for each in ROLES if role in (RoleChoice.all, RoleChoice(each))]
    if as_json:
        write_json(
            {
                "roles": [
                    {
                        "role": each,
                        "name": ROLES[each],
                        "purpose": PURPOSES[each],
                        "rights": {name: list(rights) for name, rights in rights_of(each).items()},
                        "script": grant_script(each),
                    }
                    for each in chosen
                ]
            }
        )
        return
    typer.echo("-- Run in Counterpoint's company database; `woocp db upgrade` itself needs a login")
    typer.echo("-- that may create tables and alter those whose names begin with USER_.")
    for each in chosen:
        typer.echo("")
        for line in grant_script(each):
            typer.echo(line)
