"""What the customer sync knows before it decides: both systems read once.

Belongs here: the reads. Every read raises when it fails: a failed read is no empty read. The
USER_* tables count as empty as long as `woocp db upgrade` has not made them (plan mode).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_index import read_customer_index
from woocp_pipelines.counterpoint.customer_staging import (
    NOTHING_STAGED,
    StagedRows,
    read_paid_orders,
    read_staged,
)
from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.customer_matching import CustomerIndex
from woocp_pipelines.rules.customer_push import StoreUser, store_user
from woocp_pipelines.rules.customer_reading import WebCustomer, order_customer, registered_customer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.woocommerce.customers import read_customers

# A table of ours, and a column that only `woocp db upgrade` adds to the retailer's own.
_STAGING: Final = ("USER_CUSTOMER_STAGING", "CONTENT_HASH")
_ORDERS: Final = ("USER_ORDER_STAGING", "ORDER_JSON")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A user whose record has a shape that cannot be read."""

    user_id: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Both sides.

    `open_letters`: keys of customers with an open dead letter. `users`: role and meta of everybody
    in the store's list, which is read this once.
    """

    registered: Sequence[WebCustomer]
    unreadable: Sequence[Unreadable]
    buyers: Sequence[WebCustomer]
    unreadable_orders: int
    index: CustomerIndex
    staged: StagedRows
    open_letters: frozenset[str]
    users: Mapping[int, StoreUser]

    @property
    def listed(self) -> frozenset[int]:
        """User ids of the store's list."""
        return frozenset(each.user_id for each in self.registered if each.user_id)

    @property
    def paying(self) -> frozenset[int]:
        """User ids with a paid order that waits for booking."""
        return frozenset(each.user_id for each in self.buyers if each.user_id)


def read_knowledge(context: FlowContext) -> Knowledge:
    """Read the whole customer list, the paid orders, and what Counterpoint has of them.

    Raises:
        StoreError: the list could not be read to its end.
    """
    lengths = context.lengths_of("AR_CUST", "AR_SHIP_ADRS")
    registered: list[WebCustomer] = []
    unreadable: list[Unreadable] = []
    users: dict[int, StoreUser] = {}
    for page in read_customers(context.store):
        for record in page:
            users[record["id"]] = store_user(record)
            try:
                registered.append(registered_customer(record, lengths))
            except RefusedError as refused:
                unreadable.append(Unreadable(record["id"], refused.problems))
    with reading(context.engine) as connection:
        orders = _paid_orders(connection, context.store_id)
        buyers = _buyers(orders, lengths)
        everybody = [*registered, *buyers]
        index = read_customer_index(
            connection,
            {each.user_id for each in everybody if each.user_id},
            {each.email for each in everybody if each.email},
            map_exists=table_exists(connection, "USER_CUSTOMER_MAP"),
        )
        return Knowledge(
            registered=registered,
            unreadable=unreadable,
            buyers=buyers,
            unreadable_orders=len(orders) - len(buyers),
            index=index,
            staged=_staged(connection, context.store_id),
            open_letters=_open_letters(connection, context.store_id),
            users=users,
        )


def _paid_orders(connection: Connection, store_id: str) -> Sequence[Mapping[str, Any]]:
    return read_paid_orders(connection, store_id) if table_exists(connection, *_ORDERS) else ()


def _buyers(orders: Sequence[Mapping[str, Any]], lengths: Mapping[str, int]) -> list[WebCustomer]:
    buyers = []
    for order in orders:
        try:
            buyers.append(order_customer(order, lengths))
        except RefusedError:
            # Order creation refuses the order itself, with the same reason and its number.
            continue
    return buyers


def _staged(connection: Connection, store_id: str) -> StagedRows:
    if not table_exists(connection, *_STAGING):
        return NOTHING_STAGED
    return read_staged(connection, store_id)


def _open_letters(connection: Connection, store_id: str) -> frozenset[str]:
    if not table_exists(connection, "USER_DEAD_LETTER"):
        return frozenset()
    letters = read_dead_letters(connection, store_id)
    return frozenset(str(row["RECORD_KEY"]) for row in letters if row["KIND"] == "customer")
