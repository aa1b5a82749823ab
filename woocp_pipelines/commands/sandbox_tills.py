"""`woocp sandbox ship` and `cancel`: what people do at the tills, in the embedded Counterpoint.

Belongs here: the commands. Does not: which rows change (sandbox/shipping.py). The store and other
processes may be at work meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.commands.options import JsonOption

if TYPE_CHECKING:
    from sqlalchemy import Connection

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="Number or id of a web order.")]
LineOption = Annotated[
    list[str] | None,
    typer.Option("--line", metavar="N=QTY", help="Ship so much of line N; without it: all."),
]
TrackingOption = Annotated[
    list[str] | None, typer.Option("--tracking", help="A tracking number; may be given again.")
]
PostOption = Annotated[
    bool, typer.Option("--post", help="Post the release ticket, as at the end of the day.")
]


@dataclass(frozen=True, slots=True)
class _Till:
    """An open transaction in the sandbox, the order's document, and its local time."""

    connection: "Connection"
    order_id: int
    doc_id: int
    now: datetime


def ship(
    order: OrderArgument,
    *,
    line: LineOption = None,
    tracking: TrackingOption = None,
    post: PostOption = False,
    as_json: JsonOption = False,
) -> None:
    """Release an order, or a part of it, as people do at the till."""
    from woocp_pipelines.sandbox.shipping import add_tracking, post_ticket, release_order

    quantities = dict(_quantity(each) for each in line) if line else None
    with _till(order) as till:
        add_tracking(till.connection, till.doc_id, tracking or ())
        try:
            ticket = release_order(till.connection, till.doc_id, till.now, quantities)
        except ValueError as error:
            raise CommandError(f"order {order}: {error}") from None
        if post:
            post_ticket(till.connection, ticket, till.now)
    _say({"woo_order_id": till.order_id, "doc_id": till.doc_id, "ticket": ticket}, as_json=as_json)


def cancel(order: OrderArgument, *, as_json: JsonOption = False) -> None:
    """Cancel what is open of an order, as people do at the till."""
    from woocp_pipelines.sandbox.shipping import cancel_order

    with _till(order) as till:
        cancel_order(till.connection, till.doc_id, till.now)
    _say({"woo_order_id": till.order_id, "doc_id": till.doc_id}, as_json=as_json)


@contextmanager
def _till(asked: str) -> Iterator[_Till]:
    """One transaction in the sandbox's Counterpoint, with the order's open document.

    Raises:
        CommandError: the order has no open document.
    """
    from woocp_pipelines.commands.opening import open_database
    from woocp_pipelines.counterpoint.engine import writing
    from woocp_pipelines.counterpoint.order_lookup import find_order
    from woocp_pipelines.counterpoint.order_trace import read_documents, read_key_row
    from woocp_pipelines.rules.clock import store_local, utc_now

    with open_database(sandbox=True) as (settings, engine), writing(engine) as connection:
        found = find_order(connection, settings.store.id, asked)
        key = read_key_row(connection, settings.store.id, found.order_id)
        doc_id = None if key is None else key["DOC_ID"]
        documents = read_documents(connection, [doc_id]) if doc_id else []
        if doc_id is None or not any(each.place == "open" for each in documents):
            raise CommandError(
                f"order {found.number} has no open document; `woocp order {found.number} "
                "--sandbox` shows where it stands"
            )
        now = store_local(utc_now(), settings.store.zone)
        yield _Till(connection, found.order_id, doc_id, now)


def _quantity(text: str) -> tuple[int, Decimal]:
    line, _, quantity = text.partition("=")
    try:
        return int(line), Decimal(quantity)
    except (ValueError, InvalidOperation):
        raise CommandError(f"--line {text}: expected a line and a quantity, such as 1=2") from None


def _say(found: dict[str, int], *, as_json: bool) -> None:
    from woocp_pipelines.commands.output import write_json

    if as_json:
        write_json(found)
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in found.items()))
