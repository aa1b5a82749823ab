"""Everything that is looked up about an order before it is booked; all or a reason why not.

Belongs here: the checks of order creation (CP §4.8.3) in the order in which people want to hear
of them. Used by plan mode, by validation and again by booking, which trusts nothing earlier.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import ClaimedOrder
from woocp_pipelines.counterpoint.codes import (
    StationNumbers,
    read_drawer_session,
    read_pay_code,
    read_station,
    read_tax_code,
)
from woocp_pipelines.counterpoint.documents import find_by_ref
from woocp_pipelines.counterpoint.items import SkuResolver, read_catalogue, read_resolver
from woocp_pipelines.rules.addresses import Address, read_address
from woocp_pipelines.rules.document_building import document_ref
from woocp_pipelines.rules.document_building.inputs import (
    CatalogueItem,
    PayCode,
    ResolvedLine,
    TaxCode,
)
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.order_checks import check_order
from woocp_pipelines.rules.order_content import content_hash, decode_order, status_group
from woocp_pipelines.rules.order_lines import Resolve, resolve_lines
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError, unexpected
from woocp_pipelines.rules.units import SoldAs
from woocp_pipelines.rules.web_order import WebLine, WebOrder
from woocp_pipelines.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that can be booked, with the codes and rows it needs."""

    claimed: ClaimedOrder
    raw: Mapping[str, Any]
    order: WebOrder
    lines: tuple[ResolvedLine, ...]
    station: StationNumbers
    pay: PayCode | None
    tax: TaxCode | None
    drw_session_id: int | None
    ship_via_cod: str | None
    bill_to: Address
    ship_to: Address


@dataclass(frozen=True, slots=True)
class Unprepared:
    """An order that cannot be booked now, and why."""

    claimed: ClaimedOrder
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A claimed order, read back."""

    claimed: ClaimedOrder
    raw: Mapping[str, Any]
    order: WebOrder


def prepare_orders(
    connection: Connection,
    settings: Settings,
    claimed: Sequence[ClaimedOrder],
    lengths: Mapping[str, int],
    *,
    upgraded: bool = True,
) -> list[Prepared | Unprepared]:
    """Prepare many orders; items are read once for all of them.

    `lengths` are those of PS_DOC_CONTACT in the live catalog. `upgraded` is False before
    `woocp db upgrade`: there are no tables of ours to read then.
    """
    read = [_read(one, settings) for one in claimed]
    lines = [line for each in read if isinstance(each, _Read) for line in each.order.lines]
    resolver = read_resolver(
        connection, settings.store.id, lines, settings.units.suffixes, upgraded=upgraded
    )
    items = _read_items(connection, settings, resolver, lines)
    prepared: list[Prepared | Unprepared] = []
    for each in read:
        if isinstance(each, Unprepared):
            prepared.append(each)
            continue
        try:
            found = _prepare(connection, settings, each, resolver.resolve, items, lengths)
        except RefusedError as error:
            prepared.append(Unprepared(each.claimed, error.problems))
        except RULE_FAULTS as error:
            _log.exception("order %s", each.claimed.number)
            prepared.append(Unprepared(each.claimed, (unexpected(error),)))
        else:
            prepared.append(found)
    return prepared


def _read(claimed: ClaimedOrder, settings: Settings) -> _Read | Unprepared:
    try:
        raw = decode_order(claimed.order_json)
        order = read_order(raw)
    except RefusedError as error:
        return Unprepared(claimed, error.problems)
    except RULE_FAULTS as error:
        return Unprepared(claimed, (_not_kept(error),))
    group = status_group(order.status, settings.orders)
    digest = claimed.content_hash or content_hash(raw, group)
    return _Read(replace(claimed, content_hash=digest), raw, order)


def _not_kept(error: Exception) -> Problem:
    """Somebody changed the kept order, or let a row be booked that never had one."""
    return Problem(
        code="NO_ORDER_JSON",
        field="ORDER_JSON",
        found=f"{type(error).__name__}: {error}",
        expected="the order as the store gave it",
        next_step="set the staging row's STATUS to REREAD: the order is read from the store again",
    )


def _read_items(
    connection: Connection, settings: Settings, resolver: SkuResolver, lines: Sequence[WebLine]
) -> dict[str, CatalogueItem]:
    sold = [resolver.resolve(line) for line in lines]
    return read_catalogue(
        connection,
        {each.item_no for each in sold if isinstance(each, SoldAs)},
        stock_location=settings.counterpoint.stock_location,
        price_location=settings.counterpoint.price_location,
    )


def _prepare(
    connection: Connection,
    settings: Settings,
    read: _Read,
    resolve: Resolve,
    items: Mapping[str, CatalogueItem],
    lengths: Mapping[str, int],
) -> Prepared:
    order = read.order
    problems = check_order(order, settings.store.currency)
    if problems:
        raise RefusedError(*problems)
    where = settings.counterpoint
    lines = resolve_lines(order, resolve, items, where.stock_location)
    pay = read_pay_code(connection, order, settings) if _takes_payment(order, settings) else None
    ship_to = read_address(order.ship_to, fallback_email=order.email, lengths=lengths)
    needs_session = pay is not None or settings.documents.type == "T"
    _check_not_there(connection, settings, order)
    return Prepared(
        claimed=read.claimed,
        raw=read.raw,
        order=order,
        lines=lines,
        station=read_station(connection, where),
        pay=pay,
        tax=read_tax_code(connection, ship_to, settings),
        drw_session_id=read_drawer_session(connection, where) if needs_session else None,
        ship_via_cod=_ship_via(order, settings),
        bill_to=read_address(order.billing, lengths=lengths),
        ship_to=ship_to,
    )


def _takes_payment(order: WebOrder, settings: Settings) -> bool:
    """Option B or C with its tender, or option A (CP §4.1, §4.5).

    Raises:
        RefusedError: NOT_PAID, a sale ticket must be fully paid.
    """
    paid = order.paid is not None and order.total > ZERO
    if settings.documents.type == "O":
        return paid and settings.documents.payments != "none"
    if not paid and order.total != ZERO:
        raise RefusedError(
            Problem(
                code="NOT_PAID",
                field="date_paid_gmt",
                found=f"no date paid, total {order.total}",
                expected="a paid order: documents.type T makes sale tickets",
                next_step="mark the order paid in WooCommerce, or enter it by hand; then replay",
            )
        )
    return paid


def _check_not_there(connection: Connection, settings: Settings, order: WebOrder) -> None:
    ref = document_ref(order)
    found = find_by_ref(connection, settings.counterpoint, ref)
    if found is not None:
        raise RefusedError(
            Problem(
                code="DUPLICATE_REF",
                field="REF",
                found=f"document {found} already carries REF {ref!r}",
                expected="no document of our station or user for an order that we did not book",
                next_step="compare the document with the order; if it is the order, mark the "
                "staging row SKIPPED, else correct the document's REF and replay",
            )
        )


def _ship_via(order: WebOrder, settings: Settings) -> str | None:
    """A code only by the map, never a cut title (CP §4.4); the title stands in the note."""
    for line in order.shipping_lines:
        code = settings.shipping.via.get(line.method)
        if code:
            return code
    return None
