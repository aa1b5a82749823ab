"""Order creation: staged orders become Counterpoint documents, each exactly once (CP §4).

Belongs here: claim, validate, book, one transaction per order. The whole is `create_documents`;
the steps are also called one by one by the Dagster graph, which hands on nothing but the token.
A poison order is refused with its reason and never delays the rest.
"""

import logging
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from uuid import uuid4

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.claims import (
    MOST_AT_ONCE,
    ClaimedOrder,
    ClaimLostError,
    claim,
    put_back,
    read_already_booked,
    read_claimed,
    release,
    settle_booked,
)
from woocp_pipelines.counterpoint.dead_letters import close_problems, report_problems
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_keys import AlreadyBookedError
from woocp_pipelines.counterpoint.pending import read_waiting
from woocp_pipelines.counterpoint.statements import chunks
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.booking import book_order, order_record
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.document_plan import plan_documents
from woocp_pipelines.flows.order_preparation import Prepared, Unprepared, prepare_orders
from woocp_pipelines.flows.ready_orders import Ready, make_ready
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.document_building import Documents
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.problems import (
    Problem,
    RefusedError,
    decisive,
)
from woocp_pipelines.settings import Mode

_log = logging.getLogger(__name__)


def create_documents(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Book everything that may be booked now, claim by claim; plan mode shows what would be."""
    return run_flow(context, "documents", _create_all, mode=mode)


def claim_orders(context: FlowContext, only: Sequence[int] | None = None) -> str | None:
    """Claim the oldest pending orders; the token of the claim, or None when there are none.

    `only`: of these orders, see `claim`.

    Raises:
        UnfitError: doctor is red for documents; orders that cannot be booked stay free.
    """
    context.require_fit("documents")
    token, size = uuid4().hex, context.settings.documents.claim_size
    claimed = in_transaction(
        context.engine, lambda connection: claim(connection, context.store_id, token, size, only)
    )
    return token if claimed else None


def book_pending(context: FlowContext, report: FlowReport, order_ids: Iterable[int]) -> None:
    """Book those of these orders that may be claimed now; for a run that holds the flow's lock."""
    for part in chunks(order_ids, MOST_AT_ONCE):
        while token := claim_orders(context, part):
            _book_claim(context, report, token=token)


def validate_orders(context: FlowContext, token: str) -> FlowReport:
    """Refuse those of a claim that cannot be booked; the others stay claimed."""
    report = FlowReport(flow="documents", mode="apply")
    _settle_booked(context, report, token)
    for found in _prepare(context, token):
        report.read += 1
        if isinstance(found, Unprepared):
            _refuse(context, report, token, found.claimed, found.problems)
        else:
            report.unchanged += 1
    return report


def book_orders(context: FlowContext, token: str) -> FlowReport:
    """Create the documents of a claim's orders, under the flow's lock."""
    report = run_flow(context, "documents", partial(_book_claim, token=token), mode="apply")
    if report.outcome == "skipped":
        # The run that is at work may take them; they need not wait for the lease to run out.
        _release(context, token)
    return report


def _create_all(context: FlowContext, report: FlowReport) -> None:
    if report.mode == "plan":
        plan_documents(context, report)
        return
    # Looked at first: what this run refuses itself is no longer counted as waiting.
    with reading(context.engine) as connection:
        report.waiting += len(read_waiting(connection, context.store_id))
    while token := claim_orders(context):
        _book_claim(context, report, token=token)


def _book_claim(context: FlowContext, report: FlowReport, *, token: str) -> None:
    try:
        _settle_booked(context, report, token)
        orders = make_ready(context, _prepare(context, token))
        report.read += len(orders)
        with context.engine.connect() as connection:
            for each in orders:
                if isinstance(each, Unprepared):
                    _refuse(context, report, token, each.claimed, each.problems)
                else:
                    _book_one(context, report, connection, token, each)
    finally:
        # Whatever stopped us, the rest of the claim must not wait for the lease to run out.
        _release(context, token)


def _release(context: FlowContext, token: str) -> None:
    in_transaction(context.engine, lambda connection: release(connection, context.store_id, token))


def _settle_booked(context: FlowContext, report: FlowReport, token: str) -> None:
    """Rows whose order has its key follow the key, before their own documents look foreign."""
    with reading(context.engine) as connection:
        booked = read_already_booked(connection, context.store_id, token)
    for claimed in booked:
        report.read += 1
        _settle(context, report, token, claimed)


def _settle(context: FlowContext, report: FlowReport, token: str, claimed: ClaimedOrder) -> None:
    now = context.now()

    def work(connection: Connection) -> None:
        settle_booked(connection, context.store_id, token, claimed, now)
        close_problems(connection, order_record(context, claimed), now)

    try:
        in_transaction(context.engine, work)
    except ClaimLostError:
        report.waiting += 1
    else:
        report.unchanged += 1


def _prepare(context: FlowContext, token: str) -> Sequence[Prepared | Unprepared]:
    with reading(context.engine) as connection:
        claimed = read_claimed(connection, context.store_id, token)
        lengths = context.lengths_of("PS_DOC_CONTACT")
        return prepare_orders(connection, context.settings, claimed, lengths)


def _book_one(
    context: FlowContext, report: FlowReport, connection: Connection, token: str, ready: Ready
) -> None:
    claimed = ready.found.claimed
    try:
        documents = book_order(context, connection, token, ready)
    except RefusedError as error:
        _refuse(context, report, token, claimed, error.problems)
    except AlreadyBookedError:
        _settle(context, report, token, claimed)
    except ClaimLostError:
        report.waiting += 1
    else:
        report.created += 1
        _count_money(report, ready.found, documents)


def _refuse(
    context: FlowContext,
    report: FlowReport,
    token: str,
    claimed: ClaimedOrder,
    problems: Sequence[Problem],
) -> None:
    """Give the row back and keep the reason; one permanent problem makes the order wait."""
    reason = decisive(problems)
    now = context.now()

    def work(connection: Connection) -> None:
        due = put_back(connection, context.store_id, token, claimed, reason, now)
        report_problems(connection, order_record(context, claimed), problems, now, due)

    try:
        in_transaction(context.engine, work)
    except ClaimLostError:
        report.waiting += 1
    else:
        report.refuse("order", claimed.number, reason)


def _count_money(report: FlowReport, found: Prepared, documents: Documents) -> None:
    booked = Decimal(str(report.facts.get("money_booked", ZERO))) + documents.tot
    report.facts["money_booked"] = f"{booked:.2f}"
    after = f"DOC_ID {documents.doc_id}, TKT_NO {documents.tkt_no}, {documents.tot:.2f}"
    report.changes.append(Change(found.order.number, "document", "", after))
