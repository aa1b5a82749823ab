"""What becomes of web customers, inside one transaction (CP §3.2.1).

Belongs here: what is written for customers once it is known who they are: customer, ship-to
address, map, staging row, dead letters. Deciding who is who: rules/customer_matching.py; the
transactions: customer_writing.py.

Counterpoint wins: what the store says of a customer that is there already is kept in the staging
row, and AR_CUST is never rewritten (CP §3.2.2). Only a ship-to address that is new is added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_creation import (
    LINKED_SOURCE,
    create_customers,
    map_customers,
    staged_codes,
)
from woocp_pipelines.counterpoint.customer_index import find_customers
from woocp_pipelines.counterpoint.customer_letters import is_settled, keys_with_letters
from woocp_pipelines.counterpoint.customer_staging import (
    NO_CODES,
    Action,
    read_staged_of,
    stage_customer,
)
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.ship_addresses import FIRST_ID, add_ship_address
from woocp_pipelines.rules.customer_checks import check_new_customer
from woocp_pipelines.rules.customer_matching import (
    Linked,
    Mapped,
    Match,
    Unknown,
    decided,
    email_note,
)
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Settings


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done: which customer it is, and a problem that people should see all the same.

    `notes` say why. `ship_adrs_id` is the ship-to address that was added.
    """

    cust_no: str
    action: Action
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    codes: Mapping[str, str | None] = field(default_factory=lambda: NO_CODES)
    ship_adrs_id: str | None = None


def settle_customers(
    connection: Connection, settings: Settings, customers: Sequence[WebCustomer], now: datetime
) -> list[Settled | RefusedError]:
    """Look again, then link or create; staging rows and dead letters go with it.

    One transaction of the caller's, under the lock `woocp:customers`: the look inside the lock is
    what keeps two orders of one new guest from making two customers (CP §6.7 bug 51). It is one
    look for all of them. Nothing is written for who is refused: nobody can tell who it is, or the
    customer may not be created.

    Args:
        connection: in a transaction that writes.
        settings: of the run.
        customers: no two of one user or e-mail.
        now: UTC.
    """
    store_id = settings.store.id
    staged = read_staged_of(connection, store_id, customers)
    matches = find_customers(connection, customers, staged)
    with_letters = keys_with_letters(connection, store_id, {each.key for each in customers})
    results = _settle_all(connection, settings, customers, matches, now)
    for customer, settled in zip(customers, results, strict=True):
        if isinstance(settled, RefusedError):
            continue
        stage_customer(
            connection,
            settings,
            customer,
            now,
            known=staged.of(customer),
            cust_no=settled.cust_no,
            action=settled.action,
            problem=settled.problem,
            notes=settled.notes,
            codes=settled.codes,
        )
        if settled.problem or customer.key in with_letters:
            _report(connection, settings, customer, settled, now)
    return results


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


def _settle_all(
    connection: Connection,
    settings: Settings,
    customers: Sequence[WebCustomer],
    matches: Sequence[Match],
    now: datetime,
) -> list[Settled | RefusedError]:
    results: dict[int, Settled | RefusedError] = {}
    new: list[int] = []
    for place, (customer, match) in enumerate(zip(customers, matches, strict=True)):
        try:
            found = decided(match, customer)
            if isinstance(found, Unknown):
                check_new_customer(customer)
                new.append(place)
            else:
                results[place] = _settle_known(connection, settings, customer, found, now)
        except RefusedError as refused:
            results[place] = refused
    made = create_customers(connection, settings, [customers[place] for place in new], now)
    results |= {
        place: _created(row, customers[place]) for place, row in zip(new, made, strict=True)
    }
    return [results[place] for place in range(len(customers))]


def _created(
    row: Mapping[str, Any] | RefusedError, customer: WebCustomer
) -> Settled | RefusedError:
    if isinstance(row, RefusedError):
        return row
    notes = ("new: neither map row nor e-mail named a customer",)
    return Settled(
        row["CUST_NO"],
        "INSERT",
        notes=notes,
        codes=staged_codes(row),
        ship_adrs_id=FIRST_ID if customer.ship_to else None,
    )


def _settle_known(
    connection: Connection,
    settings: Settings,
    customer: WebCustomer,
    match: Mapped | Linked,
    now: datetime,
) -> Settled:
    if isinstance(match, Linked) and customer.user_id is None:
        return Settled(match.cust_no, "SKIPPED", notes=("known by the e-mail or the order",))
    if isinstance(match, Linked) and (problem := match.problem()):
        # A B2B account with several buyers, or a mapping that a person ended: orders book all the
        # same, the map stays as people left it.
        return Settled(match.cust_no, "SKIPPED", problem)
    added = _add_ship_to(connection, settings, customer, match.cust_no, now)
    notes = (f"ship-to address {added} added",) if added else ()
    if isinstance(match, Mapped):
        note = email_note(match, customer.email)
        known = ("known by the map row", *([note] if note else []))
        return Settled(match.cust_no, "SKIPPED", notes=(*known, *notes), ship_adrs_id=added)
    map_customers(connection, settings, [(customer, match.cust_no)], now, LINKED_SOURCE)
    linked = ("the customer's e-mail", *notes)
    return Settled(match.cust_no, "LINKED_EXISTING", notes=linked, ship_adrs_id=added)


def _add_ship_to(
    connection: Connection, settings: Settings, customer: WebCustomer, cust_no: str, now: datetime
) -> str | None:
    """The account's shipping address, when it is new; an order's is added when it is booked."""
    if customer.ship_to is None or customer.order_id is not None:
        return None
    return add_ship_address(connection, cust_no, customer.ship_to, settings, now)


def _report(
    connection: Connection,
    settings: Settings,
    customer: WebCustomer,
    settled: Settled,
    now: datetime,
) -> None:
    """Say the problem, or close what is solved.

    A second buyer orders again and again: what a person settled of that is not said anew.
    """
    record, problem = dead_letter(settings, customer, settled.cust_no), settled.problem
    if problem is None:
        report_problems(connection, record, (), now)
    elif not is_settled(connection, settings.store.id, customer.key, problem):
        report_problems(connection, record, (problem,), now)
