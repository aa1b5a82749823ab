"""What is wrong with telling the store about customers, and its dead letters.

Belongs here: the keys of these letters, opening and closing them. They are letters of customers
with keys of their own, since `report_problems` makes the letters of one key exactly those given:
the pull speaks for the key of a user, the push for meta, roles and tier of a user, and for tiers
and roles of the site.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_letters import CustomerLetters
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.problems import Problem

LOGIN_KEY: Final = "WordPress login"
_META: Final = re.compile(r"user \d+ meta|tier .+")
_ROLES: Final = re.compile(rf"user \d+ (?:roles|tier)|role .+|{LOGIN_KEY}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, and the customer whose it is, where it is one customer's."""

    key: str
    problem: Problem
    user_id: int | None = None
    cust_no: str | None = None


@dataclass(slots=True)
class Findings:
    """All findings of one push. `roles_unknown`: nobody could look at the roles."""

    found: list[Finding] = field(default_factory=list)
    roles_unknown: bool = False

    def of_user(self, what: str, user_id: int, cust_no: str, problem: Problem) -> None:
        """A problem with the `meta`, the `roles` or the `tier` of one user."""
        self.found.append(Finding(user_key(user_id, what), problem, user_id, cust_no))

    def of_site(self, key: str, problem: Problem) -> None:
        """A problem that many customers share: said once."""
        self.found.append(Finding(key, problem))

    def drop_settled(self, letters: CustomerLetters) -> int:
        """Leave out what a person has settled; how many these are."""
        news = [one for one in self.found if not letters.are_settled(one.key, [one.problem])]
        settled = len(self.found) - len(news)
        self.found = news
        return settled


def is_push_key(key: str) -> bool:
    """Whether a customer's dead letter is the push's, not the pull's."""
    return bool(_META.fullmatch(key) or _ROLES.fullmatch(key))


def user_key(user_id: int, what: str) -> str:
    """The key of a user's letters: `what` is meta, roles or tier."""
    return f"user {user_id} {what}"


def save_findings(
    context: FlowContext, connection: Connection, findings: Findings, open_keys: Collection[str]
) -> None:
    """Make the open dead letters of the push exactly these; one statement or so for each that is.

    Letters about roles stay as they are while nobody can look at the roles.
    """
    now = context.now()
    given = {one.key for one in findings.found}
    for one in findings.found:
        report_problems(connection, _record(context, one), (one.problem,), now)
    for key in sorted(set(open_keys) - given):
        if _META.fullmatch(key) or (_ROLES.fullmatch(key) and not findings.roles_unknown):
            report_problems(connection, _record(context, key), (), now)


def _record(context: FlowContext, one: Finding | str) -> Record:
    if isinstance(one, str):
        return Record(context.store_id, "customers", "customer", one)
    return Record(
        context.store_id,
        "customers",
        "customer",
        one.key,
        woo_customer_id=one.user_id,
        cust_no=one.cust_no,
    )
