"""`woocp order`: one order from the store to its document, in order of time."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from woocp_pipelines.commands.errors import FAILED, CommandError
from woocp_pipelines.commands.options import JsonOption, SandboxOption
from woocp_pipelines.rules.money import ZERO, money_text

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from woocp_pipelines.flows.timeline import Timeline
    from woocp_pipelines.settings import Settings
    from woocp_pipelines.woocommerce.client import StoreClient

OrderArgument = Annotated[
    str,
    typer.Argument(metavar="ORDER", help="Order number or id; id:516 says that an id is meant."),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not ask the store.")]

# Names in the answer, and where their values are.
_STORE: Final = {
    "status": "status",
    "created": "date_created_gmt",
    "paid": "date_paid_gmt",
    "modified": "date_modified_gmt",
    "total": "total",
    "currency": "currency",
}
_STAGING: Final = {
    "status": "STATUS",
    "total": "TOT_AMT",
    "attempts": "ATTEMPTS",
    "next_attempt": "NEXT_ATTEMPT_GMT",
    "claimed_until": "CLAIM_UNTIL_GMT",
    "code": "ERROR_CODE",
    "error": "VALIDATION_ERROR",
    "batch": "BATCH_ID",
    "staged": "STAGED_GMT",
    "updated": "UPDATED_GMT",
}
_KEY: Final = {
    "doc_id": "DOC_ID",
    "tkt_no": "TKT_NO",
    "deposit_doc_id": "DEP_DOC_ID",
    "booked": "BOOKED_GMT",
}
_OUTBOX: Final = {
    "kind": "KIND",
    "status": "STATUS",
    "attempts": "ATTEMPTS",
    "created": "CREATED_GMT",
    "sent": "SENT_GMT",
    "next_attempt": "NEXT_ATTEMPT_GMT",
    "error": "LAST_ERROR",
}


def order(
    order: OrderArgument,
    *,
    offline: OfflineOption = False,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what became of an order: store, staging, dead letters, documents, notes, runs."""
    from woocp_pipelines.commands.opening import open_database, open_flow
    from woocp_pipelines.commands.output import note, write_json

    if offline:
        with open_database(sandbox=sandbox) as (settings, engine):
            found = _read(settings, engine, None, order)
    else:
        with open_flow(sandbox=sandbox) as context:
            settings = context.settings
            found = _read(settings, context.engine, context.store, order)
    if as_json:
        write_json(_document(found))
    else:
        _show(found, settings.store.zone)
    if found.store.failed:
        note(f"the store could not be asked: {found.store.why_not}")
        note("--offline shows the same without asking it")
        raise typer.Exit(FAILED)


def _read(
    settings: "Settings", engine: "Engine", store: "StoreClient | None", asked: str
) -> "Timeline":
    from woocp_pipelines.counterpoint.engine import reading
    from woocp_pipelines.flows.order_pages import is_upgraded
    from woocp_pipelines.flows.timeline import read_timeline

    with reading(engine) as connection:
        if not is_upgraded(connection):
            raise CommandError("no order is known yet; run `woocp db upgrade`, then a sync")
    return read_timeline(engine, store, settings.store.id, asked)


def _document(found: "Timeline") -> dict[str, Any]:
    """Money as strings, times UTC, as everywhere in the command's answers."""
    from dataclasses import asdict

    from woocp_pipelines.commands.dead_letters import letter_json

    return {
        "woo_order_id": found.order.order_id,
        "woo_order_number": found.order.number,
        "state": found.state,
        "store": found.store.order and _store_part(found.store.order),
        "store_note": found.store.why_not,
        "staging": [_picked(row, _STAGING) for row in found.staging],
        "dead_letters": [letter_json(row, every=True) for row in found.letters],
        "key": found.key and _picked(found.key, _KEY),
        "documents": [_renamed(_plain(asdict(each))) for each in found.documents],
        "outbox": [_message(row) for row in found.messages],
        "runs": [_plain(asdict(each)) for each in found.runs],
        "events": [_plain(asdict(each)) for each in found.events],
    }


def _store_part(order: Mapping[str, Any]) -> dict[str, Any]:
    """The store's naive UTC times get their zone."""
    from woocp_pipelines.rules.clock import read_gmt

    part: dict[str, Any] = {name: order.get(field) for name, field in _STORE.items()}
    for name in ("created", "paid", "modified"):
        part[name] = read_gmt(part[name]).isoformat() if part[name] else None
    return part


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    """With the note's text: it says what the store was told."""
    import json

    return {**_picked(row, _OUTBOX), "note": json.loads(row["PAYLOAD"]).get("note")}


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    """The type under the name that people use."""
    return {"type" if name == "doc_typ" else name: value for name, value in document.items()}


def _picked(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return _plain({name: row[column] for name, column in names.items()})


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in values.items()}


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    # All decimals of a timeline are money.
    return money_text(value) if isinstance(value, Decimal) else value


def _show(found: "Timeline", zone: ZoneInfo) -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import line

    console = Console()
    line(console, f"order {found.order.number} (id {found.order.order_id}): {found.state}")
    line(console, f"  store: {found.store.sentence}")
    for each in found.documents:
        deposit = money_text(each.deposit or ZERO)
        amounts = "" if each.total is None else f", {money_text(each.total)}, deposit {deposit}"
        due = "" if each.due is None else f", due {money_text(each.due)}"
        name = f"DOC_ID {each.doc_id}, TKT_NO {each.tkt_no}, type {each.doc_typ}"
        line(console, f"  document: {name}{amounts}{due} ({each.place})")
    for letter in found.letters:
        if letter["CLOSED_GMT"] is None:
            line(console, f"  next step ({letter['CODE']}): {letter['NEXT_STEP']}")
    for event in found.events:
        line(console, f"  {_local(event.at, zone)}  {event.place:<12}  {event.what}")


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """With the zone's name: the hour after the autumn change exists twice."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
