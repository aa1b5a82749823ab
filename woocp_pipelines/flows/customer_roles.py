"""Users of the store get the role of their price tier (CP §3.2.2; design §4).

Belongs here: finding who differs with few requests, and writing. Does not: which role and what is
kept (rules/customer_push.py), nor the end point (woocommerce/users.py).

The customer list shows the first role of a user only. Who seems to differ by it is read by id, a
hundred at a time; an idle run reads nothing. What the list cannot show, a second tier's role or
one of the staff's, is looked for once a week, in one list of all users with a tier's role.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import read_state
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_findings import LOGIN_KEY, Findings, user_key
from woocp_pipelines.rules.customer_push import (
    StoreUser,
    WebAccount,
    missing_role,
    roles_with_tier,
    seems_to_differ,
    tier_roles,
    wanted_role,
)
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings_tiers import BASE_ROLE, STAFF_ROLES
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import AuthenticationFailed, Refused, StoreError
from woocp_pipelines.woocommerce.stock_batches import Outage
from woocp_pipelines.woocommerce.users import (
    Roles,
    as_wordpress_user,
    read_users,
    read_users_having,
    write_roles,
)

LOOKED_MARK: Final = "customers.roles_looked_at"
_LOOK_AGAIN: Final = timedelta(days=7)
_SENDERS: Final = 2
_UNKNOWN_ROLE: Final = "rest_user_invalid_role"


@dataclass(frozen=True, slots=True)
class Target:
    """A web customer and the store's user of it."""

    account: WebAccount
    user: StoreUser

    @property
    def user_id(self) -> int:
        """The store's id."""
        return self.user.user_id


@dataclass(frozen=True, slots=True)
class RoleWrite:
    """All roles of one user, before and after."""

    target: Target
    wanted: str
    before: Roles
    after: Roles


@dataclass(slots=True)
class RolesDone:
    """`written` is what was written, in plan mode what would be; `looked` the weekly look."""

    written: list[RoleWrite] = field(default_factory=list)
    not_done: int = 0
    no_password: bool = False
    looked: bool = False


class _NotAllowedError(Exception):
    """The application password does not open what is needed; the rest would fail alike."""


def push_roles(
    context: FlowContext,
    targets: Sequence[Target],
    changing: Collection[int],
    open_keys: Collection[str],
    findings: Findings,
    *,
    applies: bool,
) -> RolesDone:
    """Give every target exactly one tier's role; problems go to `findings`.

    Args:
        context: of the run.
        targets: mapped web customers with their users.
        changing: users whose tier has just changed.
        open_keys: keys of open dead letters: these users are looked at again.
        findings: where problems go.
        applies: False plans only.

    Raises:
        StoreError: the store is away.
    """
    of_tiers = tier_roles(context.settings.customers)
    wanted = {one.user_id: wanted_role(one.account, context.settings.customers) for one in targets}
    seeming = [one for one in targets if seems_to_differ(one.user, wanted[one.user_id], of_tiers)]
    connections = context.settings.connections
    if not connections.wp_user or connections.wp_app_password is None:
        return RolesDone(not_done=len(seeming), no_password=bool(seeming))
    password = connections.wp_app_password.get_secret_value()
    again = {one.user_id for one in seeming}
    # A role that is no tier's hides the one that has to change.
    again |= {one.user_id for one in targets if one.user.role not in of_tiers} & set(changing)
    again |= {key for key in wanted if user_key(key, "roles") in open_keys}
    done = RolesDone(looked=bool(targets) and _is_due(context))
    with as_wordpress_user(context.store, connections.wp_user, password) as client:
        run = _Run(client, targets, wanted, of_tiers, findings, done)
        try:
            writes = run.find(again)
            if applies:
                run.write(writes)
            else:
                done.written = writes
        except _NotAllowedError as error:
            findings.roles_unknown = True
            findings.of_site(LOGIN_KEY, _not_allowed(str(error)))
            done.looked, done.not_done = False, len(seeming)
    return done


@dataclass(frozen=True)
class _Run:
    client: StoreClient
    targets: Sequence[Target]
    wanted: Mapping[int, str]
    of_tiers: frozenset[str]
    findings: Findings
    done: RolesDone
    outage: Outage = field(default_factory=Outage)

    def find(self, again: Collection[int]) -> list[RoleWrite]:
        """Users whose roles differ, by what the store says of them now."""
        special = self.of_tiers - {BASE_ROLE}
        now: dict[int, Roles] = {}
        try:
            if self.done.looked and special:
                now = read_users_having(self.client, special)
                again = {*again, *(key for key, role in self.wanted.items() if role != BASE_ROLE)}
            now |= read_users(self.client, sorted(set(again) - now.keys()))
        except AuthenticationFailed as error:
            raise _NotAllowedError(error.message) from error
        writes: list[RoleWrite] = []
        for target in self.targets:
            roles = now.get(target.user_id)
            if roles:
                writes += self._difference(target, roles)
            elif target.user_id in again:
                self._refuse(target, _cannot_see(roles))
        return writes

    def write(self, writes: Sequence[RoleWrite]) -> None:
        """Send role by role: the first tells whether the site has that role at all."""
        for role in sorted({write.wanted for write in writes}):
            first, *others = [write for write in writes if write.wanted == role]
            missing = self._send_first(first)
            if missing is not None:
                cust_nos = [write.target.account.cust_no for write in (first, *others)]
                self.findings.of_site(f"role {role}", missing_role(role, cust_nos, missing))
                continue
            with ThreadPoolExecutor(_SENDERS, thread_name_prefix="roles") as pool:
                list(pool.map(self._send, others))

    def _difference(self, target: Target, roles: Roles) -> Iterator[RoleWrite]:
        role = self.wanted[target.user_id]
        after = roles_with_tier(roles, role, self.of_tiers)
        if after != roles:
            yield RoleWrite(target, role, roles, after)

    def _send_first(self, write: RoleWrite) -> str | None:
        """Send one; the store's words when the site has no such role."""
        try:
            self._send(write, first=True)
        except Refused as error:
            return error.message
        return None

    def _send(self, write: RoleWrite, *, first: bool = False) -> None:
        try:
            write_roles(self.client, write.target.user_id, write.after)
        except AuthenticationFailed as error:
            if not set(write.before) & STAFF_ROLES:
                raise _NotAllowedError(error.message) from error
            # Nobody edits his own roles, and only some may edit an administrator's.
            self._refuse(write.target, _refused(write, error))
        except StoreError as error:
            if first and error.code == _UNKNOWN_ROLE and write.wanted in error.message:
                raise
            self.outage.failed(error)
            if self.outage.is_certain:
                raise
            self._refuse(write.target, _refused(write, error))
        else:
            self.outage.succeeded()
            self.done.written.append(write)

    def _refuse(self, target: Target, problem: Problem) -> None:
        self.findings.of_user("roles", target.user_id, target.account.cust_no, problem)


def _is_due(context: FlowContext) -> bool:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return True
        text = read_state(connection, context.store_id, LOOKED_MARK)
    return text is None or context.now() - datetime.fromisoformat(text) >= _LOOK_AGAIN


def _not_allowed(message: str) -> Problem:
    return Problem(
        code="ROLES_NOT_ALLOWED",
        field="WOOCP_WP_USER",
        found=message,
        expected="a user who may list users and edit their roles",
        next_step=(
            "make an application password for an administrator (Users > Profile) and set "
            "WOOCP_WP_USER and WOOCP_WP_APP_PASSWORD; check that the host passes the "
            "Authorization header on"
        ),
    )


def _cannot_see(roles: Roles | None) -> Problem:
    if roles is None:
        found, step = "not shown", "check that the user exists and WOOCP_WP_USER may edit it"
    else:
        found, step = "no role at all", "give the user a role in WordPress, or leave it locked out"
    return Problem(
        code="ROLES_UNREADABLE",
        field="roles",
        found=found,
        expected="the roles of the user, which are kept",
        next_step=step,
    )


def _refused(write: RoleWrite, error: StoreError) -> Problem:
    return Problem(
        code=(error.code or "STORE_ERROR")[:40],
        field="roles",
        found=error.message,
        expected=", ".join(write.after),
        next_step="correct it in WordPress, or give the role there; each run tries again",
        retryable=error.transient,
    )
