"""Who the orders of a claim are booked on.

Belongs here: matching all buyers of a claim with one reading, and creating those that are new,
each in a short transaction of its own (design §4). The rules are rules/customer_matching.py.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.customers import (
    WAIT_SECONDS,
    CustomersBusyError,
    KnownCustomers,
    read_known_customers,
    resolve_customer,
)
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.refusals import problem_of_record
from woocp_pipelines.counterpoint.tables import AR_CUST
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_preparation import Prepared, Unprepared
from woocp_pipelines.rules.customer_reading import WebCustomer, order_customer
from woocp_pipelines.rules.problems import RULE_FAULTS, RefusedError, unexpected

_log = logging.getLogger(__name__)


def find_customers(
    context: FlowContext,
    orders: Sequence[Prepared | Unprepared],
    *,
    wait_seconds: float = WAIT_SECONDS,
) -> tuple[KnownCustomers, Iterator[tuple[Prepared, str] | Unprepared]]:
    """CUST_NO for each order that has one, in their order; the others with what is wrong.

    Lazy: a customer is created when its turn comes. A customer sync that is at work is waited for
    once in a claim (`wait_seconds`), whatever the number of its new buyers: the orders of known
    customers are booked after them.
    """
    lengths = customer_lengths(context)
    buyers = [(found, buyer_of(found, lengths)) for found in orders]
    wanted = [buyer for _, buyer in buyers if isinstance(buyer, WebCustomer)]
    with reading(context.engine) as connection:
        known = read_known_customers(connection, context.settings, wanted)
    return known, _resolve(context, known, buyers, wait_seconds)


def customer_lengths(context: FlowContext) -> Mapping[str, int]:
    """What fits the columns of customers and their addresses."""
    return context.lengths_of("AR_CUST", "AR_SHIP_ADRS")


def buyer_of(found: Prepared | Unprepared, lengths: Mapping[str, int]) -> WebCustomer | Unprepared:
    """The customer that an order names, or why it names none. `lengths`: `customer_lengths`."""
    if isinstance(found, Unprepared):
        return found
    try:
        return order_customer(found.raw, lengths)
    except RefusedError as error:
        return Unprepared(found.claimed, error.problems)
    except RULE_FAULTS as error:
        _log.exception("order %s", found.claimed.number)
        return Unprepared(found.claimed, (unexpected(error),))


def _resolve(
    context: FlowContext,
    known: KnownCustomers,
    buyers: Iterable[tuple[Prepared | Unprepared, WebCustomer | Unprepared]],
    wait_seconds: float,
) -> Iterator[tuple[Prepared, str] | Unprepared]:
    for found, buyer in buyers:
        if isinstance(found, Prepared) and isinstance(buyer, WebCustomer):
            try:
                one = _one(context, known, found, buyer, wait_seconds)
            except CustomersBusyError as error:
                wait_seconds = 0
                one = Unprepared(found.claimed, error.problems)
            yield one
        elif isinstance(buyer, Unprepared):
            yield buyer


def _one(
    context: FlowContext,
    known: KnownCustomers,
    found: Prepared,
    buyer: WebCustomer,
    wait_seconds: float,
) -> tuple[Prepared, str] | Unprepared:
    """The order with its customer, or why it has none.

    Raises:
        CustomersBusyError: a customer sync is at work.
    """
    try:
        cust_no = resolve_customer(
            context.engine,
            context.settings,
            buyer,
            context.now(),
            known=known,
            wait_seconds=wait_seconds,
        )
    except CustomersBusyError:
        raise
    except RefusedError as error:
        return Unprepared(found.claimed, error.problems)
    except StatementError as error:
        problem = problem_of_record(error, AR_CUST.name)
        if problem is None:
            raise
        return Unprepared(found.claimed, (problem,))
    except RULE_FAULTS as error:
        _log.exception("order %s", found.claimed.number)
        return Unprepared(found.claimed, (unexpected(error),))
    return found, cust_no
