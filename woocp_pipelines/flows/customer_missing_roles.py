"""Roles that the site does not have: tried again when something has changed, or a day later.

Belongs here: what is remembered of the last try (USER_SYNC_STATE), and whom not to try again. Does
not: trying (customer_roles.py).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_letters import CustomerLetters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_findings import Findings
from woocp_pipelines.rules.customer_push import Target, missing_role
from woocp_pipelines.woocommerce.users import Roles

ROLE_MISSING: Final = "ROLE_MISSING"
_MARK: Final = "customers.roles_missing"
# Less than a day, so that a nightly run tries every night.
_TRY_AGAIN: Final = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class RoleWrite:
    """All roles of one user, before and after."""

    target: Target
    wanted: str
    before: Roles
    after: Roles


@dataclass(frozen=True, slots=True)
class Try:
    """One refused try: when, and a digest of all to whom the role was due."""

    tried: datetime
    whom: str


def read_tries(context: FlowContext) -> dict[str, Try]:
    """The last try of each role that the site did not have."""
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return {}
        text = read_state(connection, context.store_id, _MARK)
    return {
        role: Try(datetime.fromisoformat(one["tried"]), one["whom"])
        for role, one in json.loads(text or "{}").items()
    }


def write_tries(context: FlowContext, connection: Connection, tries: Mapping[str, Try]) -> None:
    """Remember the tries of this run, and those that it did not repeat."""
    text = json.dumps(
        {
            role: {"tried": one.tried.isoformat(), "whom": one.whom}
            for role, one in sorted(tries.items())
        }
    )
    write_state(connection, context.store_id, _MARK, text, context.now())


@dataclass(frozen=True)
class MissingRoles:
    """Roles that the site does not have, in one run; `tries` is kept up to date."""

    tries: dict[str, Try]
    letters: CustomerLetters
    findings: Findings
    now: datetime

    def without_these(self, writes: Sequence[RoleWrite]) -> list[RoleWrite]:
        """The writes, without those of roles that would be refused as they were the last time."""
        due: list[RoleWrite] = []
        for role in sorted({write.wanted for write in writes}):
            wanting = [write for write in writes if write.wanted == role]
            said = self._still(role, wanting)
            if said is None:
                due += wanting
            else:
                problem = missing_role(role, _cust_nos(wanting), "")
                self.findings.of_site(_key(role), replace(problem, found=said))
        return due

    def tell(self, role: str, wanting: Sequence[RoleWrite], message: str) -> None:
        """A role that was just refused, with the store's words."""
        self.tries[role] = Try(self.now, _digest(wanting))
        self.findings.of_site(_key(role), missing_role(role, _cust_nos(wanting), message))

    def _still(self, role: str, wanting: Sequence[RoleWrite]) -> str | None:
        last, said = self.tries.get(role), self.letters.found(_key(role), ROLE_MISSING)
        if last is None or said is None or last.whom != _digest(wanting):
            return None
        return said if self.now - last.tried < _TRY_AGAIN else None


def _key(role: str) -> str:
    return f"role {role}"


def _cust_nos(wanting: Sequence[RoleWrite]) -> list[str]:
    return [write.target.account.cust_no for write in wanting]


def _digest(wanting: Sequence[RoleWrite]) -> str:
    """The same as long as the same users have the same roles and are due the same."""
    lines = sorted(f"{one.target.user_id} {one.before} {one.after}" for one in wanting)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
