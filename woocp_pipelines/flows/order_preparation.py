"""Everything that is looked up about an order before it is booked; all or a reason why not.

Belongs here: the checks of order creation (CP §4.8.3) in the order in which people want to hear
of them. Used by plan mode, by validation and again by booking, which trusts nothing earlier.
What all orders of a claim have in common is read once for the claim; what may change before an
order is written is looked at again in its transaction, see booking.py.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import ClaimedOrder
from woocp_pipelines.counterpoint.codes import StationNumbers
from woocp_pipelines.counterpoint.document_refs import (
    Carrier,
    Sought,
    duplicate_ref,
    find_carriers,
)
from woocp_pipelines.counterpoint.items import SkuResolver, read_catalogue, read_resolver
from woocp_pipelines.counterpoint.staged_lines import read_first_sight
from woocp_pipelines.flows.claim_codes import ClaimCodes
from woocp_pipelines.rules.addresses import Address, read_address
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.document_building import document_ref
from woocp_pipelines.rules.document_building.inputs import (
    CatalogueItem,
    PayCode,
    ResolvedLine,
    TaxCode,
)
from woocp_pipelines.rules.document_building.tax import authority_taxes
from woocp_pipelines.rules.money import ZERO, money_text
from woocp_pipelines.rules.order_checks import check_order
from woocp_pipelines.rules.order_content import content_hash, decode_order, status_group
from woocp_pipelines.rules.order_goods import FirstSight, recalled
from woocp_pipelines.rules.order_lines import Resolve, resolve_lines
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError, unexpected
from woocp_pipelines.rules.text import clean
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
    needs_session: bool
    ship_via_cod: str | None
    bill_to: Address
    ship_to: Address


@dataclass(frozen=True, slots=True)
class Unprepared:
    """An order that cannot be booked now, and why."""

    claimed: ClaimedOrder
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the orders of a claim are prepared with."""

    settings: Settings
    codes: ClaimCodes
    resolve: Resolve
    items: Mapping[str, CatalogueItem]
    lengths: Mapping[str, int]
    carriers: Mapping[str, Carrier]


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
    """Prepare many orders; items, codes and REFs are read once for all of them.

    `lengths` are those of PS_DOC_CONTACT in the live catalog. `upgraded` is False before
    `woocp db upgrade`: there are no tables of ours to read then.
    """
    seen: Mapping[tuple[int, int], FirstSight] = {}
    if upgraded:
        order_ids = [each.woo_order_id for each in claimed]
        seen = read_first_sight(connection, settings.store.id, order_ids)
    read = [_read(one, settings, seen) for one in claimed]
    lines = [line for each in read if isinstance(each, _Read) for line in each.order.lines]
    resolver = read_resolver(
        connection, settings.store.id, lines, settings.units.suffixes, upgraded=upgraded
    )
    refs = {sought_ref(each.order, settings) for each in read if isinstance(each, _Read)}
    shared = _Shared(
        settings=settings,
        codes=ClaimCodes(connection, settings),
        resolve=resolver.resolve,
        items=_read_items(connection, settings, resolver, lines),
        lengths=lengths,
        carriers=find_carriers(
            connection, settings.counterpoint, settings.store.other_ids, refs, upgraded=upgraded
        ),
    )
    prepared: list[Prepared | Unprepared] = []
    for each in read:
        if isinstance(each, Unprepared):
            prepared.append(each)
            continue
        try:
            found = _prepare(shared, each)
        except RefusedError as error:
            prepared.append(Unprepared(each.claimed, error.problems))
        except RULE_FAULTS as error:
            _log.exception("order %s", each.claimed.number)
            prepared.append(Unprepared(each.claimed, (unexpected(error),)))
        else:
            prepared.append(found)
    return prepared


def sought_ref(order: WebOrder, settings: Settings) -> Sought:
    """By what a document that somebody else made of this order is found."""
    return Sought(
        ref=document_ref(order),
        number=clean(order.number),
        placed=store_local(order.created, settings.store.zone),
    )


def _read(
    claimed: ClaimedOrder, settings: Settings, seen: Mapping[tuple[int, int], FirstSight]
) -> _Read | Unprepared:
    """The order as kept; a line that lost its product since is what it was at first sight."""
    try:
        raw = decode_order(claimed.order_json)
        order = read_order(raw)
    except RefusedError as error:
        return Unprepared(claimed, error.problems)
    except RULE_FAULTS as error:
        return Unprepared(claimed, (_not_kept(error),))
    group = status_group(order.status, settings.orders)
    digest = claimed.content_hash or content_hash(raw, group)
    lines = [recalled(line, seen.get((claimed.woo_order_id, line.line_id))) for line in order.lines]
    return _Read(replace(claimed, content_hash=digest), raw, replace(order, lines=tuple(lines)))


def _not_kept(error: Exception) -> Problem:
    """Somebody changed the kept order, or let a row be booked that never had one."""
    return Problem(
        code="NO_ORDER_JSON",
        field="ORDER_JSON",
        found=f"{type(error).__name__}: {error}",
        expected="the order as the store gave it",
        next_step="read the order from the store again: `woocp replay`",
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


def _prepare(shared: _Shared, read: _Read) -> Prepared:
    order, settings, codes = read.order, shared.settings, shared.codes
    problems = check_order(order, settings.store.currency)
    if problems:
        raise RefusedError(*problems)
    location = settings.counterpoint.stock_location
    lines = resolve_lines(order, shared.resolve, shared.items, location)
    pay = codes.pay_code(order) if _takes_payment(order, settings) else None
    ship_to = read_address(order.ship_to, fallback_email=order.email, lengths=shared.lengths)
    needs_session = pay is not None or settings.documents.type == "T"
    _check_not_there(shared.carriers, document_ref(order))
    station, tax = codes.station, codes.tax_code(ship_to)
    # Asked here too, so that a plan shows the orders whose tax has no place.
    authority_taxes(order, tax)
    if needs_session:
        codes.check_drawer()
    return Prepared(
        claimed=read.claimed,
        raw=read.raw,
        order=order,
        lines=lines,
        station=station,
        pay=pay,
        tax=tax,
        needs_session=needs_session,
        ship_via_cod=_ship_via(order, settings),
        bill_to=read_address(order.billing, lengths=shared.lengths),
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
                found=f"no date paid, total {money_text(order.total)}",
                expected="a paid order: documents.type T makes sale tickets",
                next_step="enter the order in Counterpoint by hand and `woocp settle` it; or mark "
                "it paid in WooCommerce, then replay",
            )
        )
    return paid


def _check_not_there(carried: Mapping[str, Carrier], ref: str) -> None:
    if ref in carried:
        raise RefusedError(duplicate_ref(ref, carried[ref]))


def _ship_via(order: WebOrder, settings: Settings) -> str | None:
    """A code only by the map, never a cut title (CP §4.4); the title stands in the note."""
    for line in order.shipping_lines:
        code = settings.shipping.via.get(line.method)
        if code:
            return code
    return None
