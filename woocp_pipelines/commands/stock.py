"""`woocp stock`: one SKU from Counterpoint to the shop, with the arithmetic and the reasons.

Belongs here: how the answer looks, as text and as JSON. Does not: finding it (flows/stock_answer).
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from woocp_pipelines.commands.errors import FAILED
from woocp_pipelines.commands.options import JsonOption, SandboxOption

if TYPE_CHECKING:
    from woocp_pipelines.flows.stock_answer import ItemAnswer, ProductAnswer, StockAnswer

SkuArgument = Annotated[
    str,
    typer.Argument(
        metavar="SKU", help="SKU, item number or product id; id:145 says that an id is meant."
    ),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not ask the store.")]


def stock(
    sku: SkuArgument,
    *,
    offline: OfflineOption = False,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show why the shop shows what it shows: on hand, committed, web orders, buffer, units."""
    from woocp_pipelines.commands.opening import open_database, open_flow
    from woocp_pipelines.commands.output import note, write_json
    from woocp_pipelines.flows.stock_answer import explain_stock

    if offline:
        with open_database(sandbox=sandbox) as (settings, engine):
            answer = explain_stock(settings, engine, None, sku)
    else:
        with open_flow(sandbox=sandbox) as context:
            settings = context.settings
            answer = explain_stock(settings, context.engine, context.store, sku)
    if as_json:
        write_json(_document(answer))
    else:
        _show(answer, settings.store.zone)
    if answer.store_failed:
        note(f"the store could not be asked: {answer.store_failed}")
        note("--offline shows the same without asking it")
        raise typer.Exit(FAILED)


def _document(answer: "StockAnswer") -> dict[str, Any]:
    """Quantities as strings, times UTC, as everywhere in the command's answers."""
    return {
        "asked": answer.asked,
        "mode": answer.mode,
        "blocked_run": answer.blocked_run,
        "items": [_item(each) for each in answer.items],
        "products": [_product(each) for each in answer.products],
        "store_note": answer.store_failed,
    }


def _item(item: "ItemAnswer") -> dict[str, Any]:
    figures = item.figures
    return {
        "item_no": item.item_no,
        "description": item.description,
        "item_typ": figures.item_typ,
        "trk_meth": figures.trk_meth,
        "stat": figures.stat,
        "web_item": figures.is_web_item,
        "stocking_unit": figures.item.stk_unit,
        "quantity": item.policy.quantity,
        "locations": [
            {
                "location": each.location,
                "on_hand": _text(each.on_hand),
                "committed": _text(each.committed),
                "offered": each.offered,
            }
            for each in item.locations
        ],
        "on_hand": _text(figures.on_hand),
        "committed": _text(figures.committed),
        "unbooked": _text(figures.unbooked),
        "unbooked_orders": [
            {"number": each.number, "status": each.status, "quantity": _text(each.quantity)}
            for each in item.orders
        ],
        "buffer": _text(item.buffer),
        "free": _text(item.free),
    }


def _product(product: "ProductAnswer") -> dict[str, Any]:
    from woocp_pipelines.commands.dead_letters import letter_json

    shown = product.found.product
    return {
        "product_id": shown.product_id,
        "parent_id": shown.parent_id,
        "sku": shown.sku,
        "item_no": product.sold and product.sold.item_no,
        "sell_unit": product.sold and product.sold.sell_unit,
        "may_show": _shown(product.may_show),
        "arithmetic": product.arithmetic,
        "left_alone": product.left_alone,
        "store": _store(product),
        "store_note": product.found.why_not,
        "last_sent": _last(product),
        "dead_letters": [letter_json(letter, every=False) for letter in product.letters],
        "verdict": product.verdict,
    }


def _store(product: "ProductAnswer") -> dict[str, Any] | None:
    record = product.found.record
    if record is None:
        return None
    return {
        "name": record.get("name"),
        "type": record.get("type"),
        "status": record.get("status"),
        "manage_stock": record.get("manage_stock"),
        "stock_quantity": _shown(record.get("stock_quantity")),
        "stock_status": record.get("stock_status"),
        "backorders": record.get("backorders"),
    }


def _last(product: "ProductAnswer") -> dict[str, Any] | None:
    last = product.last
    if last is None:
        return None
    return {
        "quantity": _shown(last.sent),
        "at": last.sent_at and last.sent_at.isoformat(),
        "store_showed": _shown(last.store_showed),
        "seen_at": last.seen_at and last.seen_at.isoformat(),
    }


def _text(quantity: Decimal | None) -> str | None:
    from woocp_pipelines.rules.money import plain

    return None if quantity is None else plain(quantity)


def _shown(quantity: object) -> str | None:
    """A quantity of the store, which is a number or null."""
    return None if quantity is None else str(quantity)


def _show(answer: "StockAnswer", zone: ZoneInfo) -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import line

    console = Console()
    for item in answer.items:
        for text in _item_lines(item):
            line(console, text)
    for product in answer.products:
        for text in _product_lines(product, zone):
            line(console, text)
    if not answer.products:
        line(console, "no product of the store carries it")
    if answer.blocked_run:
        line(
            console,
            f"the circuit breaker stopped run {answer.blocked_run}: nothing is written until "
            f"`woocp sync inventory --apply --approve {answer.blocked_run}`",
        )
    if answer.mode == "plan":
        line(console, "inventory is in plan mode: the schedules write nothing")


def _item_lines(item: "ItemAnswer") -> Iterator[str]:
    figures, unit = item.figures, item.figures.item.stk_unit
    web = "web item" if figures.is_web_item else "no web item"
    kind = f"ITEM_TYP {figures.item_typ}, TRK_METH {figures.trk_meth}, STAT {figures.stat}, {web}"
    yield f"item {item.item_no} {item.description} ({kind}), in {unit}"
    for each in item.locations:
        offered = "" if each.offered else " (not offered on the web)"
        on_hand, committed = _text(each.on_hand), _text(each.committed)
        yield f"  {each.location}: on hand {on_hand}, committed {committed}{offered}"
    if not item.locations:
        yield "  no stock row in IM_INV"
    for order in item.orders:
        yield f"  unbooked web order {order.number} ({order.status}): {_text(order.quantity)}"
    yield f"  buffer: {_text(item.buffer)}"
    yield f"  free ({item.policy.quantity}): {_text(item.free) or 'unknown'} {unit}"


def _product_lines(product: "ProductAnswer", zone: ZoneInfo) -> Iterator[str]:
    shown, record = product.found.product, product.found.record
    parent = f" of {shown.parent_id}" if shown.parent_id else ""
    sold = f" = {product.sold.item_no} unit {product.sold.sell_unit}" if product.sold else ""
    yield f"product {shown.product_id}{parent}, SKU {shown.sku or '(none)'}{sold}"
    if product.left_alone:
        yield f"  left alone: {product.left_alone}"
    else:
        yield f"  may show {product.may_show}: {product.arithmetic}"
    if record is None:
        yield f"  store: {product.found.why_not}"
    else:
        state = f"{record.get('type')}, {record.get('status')}, {record.get('stock_status')}"
        quantity = _shown(record.get("stock_quantity")) or "no quantity"
        yield f"  store shows {quantity} ({state}, backorders {record.get('backorders')})"
    if product.last and product.last.sent_at:
        yield f"  last sent {product.last.sent} at {_local(product.last.sent_at, zone)}"
    elif not product.left_alone:
        yield "  woocp has never sent a quantity to it"
    for letter in product.letters:
        yield f"  dead letter {letter['CODE']}: {letter['FOUND']}; {letter['NEXT_STEP']}"
    yield f"  {product.verdict}"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """With the zone's name: the hour after the autumn change exists twice."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
