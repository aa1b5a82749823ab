"""The store learns number, tier, role and bid number of its customers (CP §3.2.2).

Belongs here: the order of things and the report. Does not: values (rules/customer_push.py), roles
(customer_roles.py). It is the second half of the customer sync and uses its reading of the store:
only differences are written, and an idle run asks the store nothing more.

Users are never created: a web customer of Counterpoint without a user is counted. A second buyer
of an account has no map row: nothing is said of it here, its dead letter is the pull's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_letters import CustomerLetters
from woocp_pipelines.counterpoint.customer_tiers import (
    check_bid_column,
    mark_decided,
    read_web_accounts,
)
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_findings import Findings, is_push_key, save_findings
from woocp_pipelines.flows.customer_missing_roles import write_tries
from woocp_pipelines.flows.customer_role_look import RoleLook, read_role_look
from woocp_pipelines.flows.customer_roles import RolesDone, push_roles
from woocp_pipelines.flows.report import TABLE_ROWS, Change, FlowReport
from woocp_pipelines.rules.customer_building import NEW_CUSTOMER_CODE
from woocp_pipelines.rules.customer_push import (
    TIER_KEY,
    StoreUser,
    Target,
    WebAccount,
    is_newly_decided,
    meta_before,
    meta_changes,
    shown_meta,
    unknown_tiers,
    wanted_meta,
)
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.woocommerce.customer_meta import MetaResult, MetaWrite, write_customer_meta

USER_META: Final = "user meta"
USER_ROLES: Final = "user roles"
_OFF_WEB: Final = "users_off_the_web"
_FACTS: Final = (
    "users_of_web_customers",
    "web_customers_without_user",
    "users_gone_from_the_store",
    "user_meta_written",
    "user_roles_written",
    "user_roles_not_done",
    "user_roles",
    _OFF_WEB,
)


def check_push_settings(context: FlowContext) -> None:
    """Refuse settings that Counterpoint does not know, before anything is written.

    Raises:
        SettingsError: `customers.bid_no_source` names no text column of AR_CUST.
    """
    with reading(context.engine) as connection:
        check_bid_column(connection, context.settings.customers.bid_no_source)


def push_to_store(
    context: FlowContext,
    report: FlowReport,
    users: Mapping[int, StoreUser],
    *,
    planned: Mapping[int, str],
    letters: CustomerLetters,
) -> None:
    """Write what differs to the store, and add it to the report of the customer sync.

    Args:
        context: of the run.
        report: of the run, with the pull's counts.
        users: the store's customer list, as the pull has read it.
        planned: in plan mode, user id and customer number of the map rows that would be made.
        letters: dead letters of customers.

    Raises:
        StoreError: the store is away or refuses the key; the next run begins again.
    """
    everybody = _accounts(context, planned)
    accounts = [one for one in everybody if one.on_web]
    targets = [
        Target(one, users[one.user_id]) for one in accounts if one.user_id and one.user_id in users
    ]
    push = _Push(context, report, {one.user_id: one for one in targets}, Findings())
    push.check_tiers()
    applies = report.mode == "apply"
    writes = push.meta_writes()
    look = read_role_look(context, {one.user_id for one in writes if TIER_KEY in one.values})
    if applies:
        decided = {one.user_id for one in everybody if one.user_id and is_newly_decided(one)}
        push.begin(look, decided)
    written = push.write_meta(writes) if applies else writes
    done = push_roles(context, targets, look, letters, push.findings, applies=applies)
    settled = push.findings.drop_settled(letters)
    if applies:
        in_transaction(context.engine, lambda one: push.save(one, look, done, letters.open))
    push.tell(written, done)
    report.facts |= _facts(accounts, len(targets), written, done)
    if settled:
        report.facts["settled_by_hand"] = int(report.facts.get("settled_by_hand", 0)) + settled
    off_web = [one for one in everybody if not one.on_web and one.user_id in users]
    if off_web:
        report.facts[_OFF_WEB] = len(off_web)
        report.tables[f"{_OFF_WEB}_table"] = [*map(_off_web, off_web[:TABLE_ROWS])]


def push_part(report: FlowReport) -> FlowReport:
    """The part of a customer sync's report that tells of the store's users."""
    changes = [each for each in report.changes if each.what in {USER_META, USER_ROLES}]
    refused = [each for each in report.refused if is_push_key(each.key)]
    facts = {name: value for name, value in report.facts.items() if name in _FACTS}
    users = int(facts.get("users_of_web_customers", 0))
    changed = len({each.key for each in changes})
    return replace(
        report,
        read=users,
        created=0,
        updated=changed,
        unchanged=users - changed,
        waiting=int(facts.get("user_roles_not_done", 0)),
        refused=refused,
        changes=changes,
        facts=facts,
        tables={name: rows for name, rows in report.tables.items() if name.startswith(_OFF_WEB)},
    )


@dataclass(frozen=True)
class _Push:
    """One run over the users of web customers."""

    context: FlowContext
    report: FlowReport
    targets: Mapping[int, Target]
    findings: Findings

    def check_tiers(self) -> None:
        accounts = [one.account for one in self.targets.values()]
        for code, problem in unknown_tiers(accounts, self.context.settings.customers).items():
            self.findings.of_site(f"tier {code}", problem)

    def meta_writes(self) -> list[MetaWrite]:
        """What is to be written."""
        writes = []
        for user_id, target in self.targets.items():
            wanted = wanted_meta(target.account, self.context.settings.customers)
            changes = meta_changes(wanted, target.user)
            if changes:
                writes.append(MetaWrite(user_id, changes))
        return writes

    def begin(self, look: RoleLook, decided: Collection[int]) -> None:
        """Remember, before the store learns a tier, what the meta would make forgotten."""
        if not look.changing and not decided:
            return

        def remember(connection: Connection) -> None:
            look.begin(self.context, connection)
            mark_decided(connection, decided, self.context.now())

        in_transaction(self.context.engine, remember)

    def write_meta(self, writes: Sequence[MetaWrite]) -> list[MetaWrite]:
        """What was written."""
        results = write_customer_meta(self.context.store, writes)
        for result in results:
            if result.code:
                user_id = result.write.user_id
                cust_no = self.targets[user_id].account.cust_no
                self.findings.of_user("meta", user_id, cust_no, _refused(result))
        return [result.write for result in results if not result.code]

    def save(
        self,
        connection: Connection,
        look: RoleLook,
        done: RolesDone,
        open_keys: Collection[str],
    ) -> None:
        """Dead letters, and whether the roles of all were looked at."""
        save_findings(self.context, connection, self.findings, open_keys)
        look.end(self.context, connection, looked=done.looked, finished=done.finished)
        if done.tries is not None:
            write_tries(self.context, connection, done.tries)

    def tell(self, written: Sequence[MetaWrite], done: RolesDone) -> None:
        """Changes, refusals and counts; a customer whom the pull has counted counts once."""
        counted = {each.key for each in self.report.changes}
        counted |= {each.key for each in self.report.refused}
        pushed = {write.user_id for write in written} | {one.target.user_id for one in done.written}
        failed = {one.user_id for one in self.findings.found if one.user_id} - pushed
        self.report.updated += len({key for key in pushed if str(key) not in counted})
        self.report.unchanged -= len({key for key in pushed | failed if str(key) not in counted})
        for write in written:
            before = meta_before(write.values, self.targets[write.user_id].user)
            self._change(write.user_id, USER_META, before, shown_meta(write.values))
        for one in done.written:
            self._change(
                one.target.user_id, USER_ROLES, ", ".join(one.before), ", ".join(one.after)
            )
        for finding in self.findings.found:
            self.report.refuse("customer", finding.key, finding.problem)

    def _change(self, user_id: int, what: str, before: str, after: str) -> None:
        self.report.changes.append(Change(str(user_id), what, before, after))


def _accounts(context: FlowContext, planned: Mapping[int, str]) -> list[WebAccount]:
    """The web customers as they are, in plan mode with the map rows that would be made."""
    with reading(context.engine) as connection:
        accounts = read_web_accounts(
            connection,
            context.settings.customers.bid_no_source,
            map_exists=table_exists(connection, "USER_CUSTOMER_MAP"),
            is_marked=table_exists(connection, "USER_CUSTOMER_MAP", "TIER_DECIDED_GMT"),
        )
    users = {cust_no: user_id for user_id, cust_no in planned.items()}
    known = {one.cust_no for one in accounts}
    return [
        *(
            replace(one, user_id=users[one.cust_no]) if one.cust_no in users else one
            for one in accounts
        ),
        *(
            WebAccount(
                cust_no, NEW_CUSTOMER_CODE, NEW_CUSTOMER_CODE, user_id=user_id, made_here=True
            )
            for cust_no, user_id in users.items()
            if cust_no not in known and cust_no.startswith("(new")
        ),
    ]


def _off_web(account: WebAccount) -> dict[str, str]:
    """A user whose customer is none of the web: no letter, since it may be meant so."""
    return {
        "user": str(account.user_id),
        "cust_no": account.cust_no,
        "why": "IS_ECOMM_CUST of the customer is not Y",
        "next_step": "set it to Y in Counterpoint for number, tier and role in the store; "
        "else nothing",
    }


def _refused(result: MetaResult) -> Problem:
    return Problem(
        code=result.code[:40],
        field="meta_data",
        found=result.message,
        expected=shown_meta(result.write.values),
        next_step="correct the user in the store; each run writes what differs again",
        retryable=result.transient,
    )


def _facts(
    accounts: Sequence[WebAccount], found: int, written: Sequence[MetaWrite], done: RolesDone
) -> dict[str, str | int]:
    """Numbers for people: web customers of Counterpoint, and what became of their users."""
    named = sum(one.user_id is not None for one in accounts)
    facts: dict[str, str | int] = {
        "users_of_web_customers": found,
        "web_customers_without_user": len(accounts) - named,
        "users_gone_from_the_store": named - found,
        "user_meta_written": len(written),
        "user_roles_written": len(done.written),
    }
    if done.not_done:
        facts["user_roles_not_done"] = done.not_done
    if done.no_password:
        facts["user_roles"] = (
            "not done: no application password; set WOOCP_WP_USER and WOOCP_WP_APP_PASSWORD"
        )
    return facts
