"""What order creation would do now, shown without writing anything.

Belongs here: plan mode of documents: staged orders, and those that the order pull would stage now
(design §4). It works with read-only rights and before `woocp db upgrade`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import ClaimedOrder, read_pending
from woocp_pipelines.counterpoint.customer_creation import check_tax_code, read_tax_codes
from woocp_pipelines.counterpoint.customer_index import ACCOUNT_STATE
from woocp_pipelines.counterpoint.customers import (
    KnownCustomers,
    is_walk_in,
    match_customer,
    read_known_customers,
    walk_in_customer,
)
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.pending import read_waiting
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.flows.claim_customers import buyer_of, customer_lengths
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.flows.order_preparation import Prepared, Unprepared, prepare_orders
from woocp_pipelines.flows.order_reading import Decided, tell_start
from woocp_pipelines.flows.orders import plan_changes
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.customer_building import tax_code
from woocp_pipelines.rules.customer_checks import check_new_customer
from woocp_pipelines.rules.customer_matching import Unknown, decided
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.order_content import content_hash, encode_order, status_group
from woocp_pipelines.rules.problems import RefusedError, decisive
from woocp_pipelines.settings import Documents

_MAX_PLANNED: Final = 500
_NOT_STAGED: Final = 0


def plan_documents(context: FlowContext, report: FlowReport) -> None:
    """Show what would be booked, what would be refused, and how many orders have to wait.

    Raises:
        StoreError: the store could not be read.
    """
    tell_start(context, report)
    changes = list(plan_changes(context))
    with reading(context.engine) as connection:
        upgraded = is_upgraded(connection)
        pending = _pending(context, connection, changes, upgraded=upgraded)
        waiting = read_waiting(connection, context.store_id) if upgraded else frozenset()
    report.waiting += len(waiting.difference(each.woo_order_id for each in pending))
    plan_orders(context, report, pending)


def plan_orders(
    context: FlowContext, report: FlowReport, pending: Sequence[ClaimedOrder]
) -> list[Prepared | Unprepared]:
    """Show for each of these orders whether it would be booked or refused."""
    with reading(context.engine) as connection:
        upgraded = is_upgraded(connection)
        lengths = context.lengths_of("PS_DOC_CONTACT")
        prepared = prepare_orders(connection, context.settings, pending, lengths, upgraded=upgraded)
        prepared = _with_customers(context, connection, prepared, upgraded=upgraded)
    for found in prepared:
        _show(context.settings.documents, report, found)
    return prepared


def _pending(
    context: FlowContext, connection: Connection, changes: Iterable[Decided], *, upgraded: bool
) -> list[ClaimedOrder]:
    """Bookable orders as they would be after a pull, oldest first."""
    staged = read_pending(connection, context.store_id, _MAX_PLANNED) if upgraded else []
    orders = {claimed.woo_order_id: claimed for claimed in staged}
    for each in changes:
        if each.decision.action in ("insert", "update", "refuse"):
            orders.pop(each.item.raw["id"], None)
        if each.decision.status == "PENDING":
            orders[each.item.raw["id"]] = not_staged(context, each)
    return list(orders.values())[:_MAX_PLANNED]


def _with_customers(
    context: FlowContext,
    connection: Connection,
    prepared: Iterable[Prepared | Unprepared],
    *,
    upgraded: bool,
) -> list[Prepared | Unprepared]:
    """The same, but refused where a customer cannot be told or may not be made; makes none."""
    lengths, settings, tax = customer_lengths(context), context.settings, context.settings.tax
    found = [(each, buyer_of(each, lengths)) for each in prepared]
    buyers = [buyer for _, buyer in found if isinstance(buyer, WebCustomer)]
    known = read_known_customers(
        connection,
        settings,
        buyers,
        map_exists=table_exists(connection, USER_CUSTOMER_MAP.name),
        is_marked=table_exists(connection, *ACCOUNT_STATE),
    )
    tax_codes = read_tax_codes(connection, {tax.default, *tax.by_state.values()})
    return [
        _checked(each, buyer, partial(_check, context, known, tax_codes, upgraded=upgraded))
        for each, buyer in found
    ]


def _checked(
    each: Prepared | Unprepared,
    buyer: WebCustomer | Unprepared,
    check: Callable[[WebCustomer], None],
) -> Prepared | Unprepared:
    if isinstance(buyer, Unprepared):
        return buyer
    try:
        check(buyer)
    except RefusedError as error:
        return Unprepared(each.claimed, error.problems)
    return each


def _check(
    context: FlowContext,
    known: KnownCustomers,
    tax_codes: Collection[str],
    buyer: WebCustomer,
    *,
    upgraded: bool,
) -> None:
    """What booking asks of a buyer, see `resolve_customer`.

    Raises:
        RefusedError: the order would be refused for its customer.
    """
    settings = context.settings
    if upgraded:
        match = match_customer(context.engine, settings, buyer, known)
    else:
        match = known.index.match(buyer.user_id, buyer.email)
    if not isinstance(decided(match, buyer), Unknown):
        return
    if is_walk_in(settings, buyer):
        walk_in_customer(known, settings)
        return
    check_new_customer(buyer)
    code = tax_code(buyer.address, settings.tax)
    if code is not None:
        check_tax_code(code, tax_codes)


def not_staged(context: FlowContext, each: Decided) -> ClaimedOrder:
    """An order as it would be claimed if it were staged."""
    raw = each.item.raw
    group = status_group(str(raw.get("status")), context.settings.orders)
    return ClaimedOrder(
        staging_id=_NOT_STAGED,
        woo_order_id=raw["id"],
        number=str(raw.get("number") or raw["id"]),
        order_json=encode_order(raw),
        content_hash=content_hash(raw, group),
        attempts=0,
    )


def _show(documents: Documents, report: FlowReport, found: Prepared | Unprepared) -> None:
    report.read += 1
    if isinstance(found, Unprepared):
        report.refuse("order", found.claimed.number, decisive(found.problems))
        return
    report.created += 1
    order = found.order
    after = f"{order.total} {order.currency}, {len(order.lines)} lines"
    report.changes.append(Change(order.number, _kind(documents, found), "", after))


def _kind(documents: Documents, found: Prepared) -> str:
    """The document that would be made (CP §4.1)."""
    if documents.type == "T":
        return "sale ticket"
    if found.pay is not None:
        return "order with deposit"
    return "unpaid order" if found.order.paid is None else "order without payment"
