"""Order creation: staged orders become Counterpoint documents, each exactly once (CP §4).

Belongs here: claim, validate, book, one transaction per order. The whole is `create_documents`;
the steps are also called one by one by the Dagster graph, which hands on nothing but the token.
A poison order is refused with its reason and never delays the rest.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import (
    AlreadyBookedError,
    ClaimedOrder,
    ClaimLostError,
    book,
    claim,
    fence,
    put_back,
    read_claimed,
    read_pending,
    release,
    settle_booked,
)
from woocp_pipelines.counterpoint.customers import is_walk_in_number, resolve_customer
from woocp_pipelines.counterpoint.dead_letters import Record, close_problems, report_problems
from woocp_pipelines.counterpoint.document_keys import take_keys
from woocp_pipelines.counterpoint.documents import write_documents
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.outbox import add_booking
from woocp_pipelines.counterpoint.ship_addresses import ship_address_id
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.order_preparation import Prepared, Unprepared, prepare_orders
from woocp_pipelines.flows.order_prices import LinePrices, price_lines, read_order_book
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.rules.document_building import Documents, build_documents
from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Mode

_MAX_PLANNED: Final = 500


def create_documents(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Book everything that may be booked now, claim by claim; plan mode shows what would be."""
    return run_flow(context, "documents", _create_all, mode=mode)


def claim_orders(context: FlowContext) -> str | None:
    """Claim the oldest pending orders; the token of the claim, or None when there are none."""
    token = uuid4().hex
    with writing(context.engine) as connection:
        size = context.settings.documents.claim_size
        claimed = claim(connection, context.store_id, token, size)
    return token if claimed else None


def validate_orders(context: FlowContext, token: str) -> FlowReport:
    """Refuse those of a claim that cannot be booked; the others stay claimed."""
    report = FlowReport(flow="documents", mode="apply")
    for found in _prepare(context, token):
        report.read += 1
        if isinstance(found, Unprepared):
            _refuse(context, report, token, found.claimed, found.problems)
        else:
            report.unchanged += 1
    return report


def book_orders(context: FlowContext, token: str) -> FlowReport:
    """Create the documents of a claim's orders, under the flow's lock."""
    return run_flow(context, "documents", partial(_book_claim, token=token), mode="apply")


def _create_all(context: FlowContext, report: FlowReport) -> None:
    if report.mode == "plan":
        _plan(context, report)
        return
    while token := claim_orders(context):
        _book_claim(context, report, token=token)


def _book_claim(context: FlowContext, report: FlowReport, *, token: str) -> None:
    try:
        bookable = []
        for found in _prepare(context, token):
            report.read += 1
            if isinstance(found, Unprepared):
                _refuse(context, report, token, found.claimed, found.problems)
                continue
            try:
                lengths = context.lengths_of("AR_CUST", "AR_SHIP_ADRS")
                customer = order_customer(found.raw, lengths)
                now = context.now()
                cust_no = resolve_customer(context.engine, context.settings, customer, now)
            except RefusedError as error:
                _refuse(context, report, token, found.claimed, error.problems)
            else:
                bookable.append((found, cust_no))
        book_of_prices = read_order_book(context, bookable)
        for found, cust_no in bookable:
            prices = price_lines(context, book_of_prices, found, cust_no)
            _book_one(context, report, token, found, cust_no, prices)
    finally:
        # Whatever stopped us, the rest of the claim must not wait for the lease to run out.
        with writing(context.engine) as connection:
            release(connection, context.store_id, token)


def _prepare(context: FlowContext, token: str) -> Sequence[Prepared | Unprepared]:
    with reading(context.engine) as connection:
        claimed = read_claimed(connection, context.store_id, token)
        lengths = context.lengths_of("PS_DOC_CONTACT")
        return prepare_orders(connection, context.settings, claimed, lengths)


def _book_one(
    context: FlowContext,
    report: FlowReport,
    token: str,
    found: Prepared,
    cust_no: str,
    prices: LinePrices,
) -> None:
    claimed = found.claimed
    try:
        work = partial(_write, context, token, found, cust_no, prices)
        documents = in_transaction(context.engine, work)
    except RefusedError as error:
        _refuse(context, report, token, claimed, error.problems)
    except AlreadyBookedError:
        with writing(context.engine) as connection:
            settle_booked(connection, context.store_id, token, claimed, context.now())
        report.unchanged += 1
    except ClaimLostError:
        report.waiting += 1
    else:
        report.created += 1
        _count_money(report, found, documents)


def _write(
    context: FlowContext,
    token: str,
    found: Prepared,
    cust_no: str,
    prices: LinePrices,
    connection: Connection,
) -> Documents:
    """The booking's one transaction (CP §4.8)."""
    settings, now = context.settings, context.now()
    local = store_local(now, settings.store.zone)
    fence(connection, context.store_id, token, found.claimed)
    keys = take_keys(
        connection,
        settings.counterpoint,
        found.station,
        local,
        doc_typ=settings.documents.type,
        with_deposit=settings.documents.type == "O" and found.pay is not None,
    )
    booking = Booking(
        cust_no=cust_no,
        bill_to=found.bill_to,
        ship_to=found.ship_to,
        ship_adrs_id=_ship_adrs_id(connection, context, cust_no, found.ship_to),
        lines=found.lines,
        keys=keys,
        created=now,
        calc_prices=prices.by_line,
        pay=found.pay,
        tax=found.tax,
        ship_via_cod=found.ship_via_cod,
        drw_session_id=found.drw_session_id,
        remarks=prices.remarks,
    )
    documents = build_documents(found.order, booking, _place(context), uuid4)
    write_documents(
        connection,
        documents,
        cust_no=cust_no,
        where=settings.counterpoint,
        now_local=local,
        raise_balance=settings.documents.order_balance,
    )
    book(
        connection,
        context.store_id,
        token,
        found.claimed,
        documents=documents,
        cust_no=cust_no,
        now=now,
        now_local=local,
    )
    add_booking(connection, context.store_id, found.order.order_id, documents, now)
    close_problems(connection, _record(context, found.claimed), now)
    return documents


def _ship_adrs_id(
    connection: Connection, context: FlowContext, cust_no: str, ship_to: Address
) -> str | None:
    """The customer's address id; the walk-in customer collects no addresses of strangers."""
    if not ship_to.has_street or is_walk_in_number(connection, context.settings, cust_no):
        return None
    local = store_local(context.now(), context.settings.store.zone)
    user = context.settings.counterpoint.user
    return ship_address_id(connection, cust_no, ship_to, user, local)


def _refuse(
    context: FlowContext,
    report: FlowReport,
    token: str,
    claimed: ClaimedOrder,
    problems: Sequence[Problem],
) -> None:
    """Give the row back and keep the reason; one permanent problem makes the order wait."""
    decisive = next((one for one in problems if not one.retryable), problems[0])
    report.refuse("order", claimed.number, decisive)
    now = context.now()
    try:
        with writing(context.engine) as connection:
            due = put_back(connection, context.store_id, token, claimed, decisive, now)
            report_problems(connection, _record(context, claimed), problems, now, due)
    except ClaimLostError:
        report.waiting += 1


def _plan(context: FlowContext, report: FlowReport) -> None:
    with reading(context.engine) as connection:
        # Before `woocp db upgrade` nothing is staged by woocp.
        if not table_exists(connection, USER_ORDER_STAGING.name, "CLAIM_TOKEN"):
            return
        pending = read_pending(connection, context.store_id, _MAX_PLANNED)
        lengths = context.lengths_of("PS_DOC_CONTACT")
        for found in prepare_orders(connection, context.settings, pending, lengths):
            report.read += 1
            if isinstance(found, Unprepared):
                decisive = next((one for one in found.problems if not one.retryable), None)
                report.refuse("order", found.claimed.number, decisive or found.problems[0])
                continue
            report.created += 1
            order = found.order
            what = "order with deposit" if found.pay else "unpaid order"
            after = f"{order.total} {order.currency}, {len(order.lines)} lines"
            report.changes.append(Change(order.number, what, "", after))


def _count_money(report: FlowReport, found: Prepared, documents: Documents) -> None:
    booked = Decimal(str(report.facts.get("money_booked", ZERO))) + documents.tot
    report.facts["money_booked"] = f"{booked:.2f}"
    after = f"DOC_ID {documents.doc_id}, TKT_NO {documents.tkt_no}, {documents.tot:.2f}"
    report.changes.append(Change(found.order.number, "document", "", after))


def _place(context: FlowContext) -> Place:
    settings = context.settings
    return Place(settings.counterpoint, settings.documents, settings.store.zone)


def _record(context: FlowContext, claimed: ClaimedOrder) -> Record:
    return Record(
        store_id=context.store_id,
        flow="documents",
        kind="order",
        key=str(claimed.woo_order_id),
        woo_order_id=claimed.woo_order_id,
        woo_order_number=claimed.number,
        json=claimed.order_json,
    )
