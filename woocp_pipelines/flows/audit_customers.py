"""Which customer the orders of an audit belong to, as order creation would find it; makes none.

Belongs here: matching without writing. The rules: rules/customer_matching.py.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customers import (
    KnownCustomers,
    is_walk_in,
    match_customer,
    read_known_customers,
    walk_in_customer,
)
from woocp_pipelines.flows.claim_customers import customer_lengths
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.customer_matching import Unknown, decided
from woocp_pipelines.rules.customer_reading import WebCustomer, order_customer
from woocp_pipelines.rules.problems import RULE_FAULTS, RefusedError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Buyer:
    """The CUST_NO of an order; None for one whom Counterpoint does not know yet.

    `problem` says why it cannot be told whose order it is.
    """

    cust_no: str | None = None
    problem: str = ""


def find_buyers(
    context: FlowContext, connection: Connection, orders: Sequence[Mapping[str, Any]]
) -> list[Buyer]:
    """The buyer of each raw order, in their order; four statements for all of them.

    A guest without e-mail is looked up by the order, one by one.
    """
    lengths = customer_lengths(context)
    customers = [_read(raw, lengths) for raw in orders]
    wanted = [each for each in customers if isinstance(each, WebCustomer)]
    known = read_known_customers(connection, context.settings, wanted)
    return [
        _match(context, known, each) if isinstance(each, WebCustomer) else each
        for each in customers
    ]


def _read(raw: Mapping[str, Any], lengths: Mapping[str, int]) -> WebCustomer | Buyer:
    try:
        return order_customer(raw, lengths)
    except RefusedError as error:
        return Buyer(problem=str(error))
    except RULE_FAULTS as error:
        _log.exception("order %s", raw.get("number"))
        return Buyer(problem=f"{type(error).__name__}: {error}")


def _match(context: FlowContext, known: KnownCustomers, customer: WebCustomer) -> Buyer:
    settings = context.settings
    try:
        match = decided(match_customer(context.engine, settings, customer, known), customer)
        if not isinstance(match, Unknown):
            return Buyer(match.cust_no)
        walk_in = is_walk_in(settings, customer)
        return Buyer(walk_in_customer(known, settings)) if walk_in else Buyer()
    except RefusedError as error:
        return Buyer(problem=str(error))
