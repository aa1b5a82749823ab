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
from typing import Final

from woocp_pipelines.counterpoint.customer_letters import CustomerLetters
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_findings import LOGIN_KEY, Findings, user_key
from woocp_pipelines.flows.customer_missing_roles import MissingRoles, RoleWrite, Try, read_tries
from woocp_pipelines.flows.customer_role_look import RoleLook
from woocp_pipelines.flows.customer_role_problems import cannot_see, not_allowed, refused
from woocp_pipelines.rules.customer_push import (
    Target,
    is_unconfirmed,
    roles_taken,
    roles_with_tier,
    seems_to_differ,
    tier_not_confirmed,
    tier_roles,
    wanted_role,
)
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.settings import Customers
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

_SENDERS: Final = 2
_LETTERS_OF_USER: Final = ("roles", "tier")
_UNKNOWN_ROLE: Final = "rest_user_invalid_role"


@dataclass(slots=True)
class RolesDone:
    """`written` is what was written, in plan mode what would be; `looked` the weekly look.

    `finished`: everybody had a turn, and who failed has a letter.
    `tries`: to be remembered of roles that the site does not have; None: nothing new.
    """

    written: list[RoleWrite] = field(default_factory=list)
    tries: dict[str, Try] | None = None
    not_done: int = 0
    no_password: bool = False
    looked: bool = False
    finished: bool = False


class _NotAllowedError(Exception):
    """The application password does not open what is needed; the rest would fail alike."""


def push_roles(
    context: FlowContext,
    targets: Sequence[Target],
    look: RoleLook,
    letters: CustomerLetters,
    findings: Findings,
    *,
    applies: bool,
) -> RolesDone:
    """Give every target exactly one tier's role; problems go to `findings`.

    Args:
        context: of the run.
        targets: mapped web customers with their users.
        look: users whose tier has just changed, and whether everybody is looked at.
        letters: of customers: users with open ones are looked at again.
        findings: where problems go.
        applies: False plans only.

    Raises:
        StoreError: the store is away.
    """
    of_tiers = tier_roles(context.settings.customers)
    wanted = {one.user_id: wanted_role(one.account, context.settings.customers) for one in targets}
    first = _FirstTiers.of(context.settings.customers, targets, wanted, findings)
    seeming = [
        one
        for one in targets
        if seems_to_differ(one.user, wanted[one.user_id], of_tiers)
        and not first.keeps(one, (one.user.role,))
    ]
    connections = context.settings.connections
    if not connections.wp_user or connections.wp_app_password is None:
        return RolesDone(not_done=len(seeming), no_password=bool(seeming))
    password = connections.wp_app_password.get_secret_value()
    again = _to_look_at(targets, seeming, look.changing, letters, of_tiers) - first.kept
    done = RolesDone(looked=bool(targets) and look.is_due(context.now()))
    with as_wordpress_user(context.store, connections.wp_user, password) as client:
        run = _Run(client, targets, wanted, of_tiers, first, findings, done)
        try:
            writes = run.find(again)
            before = read_tries(context) if writes else {}
            missing = MissingRoles(dict(before), letters, findings, context.now())
            done.written = missing.without_these(writes)
            if applies:
                run.write(missing)
                done.tries = missing.tries if missing.tries != before else None
            done.finished = True
        except _NotAllowedError as error:
            findings.roles_unknown = True
            findings.of_site(LOGIN_KEY, not_allowed(str(error)))
            done.looked, done.not_done = False, len(seeming)
    return done


def _to_look_at(
    targets: Sequence[Target],
    seeming: Sequence[Target],
    changing: Collection[int],
    letters: CustomerLetters,
    of_tiers: Collection[str],
) -> set[int]:
    """Users of whom the store must say all roles."""
    again = {one.user_id for one in seeming}
    # A role that is no tier's hides the one that has to change.
    again |= {one.user_id for one in targets if one.user.role not in of_tiers} & set(changing)
    with_letter = (
        one.user_id
        for one in targets
        for what in _LETTERS_OF_USER
        if user_key(one.user_id, what) in letters.open
    )
    return again.union(with_letter)


@dataclass(frozen=True)
class _FirstTiers:
    """Customers whom we have made, with the tier of every new one: they keep the roles they have.

    Whether people want the role or the tier, nobody can tell; each is a finding.
    """

    customers: Customers
    wanted: Mapping[int, str]
    unconfirmed: Collection[int]
    findings: Findings
    kept: set[int] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        customers: Customers,
        targets: Sequence[Target],
        wanted: Mapping[int, str],
        findings: Findings,
    ) -> "_FirstTiers":
        """All of them."""
        unconfirmed = {one.user_id for one in targets if is_unconfirmed(one.account)}
        return cls(customers, wanted, unconfirmed, findings)

    def keeps(self, target: Target, roles: Roles) -> bool:
        """Whether the user keeps the roles; says so once."""
        if target.user_id in self.kept:
            return True
        of_tiers = tier_roles(self.customers)
        taken = roles_taken(roles, self.wanted[target.user_id], of_tiers)
        if not taken or target.user_id not in self.unconfirmed:
            return False
        self.kept.add(target.user_id)
        problem = tier_not_confirmed(target.account, taken, self.customers)
        self.findings.of_user("tier", target.user_id, target.account.cust_no, problem)
        return True


@dataclass(frozen=True)
class _Run:
    client: StoreClient
    targets: Sequence[Target]
    wanted: Mapping[int, str]
    of_tiers: frozenset[str]
    first: _FirstTiers
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
            if roles and not self.first.keeps(target, roles):
                writes += self._difference(target, roles)
            elif not roles and target.user_id in again:
                self._refuse(target, cannot_see(roles))
        return writes

    def write(self, missing: MissingRoles) -> None:
        """Send role by role: the first tells whether the site has that role at all."""
        writes, self.done.written = self.done.written, []
        for role in sorted({write.wanted for write in writes}):
            first, *others = [write for write in writes if write.wanted == role]
            said = self._send_first(first)
            if said is not None:
                missing.tell(role, (first, *others), said)
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
            self._refuse(write.target, refused(write.after, error))
        except StoreError as error:
            if first and error.code == _UNKNOWN_ROLE and write.wanted in error.message:
                raise
            self.outage.failed(error)
            if self.outage.is_certain:
                raise
            self._refuse(write.target, refused(write.after, error))
        else:
            self.outage.succeeded()
            self.done.written.append(write)

    def _refuse(self, target: Target, problem: Problem) -> None:
        self.findings.of_user("roles", target.user_id, target.account.cust_no, problem)
