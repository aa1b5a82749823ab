"""What the customer sync knows before it decides: both systems read once.

Belongs here: the reads. Every read raises when it fails: a failed read is no empty read. The
USER_* tables count as empty as long as `woocp db upgrade` has not made them (plan mode).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_creation import read_tax_codes, read_template
from woocp_pipelines.counterpoint.customer_index import ACCOUNT_STATE, read_customer_index
from woocp_pipelines.counterpoint.customer_letters import (
    NO_LETTERS,
    CustomerLetters,
    read_customer_letters,
)
from woocp_pipelines.counterpoint.customer_staging import (
    NOTHING_STAGED,
    StagedRows,
    read_paid_orders,
    read_staged,
)
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.customer_matching import CustomerIndex
from woocp_pipelines.rules.customer_push import StoreUser, store_user
from woocp_pipelines.rules.customer_reading import WebCustomer, order_customer, registered_customer
from woocp_pipelines.rules.problems import RULE_FAULTS, Problem, RefusedError, unexpected
from woocp_pipelines.settings_tiers import SITE_ROLES
from woocp_pipelines.woocommerce.customers import read_customers

_log = logging.getLogger(__name__)

# A table of ours, and a column that only `woocp db upgrade` adds to the retailer's own.
_STAGING: Final = ("USER_CUSTOMER_STAGING", "CONTENT_HASH")
_ORDERS: Final = ("USER_ORDER_STAGING", "ORDER_JSON")
_LETTERS: Final = ("USER_DEAD_LETTER", "SETTLED_BY")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A user whose record has a shape that cannot be read."""

    user_id: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Knowledge:
    """Both sides.

    `letters` were read before the store's list: who has one and is not in the list is gone.
    `template` and `tax_codes` are what new customers take from Counterpoint. `users`: role and
    meta of everybody in the store's list, which is read this once.
    """

    registered: Sequence[WebCustomer]
    unreadable: Sequence[Unreadable]
    buyers: Sequence[WebCustomer]
    unreadable_orders: int
    index: CustomerIndex
    staged: StagedRows
    letters: CustomerLetters
    template: Mapping[str, str | None]
    tax_codes: frozenset[str]
    users: Mapping[int, StoreUser]

    @cached_property
    def listed(self) -> frozenset[int]:
        """User ids of the store's list that could be read."""
        return frozenset(each.user_id for each in self.registered if each.user_id)

    @cached_property
    def paying(self) -> frozenset[int]:
        """User ids with a paid order that has no document yet."""
        return frozenset(each.user_id for each in self.buyers if each.user_id)

    def is_staff(self, customer: WebCustomer) -> bool:
        """Whether the user runs the site."""
        user = self.users.get(customer.user_id or 0)
        return user is not None and user.role in SITE_ROLES

    def gone(self) -> list[str]:
        """Keys of open letters about users whom the store has no more."""
        there = {str(user_id) for user_id in (*self.users, *self.paying)}
        keys = sorted(key for key in self.letters.open if key.isdecimal() and key not in there)
        # Every shop has at least its administrator: an empty list says nothing about anybody.
        return keys if self.users else []


def read_knowledge(context: FlowContext) -> Knowledge:
    """Read the whole customer list, the paid orders, and what Counterpoint has of them.

    As many requests as the list has pages; the number of statements does not depend on how many
    customers there are.

    Raises:
        StoreError: the list could not be read to its end.
    """
    with reading(context.engine) as connection:
        letters = _letters(connection, context.store_id)
    lengths = context.lengths_of("AR_CUST", "AR_SHIP_ADRS")
    registered, unreadable, users = _read_list(context, lengths)
    with reading(context.engine) as connection:
        orders = _paid_orders(connection, context.store_id)
        buyers = _buyers(orders, lengths)
        everybody = [*registered, *buyers]
        index = read_customer_index(
            connection,
            {each.user_id for each in everybody if each.user_id},
            {each.email for each in everybody if each.email},
            map_exists=table_exists(connection, USER_CUSTOMER_MAP.name),
            is_marked=table_exists(connection, *ACCOUNT_STATE),
        )
        tax = context.settings.tax
        return Knowledge(
            registered=registered,
            unreadable=unreadable,
            buyers=buyers,
            unreadable_orders=len(orders) - len(buyers),
            index=index,
            staged=_staged(connection, context.store_id),
            letters=letters,
            template=read_template(connection, context.settings),
            tax_codes=read_tax_codes(connection, {tax.default, *tax.by_state.values()}),
            users=users,
        )


def _read_list(
    context: FlowContext, lengths: Mapping[str, int]
) -> tuple[list[WebCustomer], list[Unreadable], dict[int, StoreUser]]:
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
            except RULE_FAULTS as error:
                _log.exception("customer %s", record["id"])
                unreadable.append(Unreadable(record["id"], (unexpected(error),)))
    return registered, unreadable, users


def _paid_orders(connection: Connection, store_id: str) -> Sequence[Mapping[str, Any]]:
    return read_paid_orders(connection, store_id) if table_exists(connection, *_ORDERS) else ()


def _buyers(orders: Sequence[Mapping[str, Any]], lengths: Mapping[str, int]) -> list[WebCustomer]:
    buyers = []
    for order in orders:
        try:
            buyers.append(order_customer(order, lengths))
        except (RefusedError, *RULE_FAULTS):
            # Order creation refuses the order itself, with the same reason and its number.
            continue
    return buyers


def _staged(connection: Connection, store_id: str) -> StagedRows:
    if not table_exists(connection, *_STAGING):
        return NOTHING_STAGED
    return read_staged(connection, store_id)


def _letters(connection: Connection, store_id: str) -> CustomerLetters:
    if not table_exists(connection, *_LETTERS):
        return NO_LETTERS
    return read_customer_letters(connection, store_id)
