"""`woocp db …`: our USER_* tables in Counterpoint's database. Vendor tables are never altered."""

from typing import Final

import typer

from woocp_pipelines.commands.options import JsonOption, SandboxOption

app: Final = typer.Typer(no_args_is_help=True, help="The USER_* tables in Counterpoint's database.")


@app.command("upgrade")
def upgrade(*, sandbox: SandboxOption = False, as_json: JsonOption = False) -> None:
    """Create or upgrade the USER_* tables, in place; rows are kept."""
    from woocp_pipelines.commands.opening import check_company, open_database
    from woocp_pipelines.commands.output import note, write_json
    from woocp_pipelines.counterpoint import migrations

    with open_database(sandbox=sandbox) as (_settings, engine):
        check_company(engine)
        applied = migrations.upgrade(engine)
        revision = migrations.current(engine)
    if as_json:
        write_json({"applied": applied, "revision": revision})
        return
    for each in applied:
        note(f"applied {each}")
    typer.echo(f"USER_* tables are at revision {revision}")


@app.command("current")
def current(*, sandbox: SandboxOption = False, as_json: JsonOption = False) -> None:
    """The revision of the USER_* tables, and the newest there is."""
    from woocp_pipelines.commands.opening import check_company, open_database
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.counterpoint import migrations

    with open_database(sandbox=sandbox) as (_settings, engine):
        revision, newest = migrations.current(engine), migrations.newest()
        if revision != newest:
            check_company(engine)
    if as_json:
        write_json({"revision": revision, "newest": newest, "up_to_date": revision == newest})
        return
    hint = "" if revision == newest else f"; newest is {newest}: run `woocp db upgrade`"
    typer.echo(f"USER_* tables are at revision {revision or 'none'}{hint}")
