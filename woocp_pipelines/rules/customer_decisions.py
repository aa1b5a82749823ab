"""What a run does about one web customer, once it is known who it is.

Belongs here: the choice between creating, linking, noting and leaving alone. Who it is:
customer_matching.py; whether it may enter Counterpoint: customer_checks.py.
"""

from dataclasses import dataclass
from typing import Literal

from woocp_pipelines.rules.customer_checks import INCOMPLETE, check_new_customer
from woocp_pipelines.rules.customer_matching import (
    Linked,
    Mapped,
    Match,
    Unknown,
    decided,
)
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError

Step = Literal["create", "link", "note", "nothing", "leave", "staff"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One step.

    'note': known already, only the staging row may be behind; 'leave': not now; 'staff': one of
    those who run the site, and no customer.
    `problem` of a link: people must see it, though the customer is known.
    """

    step: Step
    cust_no: str | None = None
    problem: Problem | None = None


def decide_registration(
    customer: WebCustomer, match: Match, *, has_paid_order: bool, is_staff: bool = False
) -> Decision:
    """What to do about a user of the store's list.

    An incomplete registration with a paid order is left to the order, which carries an address.
    An incomplete account of the staff (`is_staff`) is no bot's, and nobody has to complete it.

    Raises:
        RefusedError: nobody can tell who it is, or the registration is incomplete.
    """
    found = decided(match, customer)
    if isinstance(found, Mapped):
        return Decision("note", found.cust_no)
    if isinstance(found, Linked):
        return _link(found)
    try:
        check_new_customer(customer)
    except RefusedError as refused:
        if has_paid_order:
            return Decision("leave")
        if is_staff and refused.first.code == INCOMPLETE:
            return Decision("staff")
        raise
    return Decision("create")


def decide_paid_order(
    customer: WebCustomer, match: Match, *, in_list: bool, walk_in: bool
) -> Decision:
    """What to do about the customer behind a paid order.

    Args:
        customer: from `order_customer`.
        match: who it is.
        in_list: the store's list has this user, so that a link is that record's matter.
        walk_in: guests get no customer of their own.

    Raises:
        RefusedError: nobody can tell who it is, or the e-mail cannot be stored.
    """
    found = decided(match, customer)
    if isinstance(found, Unknown):
        if walk_in:
            return Decision("nothing")
        check_new_customer(customer)
        return Decision("create")
    if customer.user_id is None:
        return Decision("note", found.cust_no)
    if isinstance(found, Mapped) or in_list:
        return Decision("nothing", found.cust_no)
    return _link(found)


def _link(found: Linked) -> Decision:
    return Decision("link", found.cust_no, found.problem())
