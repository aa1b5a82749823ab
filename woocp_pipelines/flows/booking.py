"""One prepared order becomes documents, in one transaction (CP §4.8).

Belongs here: what is written together, and what a failure of it means. Does not: which orders are
booked, and what becomes of a refused one (documents.py).
"""

import logging
from dataclasses import replace
from functools import partial
from uuid import uuid4

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.claims import ClaimedOrder, book, fence
from woocp_pipelines.counterpoint.customers import is_walk_in_number
from woocp_pipelines.counterpoint.dead_letters import Record, close_problems, report_problems
from woocp_pipelines.counterpoint.document_keys import take_keys
from woocp_pipelines.counterpoint.documents import write_documents
from woocp_pipelines.counterpoint.locks import LockBusyError
from woocp_pipelines.counterpoint.outbox import add_booking
from woocp_pipelines.counterpoint.refusals import problem_of_record
from woocp_pipelines.counterpoint.ship_addresses import ship_address_id
from woocp_pipelines.counterpoint.tables import PS_DOC_HDR
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_preparation import Prepared
from woocp_pipelines.flows.order_prices import LinePrices
from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.document_building import Documents, build_documents
from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.order_staging import refunded
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError, unexpected

_log = logging.getLogger(__name__)


def book_order(
    context: FlowContext, token: str, found: Prepared, cust_no: str, prices: LinePrices
) -> Documents:
    """Book an order in its transaction; what concerns this order alone is a refusal of it.

    Raises:
        RefusedError, ClaimLostError, AlreadyBookedError: nothing of the order was written.
        DBAPIError: the database is not what it should be, for every order.
    """
    work = partial(_write, context, token, found, cust_no, prices)
    try:
        return in_transaction(context.engine, work)
    except LockBusyError as error:
        raise RefusedError(_keys_busy(error)) from error
    except StatementError as error:
        problem = problem_of_record(error, PS_DOC_HDR.name)
        if problem is None:
            raise
        raise RefusedError(problem) from error
    except RULE_FAULTS as error:
        _log.exception("order %s", found.claimed.number)
        raise RefusedError(unexpected(error)) from error


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
    close_problems(connection, order_record(context, found.claimed), now)
    _note_refunds(connection, context, found, documents)
    return documents


def _note_refunds(
    connection: Connection, context: FlowContext, found: Prepared, documents: Documents
) -> None:
    """A refund before booking: booked in full, and a revision for people (design §4)."""
    amounts = [str(refund.get("total")) for refund in found.raw.get("refunds") or ()]
    if amounts:
        problem = refunded(found.order.number, amounts, documents.tkt_no)
        record = replace(order_record(context, found.claimed), kind="revision", json=None)
        report_problems(connection, record, [problem], context.now())


def _ship_adrs_id(
    connection: Connection, context: FlowContext, cust_no: str, ship_to: Address
) -> str | None:
    """The customer's address id; the walk-in customer collects no addresses of strangers."""
    if not ship_to.has_street or is_walk_in_number(connection, context.settings, cust_no):
        return None
    local = store_local(context.now(), context.settings.store.zone)
    user = context.settings.counterpoint.user
    return ship_address_id(connection, cust_no, ship_to, user, local)


def order_record(context: FlowContext, claimed: ClaimedOrder) -> Record:
    """Whose dead letters an order's are."""
    return Record(
        store_id=context.store_id,
        flow="documents",
        kind="order",
        key=str(claimed.woo_order_id),
        woo_order_id=claimed.woo_order_id,
        woo_order_number=claimed.number,
        json=claimed.order_json,
    )


def _place(context: FlowContext) -> Place:
    settings = context.settings
    return Place(settings.counterpoint, settings.documents, settings.store.zone)


def _keys_busy(error: LockBusyError) -> Problem:
    return Problem(
        code="KEYS_BUSY",
        field=error.name,
        found="held by another booking for over 15 seconds",
        expected="a free lock",
        next_step="nothing: the order is tried again",
        retryable=True,
    )
