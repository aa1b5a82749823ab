"""What order creation would do now, shown without writing anything.

Belongs here: plan mode of documents: staged orders, and those that the order pull would stage now
(design §4). It works with read-only rights and before `woocp db upgrade`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import ClaimedOrder, read_pending
from woocp_pipelines.counterpoint.customer_index import read_customer_index
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.flows.claim_customers import buyer_of, customer_lengths
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.flows.order_preparation import Prepared, Unprepared, prepare_orders
from woocp_pipelines.flows.order_reading import Decided
from woocp_pipelines.flows.orders import plan_changes
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.customer_matching import CustomerIndex, decided
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.order_content import content_hash, encode_order, status_group
from woocp_pipelines.rules.problems import RefusedError, decisive

_MAX_PLANNED: Final = 500
_NOT_STAGED: Final = 0


def plan_documents(context: FlowContext, report: FlowReport) -> None:
    """Show what would be booked and what would be refused.

    Raises:
        StoreError: the store could not be read.
    """
    changes = list(plan_changes(context))
    with reading(context.engine) as connection:
        upgraded = is_upgraded(connection)
        pending = _pending(context, connection, changes, upgraded=upgraded)
    plan_orders(context, report, pending)


def plan_orders(
    context: FlowContext, report: FlowReport, pending: Sequence[ClaimedOrder]
) -> list[Prepared | Unprepared]:
    """Show for each of these orders whether it would be booked or refused."""
    with reading(context.engine) as connection:
        upgraded = is_upgraded(connection)
        lengths = context.lengths_of("PS_DOC_CONTACT")
        prepared = prepare_orders(connection, context.settings, pending, lengths, upgraded=upgraded)
        prepared = _with_customers(context, connection, prepared)
    for found in prepared:
        _show(report, found)
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
    context: FlowContext, connection: Connection, prepared: Iterable[Prepared | Unprepared]
) -> list[Prepared | Unprepared]:
    """The same, but refused where nobody can say who the customer is; creates none."""
    lengths = customer_lengths(context)
    found = [(each, buyer_of(each, lengths)) for each in prepared]
    buyers = [buyer for _, buyer in found if isinstance(buyer, WebCustomer)]
    index = read_customer_index(
        connection,
        {buyer.user_id for buyer in buyers if buyer.user_id is not None},
        {buyer.email for buyer in buyers if buyer.email},
        map_exists=table_exists(connection, USER_CUSTOMER_MAP.name),
    )
    return [_matched(index, each, buyer) for each, buyer in found]


def _matched(
    index: CustomerIndex, each: Prepared | Unprepared, buyer: WebCustomer | Unprepared
) -> Prepared | Unprepared:
    if isinstance(buyer, Unprepared):
        return buyer
    try:
        decided(index.match(buyer.user_id, buyer.email), buyer)
    except RefusedError as error:
        return Unprepared(each.claimed, error.problems)
    return each


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


def _show(report: FlowReport, found: Prepared | Unprepared) -> None:
    report.read += 1
    if isinstance(found, Unprepared):
        report.refuse("order", found.claimed.number, decisive(found.problems))
        return
    report.created += 1
    order = found.order
    what = "order with deposit" if found.pay else "unpaid order"
    after = f"{order.total} {order.currency}, {len(order.lines)} lines"
    report.changes.append(Change(order.number, what, "", after))
