"""What a run would do about one customer, for plan mode: reads, and writes nothing.

Belongs here: the same steps as counterpoint/customer_settling.py, as a person would see them. The
texts are customer_changes.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from woocp_pipelines.counterpoint.customer_creation import check_tax_code
from woocp_pipelines.counterpoint.customer_settling import Settled
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.ship_addresses import read_known_addresses
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_changes import planned_creation, planned_link, planned_ship_to
from woocp_pipelines.flows.customer_knowledge import Knowledge
from woocp_pipelines.flows.report import Change
from woocp_pipelines.rules.customer_building import customer_row
from woocp_pipelines.rules.customer_decisions import Decision
from woocp_pipelines.rules.customer_reading import WebCustomer

_NEW: Final = "new"


def plan_customer(
    context: FlowContext,
    knowledge: Knowledge,
    customer: WebCustomer,
    decision: Decision,
    number: int,
    now: datetime,
) -> tuple[Settled, Sequence[Change]]:
    """What would be done, and the rows that would be written.

    Args:
        context: of the run.
        knowledge: what the run has read.
        customer: who.
        decision: to create, to link, or to note.
        number: stands for the customer number, which only the counter knows.
        now: UTC.

    Raises:
        RefusedError: what applying would refuse: NO_TAX_CODE, CODE_TOO_LONG.
    """
    if decision.step == "create":
        return _creation(context, knowledge, customer, f"(new {number})", now)
    cust_no = decision.cust_no or ""
    if decision.problem:
        return Settled(cust_no, "SKIPPED", decision.problem), ()
    ship_to = _ship_to(context, customer, cust_no)
    added = _NEW if ship_to else None
    if decision.step == "link":
        changes = [planned_link(customer, cust_no), *ship_to]
        return Settled(cust_no, "LINKED_EXISTING", ship_adrs_id=added), changes
    return Settled(cust_no, "SKIPPED", ship_adrs_id=added), ship_to


def _creation(
    context: FlowContext, knowledge: Knowledge, customer: WebCustomer, cust_no: str, now: datetime
) -> tuple[Settled, Sequence[Change]]:
    row = customer_row(cust_no, customer, context.settings, now, knowledge.template)
    if row["TAX_COD"] is not None:
        check_tax_code(row["TAX_COD"], knowledge.tax_codes)
    added = _NEW if customer.ship_to else None
    return Settled(cust_no, "INSERT", ship_adrs_id=added), list(planned_creation(customer, row))


def _ship_to(context: FlowContext, customer: WebCustomer, cust_no: str) -> Sequence[Change]:
    if customer.ship_to is None or customer.order_id is not None:
        return ()
    with reading(context.engine) as connection:
        known = read_known_addresses(connection, [cust_no])
    if known.find(cust_no, customer.ship_to) is not None:
        return ()
    return [planned_ship_to(customer.key, cust_no, customer.ship_to)]
