"""One order becomes documents, in one transaction (CP §4.8).

Belongs here: what is written together, and what a failure of it means. Does not: which orders are
booked, and what becomes of a refused one (documents.py).

What was read for the claim may be minutes old. What must be true when the order is written is
looked at again here, in this order, which every booking keeps:

1. The claim (CP §4.8.2): the fence locks the staging row, or stops. Whoever lost it writes nothing.
2. The drawer session, for tickets: open, and kept from closing until the commit.
3. The ship-to address, only when the customer did not have it: found again or added.
4. The lock `woocp:keys` and what it protects: no open document carries the REF (the history was
   looked at for the claim), numbers from the counters, ids that are free. From here on other
   bookings wait, so everything that can be done before is.
5. The rows; IM_INV ordered by item and AR_CUST, each with its count of rows.
6. USER_ORDER_KEY, whose primary key is what makes a second booking impossible, the staging row
   (fenced once more), the outbox, the dead letters.

Not looked at again: station, pay and tax codes, items and prices. They are settings of a day, and
foreign keys refuse a code that is gone.
"""

import logging
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import uuid4

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.claims import ClaimedOrder, book, fence
from woocp_pipelines.counterpoint.dead_letters import Record, close_problems, report_problems
from woocp_pipelines.counterpoint.document_keys import take_keys
from woocp_pipelines.counterpoint.document_refs import duplicate_ref, find_open_carrier
from woocp_pipelines.counterpoint.documents import NoStockRowError, write_documents
from woocp_pipelines.counterpoint.drawers import hold_drawer_session
from woocp_pipelines.counterpoint.locks import LockBusyError, transaction_lock
from woocp_pipelines.counterpoint.order_keys import AlreadyBookedError, read_keys
from woocp_pipelines.counterpoint.outbox import add_booking
from woocp_pipelines.counterpoint.refusals import problem_of_record
from woocp_pipelines.counterpoint.ship_addresses import ship_address_id
from woocp_pipelines.counterpoint.tables import PS_DOC_HDR
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_preparation import Prepared, sought_ref
from woocp_pipelines.flows.ready_orders import Ready
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.document_building import Documents, build_documents
from woocp_pipelines.rules.document_building.inputs import Booking, DocumentKeys, Place
from woocp_pipelines.rules.order_lines import no_stock_rows
from woocp_pipelines.rules.order_staging import refunded
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError, unexpected

_log = logging.getLogger(__name__)


def book_order(context: FlowContext, connection: Connection, token: str, ready: Ready) -> Documents:
    """Book an order in its transaction; what concerns this order alone is a refusal of it.

    Args:
        context: settings and clock.
        connection: without a transaction; one for many orders.
        token: of the claim.
        ready: the order.

    Raises:
        RefusedError, ClaimLostError, AlreadyBookedError: nothing of the order was written.
        DBAPIError: the database is not what it should be, for every order.
    """
    try:
        return in_transaction(connection, partial(_write, context, token, ready))
    except LockBusyError as error:
        raise RefusedError(_keys_busy(error)) from error
    except NoStockRowError as error:
        location = context.settings.counterpoint.stock_location
        lines = no_stock_rows(ready.found.lines, error.item_nos, location)
        raise RefusedError(*lines) from error
    except StatementError as error:
        problem = problem_of_record(error, PS_DOC_HDR.name)
        if problem is None:
            raise
        raise RefusedError(problem) from error
    except RULE_FAULTS as error:
        _log.exception("order %s", ready.found.claimed.number)
        raise RefusedError(unexpected(error)) from error


def _write(context: FlowContext, token: str, ready: Ready, connection: Connection) -> Documents:
    """The booking's one transaction; the module says why in this order."""
    settings, now, found = context.settings, context.now(), ready.found
    local = store_local(now, settings.store.zone)
    fence(connection, context.store_id, token, found.claimed)
    session = (
        hold_drawer_session(connection, settings.counterpoint) if found.needs_session else None
    )
    ship_adrs_id = ready.ship_adrs_id
    if ready.new_address:
        ship_adrs_id = ship_address_id(connection, ready.cust_no, found.ship_to, settings, now)
    keys = _keys(connection, context, found, local)
    booking = Booking(
        cust_no=ready.cust_no,
        bill_to=found.bill_to,
        ship_to=found.ship_to,
        ship_adrs_id=ship_adrs_id,
        lines=found.lines,
        keys=keys,
        created=now,
        calc_prices=ready.prices.by_line,
        pay=found.pay,
        tax=found.tax,
        ship_via_cod=found.ship_via_cod,
        drw_session_id=session,
        remarks=ready.prices.remarks,
    )
    documents = build_documents(found.order, booking, _place(context), uuid4)
    write_documents(
        connection,
        documents,
        cust_no=ready.cust_no,
        where=settings.counterpoint,
        zone=settings.store.zone,
        now=now,
        raise_balance=settings.documents.order_balance,
    )
    book(
        connection,
        context.store_id,
        token,
        found.claimed,
        documents=documents,
        cust_no=ready.cust_no,
        now=now,
        now_local=local,
    )
    add_booking(connection, context.store_id, found.order.order_id, documents, now)
    close_problems(connection, order_record(context, found.claimed), now)
    _note_refunds(connection, context, found, documents)
    return documents


def _keys(
    connection: Connection, context: FlowContext, found: Prepared, local: datetime
) -> DocumentKeys:
    """Numbers and ids, and under the same lock the last look for a document with this REF."""
    settings = context.settings
    transaction_lock(connection, "keys")
    sought = sought_ref(found.order, settings)
    carrier = find_open_carrier(connection, settings.counterpoint, settings.store.other_ids, sought)
    if carrier is not None:
        order_id = found.order.order_id
        if read_keys(connection, context.store_id, [order_id]):
            raise AlreadyBookedError(str(order_id))
        raise RefusedError(duplicate_ref(sought.ref, carrier))
    doc_typ = settings.documents.type
    return take_keys(
        connection,
        settings.counterpoint,
        found.station,
        local,
        doc_typ=doc_typ,
        with_deposit=doc_typ == "O" and found.pay is not None,
    )


def _note_refunds(
    connection: Connection, context: FlowContext, found: Prepared, documents: Documents
) -> None:
    """A refund before booking: booked in full, and a revision for people (design §4)."""
    refunds = found.raw.get("refunds") or ()
    problem = refunded(found.order.number, refunds, documents.tkt_no)
    if problem:
        record = replace(order_record(context, found.claimed), kind="revision", json=None)
        report_problems(connection, record, [problem], context.now())


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
    return Place(
        settings.counterpoint, settings.documents, settings.store.zone, context.column_lengths
    )


def _keys_busy(error: LockBusyError) -> Problem:
    return Problem(
        code="KEYS_BUSY",
        field=error.name,
        found="held by another booking for over 15 seconds",
        expected="a free lock",
        next_step="nothing: the order is tried again",
        retryable=True,
    )
