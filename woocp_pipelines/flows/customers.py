"""The customer sync: registered users and the customers behind paid orders (design §4).

Belongs here: the order of things, locks, the report. Does not: reading (customer_knowledge.py),
what becomes of each customer (customer_pass.py), the other direction (customer_push.py).
"""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from woocp_pipelines.counterpoint.customers import CREATION_LOCK, WAIT_SECONDS
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.flows import customer_changes
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.customer_knowledge import read_knowledge
from woocp_pipelines.flows.customer_pass import OUTCOMES, CustomerPass
from woocp_pipelines.flows.customer_push import check_push_settings, push_to_store
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.settings import Mode

_RUN_LOCK: Final = "customer_sync"


def sync_customers(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Bring every web customer to Counterpoint once; a second run changes nothing.

    Counts are customers: created, changed (`updated`: linked, or with a new ship-to address),
    known (`unchanged`), refused; `waiting` are buyers left to order creation.

    Raises:
        StoreError, DBAPIError: a system could not be read; nothing was taken for empty.
    """
    return run_flow(context, "customers", _sync, mode=mode, lock=_RUN_LOCK)


def _sync(context: FlowContext, report: FlowReport) -> None:
    check_push_settings(context)
    knowledge = read_knowledge(context)
    report.read = len(knowledge.registered) + len(knowledge.unreadable) + len(knowledge.buyers)
    report.waiting = knowledge.unreadable_orders
    # One connection for all transactions: opening one costs more than a customer's statements.
    with _writing_alone(context, report), context.engine.connect() as connection:
        run = CustomerPass(context, connection, report, knowledge, context.now())
        run.take_all()
    refused = Counter(f"refused_{item.problem.code.lower()}" for item in report.refused)
    report.facts = {
        "registered_customers": len(knowledge.registered) + len(knowledge.unreadable),
        "buyers_of_unbooked_orders": len(knowledge.buyers),
        "unchanged_in_counterpoint": report.unchanged,
        **{name: run.outcomes[name] for name in OUTCOMES},
        **dict(sorted(refused.items())),
    }
    if report.mode == "plan" and report.created:
        report.facts["every_web_customer_has"] = customer_changes.fixed_values()
    push_to_store(
        context,
        report,
        knowledge.users,
        planned=run.planned,
        letters=knowledge.letters,
    )


def _writing_alone(context: FlowContext, report: FlowReport) -> AbstractContextManager[None]:
    """The lock of everybody who makes customers: bookings wait for it, so no HTTP call under it."""
    if report.mode == "plan":
        return nullcontext()
    return flow_lock(context.engine, CREATION_LOCK, wait_seconds=WAIT_SECONDS)
