"""`woocp dead-letters`: what was refused, why, and what to do about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.commands.options import JsonOption, SandboxOption

AllOption = Annotated[bool, typer.Option("--all", help="Also those that are solved.")]

# The contract's names, in its order, and the columns they come from.
_NAMES: Final = {
    "id": "DEAD_LETTER_ID",
    "flow": "FLOW",
    "kind": "KIND",
    "woo_order_id": "WOO_ORDER_ID",
    "woo_order_number": "WOO_ORDER_NO",
    "woo_customer_id": "WOO_CUSTOMER_ID",
    "cust_no": "CUST_NO",
    "sku": "SKU",
    "code": "CODE",
    "field": "FIELD",
    "found": "FOUND",
    "expected": "EXPECTED",
    "arithmetic": "ARITHMETIC",
    "next_step": "NEXT_STEP",
    "retryable": "RETRYABLE",
    "attempts": "ATTEMPTS",
    "first_seen": "FIRST_SEEN_GMT",
    "last_seen": "LAST_SEEN_GMT",
    "next_attempt": "NEXT_ATTEMPT_GMT",
}

_CLOSED_NAMES: Final = {
    "closed": "CLOSED_GMT",
    "settled_by": "SETTLED_BY",
    "settled_note": "SETTLED_NOTE",
}


def dead_letters(
    *, every: AllOption = False, sandbox: SandboxOption = False, as_json: JsonOption = False
) -> None:
    """List what was refused and still waits: why, and the next step."""
    from woocp_pipelines.commands.opening import open_database
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
    from woocp_pipelines.counterpoint.engine import reading
    from woocp_pipelines.counterpoint.statements import table_exists

    with open_database(sandbox=sandbox) as (settings, engine), reading(engine) as connection:
        if not table_exists(connection, "USER_DEAD_LETTER"):
            raise CommandError("there is no table USER_DEAD_LETTER yet; run `woocp db upgrade`")
        rows = read_dead_letters(connection, settings.store.id, include_closed=every)
    if as_json:
        letters = [letter_json(row, every=every) for row in rows]
        write_json({"count": len(letters), "dead_letters": letters})
    else:
        _show(rows)


def letter_json(row: Mapping[str, Any], *, every: bool) -> dict[str, Any]:
    """A dead letter under the contract's names; `every` adds when it was solved, and by whom."""
    # Only --all lists solved ones, so only there it says which.
    names = {**_NAMES, **_CLOSED_NAMES} if every else _NAMES
    return {name: _json_value(row[column]) for name, column in names.items()}


def _json_value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _show(rows: list[Mapping[str, Any]]) -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import show_refused
    from woocp_pipelines.rules.problems import Problem

    console = Console()
    for row in rows:
        number = row["WOO_ORDER_NO"] or row["SKU"] or row["RECORD_KEY"]
        problem = Problem(
            code=row["CODE"],
            field=row["FIELD"],
            found=row["FOUND"],
            expected=row["EXPECTED"],
            next_step=row["NEXT_STEP"],
            arithmetic=row["ARITHMETIC"],
        )
        letter = f"(letter {row['DEAD_LETTER_ID']})"
        show_refused(console, f"{row['KIND']} {number} {letter}{_closed(row)}", problem)
    console.print(f"{len(rows)} dead letters" if rows else "no dead letters")


def _closed(row: Mapping[str, Any]) -> str:
    if row["CLOSED_GMT"] is None:
        return ""
    at = f"{row['CLOSED_GMT']:%Y-%m-%d %H:%MZ}"
    by = f"settled by {row['SETTLED_BY']}: {row['SETTLED_NOTE']}" if row["SETTLED_BY"] else "solved"
    return f" ({by}, {at})"
