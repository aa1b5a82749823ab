"""Linking and creating customers in Counterpoint, one transaction each (CP §1.1, §3.2.1).

Belongs here: everything that is written for one customer: AR_CUST, AR_SHIP_ADRS, the map, the
staging row, dead letters. Deciding who is who: rules/customer_matching.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from woocp_pipelines.counterpoint.customer_index import find_customer
from woocp_pipelines.counterpoint.customer_staging import Action, stage_customer
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.numbers import next_number
from woocp_pipelines.counterpoint.refusals import shown
from woocp_pipelines.counterpoint.ship_addresses import put_ship_address
from woocp_pipelines.counterpoint.statements import read_rows
from woocp_pipelines.counterpoint.tables import AR_CUST, SY_TAX_COD, SY_WRKGRP, USER_CUSTOMER_MAP
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_building import customer_row
from woocp_pipelines.rules.customer_checks import check_new_customer
from woocp_pipelines.rules.customer_matching import (
    Linked,
    Mapped,
    Unknown,
    already_mapped,
    decided,
)
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done: which customer it is, and a problem that people should see all the same."""

    cust_no: str
    action: Action
    problem: Problem | None = None


def create_customer(
    connection: Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> str:
    """Insert a customer with its ship-to address, and its map row when it is a registered user.

    Call it under the lock `woocp:customers`, after having looked.

    Raises:
        RefusedError: NO_TAX_CODE, or no number could be taken (counterpoint/numbers.py).
    """
    key = {"WRKGRP_ID": settings.counterpoint.workgroup}

    def taken(numbers: Collection[str]) -> Collection[str]:
        return [row["CUST_NO"] for row in read_rows(connection, AR_CUST, "CUST_NO", numbers)]

    cust_no = next_number(connection, SY_WRKGRP, "NXT_CUST_NO", key, taken=taken)
    row = customer_row(cust_no, customer, settings, now)
    _check_tax_code(connection, row["TAX_COD"])
    connection.execute(insert(AR_CUST).values(**row))
    if customer.ship_to:
        local, user = store_local(now, settings.store.zone), settings.counterpoint.user
        put_ship_address(connection, cust_no, customer.ship_to, user, local)
    _map(connection, settings, customer, cust_no, now)
    return cust_no


def settle_customer(
    connection: Connection, settings: Settings, customer: WebCustomer, now: datetime
) -> Settled:
    """Look again, then link or create; staging row and dead letters go with it.

    One transaction of the caller's, under the lock `woocp:customers`: the look inside the lock is
    what keeps two orders of one new guest from making two customers (CP §6.7 bug 51).

    Raises:
        RefusedError: nobody can tell who it is, or the customer may not be created.
    """
    match = find_customer(connection, settings.store.id, customer)
    settled = _settle(connection, settings, customer, decided(match, customer.email), now)
    stage_customer(
        connection,
        settings,
        customer,
        now,
        cust_no=settled.cust_no,
        action=settled.action,
        problem=settled.problem,
    )
    problems = (settled.problem,) if settled.problem else ()
    report_problems(connection, dead_letter(settings, customer, settled.cust_no), problems, now)
    return settled


def refuse_customer(
    connection: Connection,
    settings: Settings,
    customer: WebCustomer,
    problems: Collection[Problem],
    now: datetime,
) -> None:
    """Keep a refused customer: the staging row says why, and the dead letter what to do."""
    first, *_ = problems
    stage_customer(connection, settings, customer, now, cust_no=None, action=None, problem=first)
    report_problems(connection, dead_letter(settings, customer), tuple(problems), now)


def write_customer(
    engine: Engine, settings: Settings, customer: WebCustomer, now: datetime
) -> Settled:
    """`settle_customer` in a transaction of its own; the caller holds `woocp:customers`.

    Raises:
        RefusedError: see `settle_customer`; DATABASE_REFUSED when the row breaks a constraint.
    """
    try:
        return in_transaction(engine, lambda one: settle_customer(one, settings, customer, now))
    except (IntegrityError, DataError) as error:
        raise RefusedError(_refused_by_database(error)) from error


def dead_letter(settings: Settings, customer: WebCustomer, cust_no: str | None = None) -> Record:
    """Whose dead letter it is."""
    return Record(
        store_id=settings.store.id,
        flow="customers",
        kind="customer",
        key=customer.key,
        woo_order_id=customer.order_id,
        woo_order_number=customer.order_number,
        woo_customer_id=customer.user_id,
        cust_no=cust_no,
        json=customer.json,
    )


def _settle(
    connection: Connection,
    settings: Settings,
    customer: WebCustomer,
    match: Mapped | Linked | Unknown,
    now: datetime,
) -> Settled:
    if isinstance(match, Unknown):
        check_new_customer(customer)
        return Settled(create_customer(connection, settings, customer, now), "INSERT")
    if isinstance(match, Mapped) or customer.user_id is None:
        return Settled(match.cust_no, "SKIPPED")
    if match.mapped_user_id is not None:
        # A B2B account with several buyers: the map is one to one, orders book all the same.
        problem = already_mapped(match.cust_no, match.mapped_user_id)
        return Settled(match.cust_no, "SKIPPED", problem)
    _map(connection, settings, customer, match.cust_no, now)
    return Settled(match.cust_no, "LINKED_EXISTING")


def _map(
    connection: Connection, settings: Settings, customer: WebCustomer, cust_no: str, now: datetime
) -> None:
    """Guests have no user id, so no map row: their e-mail finds them again (CP §3.2.1.7)."""
    if customer.user_id is None:
        return
    connection.execute(
        insert(USER_CUSTOMER_MAP).values(
            CUST_NO=cust_no,
            WOO_USER_ID=customer.user_id,
            WOO_EMAIL=customer.email,
            MAPPING_SOURCE="AUTO_STAGING",
            IS_ACTIVE=True,
            CREATED_DT=store_local(now, settings.store.zone),
            CREATED_BY="woocp",
        )
    )


def _check_tax_code(connection: Connection, code: str | None) -> None:
    statement = select(SY_TAX_COD.c.TAX_COD).where(SY_TAX_COD.c.TAX_COD == code)
    if code is None or connection.execute(statement).first():
        return
    raise RefusedError(
        Problem(
            code="NO_TAX_CODE",
            field="TAX_COD",
            found=repr(code),
            expected="a code of SY_TAX_COD",
            next_step="correct [tax] in woocp.toml; the customer is created by the next run",
            retryable=True,
        )
    )


def _refused_by_database(error: IntegrityError | DataError) -> Problem:
    return Problem(
        code="DATABASE_REFUSED",
        field="AR_CUST",
        found=shown(error),
        expected="a row that keeps the constraints of the database",
        next_step="check that the codes in [counterpoint] of woocp.toml exist, see woocp doctor",
    )
