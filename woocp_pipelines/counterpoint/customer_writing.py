"""Writing customers to Counterpoint in short transactions, one of them or a few (CP §3.2.1).

Belongs here: the transactions, and who is refused. What is written: customer_settling.py.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import StatementError

from woocp_pipelines.counterpoint.customer_settling import Settled, dead_letter, settle_customers
from woocp_pipelines.counterpoint.customer_staging import read_staged_of, stage_customer
from woocp_pipelines.counterpoint.dead_letters import report_problems
from woocp_pipelines.counterpoint.refusals import problem_of_record, shown
from woocp_pipelines.counterpoint.tables import AR_CUST
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Settings

_log = logging.getLogger(__name__)


def refuse_customer(
    connection: Connection,
    settings: Settings,
    customer: WebCustomer,
    problems: Collection[Problem],
    now: datetime,
) -> None:
    """Keep a refused customer: the staging row says why, and the dead letter what to do."""
    first, *_ = problems
    known = read_staged_of(connection, settings.store.id, [customer]).of(customer)
    stage_customer(
        connection, settings, customer, now, known=known, cust_no=None, action=None, problem=first
    )
    report_problems(connection, dead_letter(settings, customer), tuple(problems), now)


def write_customer(
    database: Engine | Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> Settled:
    """Link or create one customer in a transaction of its own; the caller holds `woocp:customers`.

    Args:
        database: an engine, or a connection without a transaction, for many customers in a row.
        settings: of the run.
        customer: who.
        now: UTC.

    Raises:
        RefusedError: see `settle_customers`; DATABASE_REFUSED when the row breaks a constraint,
            DATABASE_BUSY when others keep its rows locked.
    """
    try:
        (settled,) = in_transaction(
            database, lambda one: settle_customers(one, settings, [customer], now)
        )
    except StatementError as error:
        problem = problem_of_record(error, AR_CUST.name)
        if problem is None:
            raise
        raise RefusedError(problem) from error
    if isinstance(settled, RefusedError):
        raise settled
    return settled


def write_customers(
    connection: Connection, settings: Settings, customers: Sequence[WebCustomer], now: datetime
) -> list[Settled | RefusedError]:
    """Link or create some customers in one short transaction; the caller holds `woocp:customers`.

    What the database refuses is one customer's fault: then each has a transaction of its own.

    Args:
        connection: without a transaction.
        settings: of the run.
        customers: no two of one user or e-mail, and few: the tills wait for the counter.
        now: UTC.
    """
    try:
        return in_transaction(
            connection, lambda one: settle_customers(one, settings, customers, now)
        )
    except StatementError as error:
        if problem_of_record(error, AR_CUST.name) is None:
            raise
        _log.info("%s customers one by one: %s", len(customers), shown(error))
    return [_or_refused(connection, settings, each, now) for each in customers]


def _or_refused(
    connection: Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> Settled | RefusedError:
    try:
        return write_customer(connection, settings, customer, now)
    except RefusedError as refused:
        return refused
