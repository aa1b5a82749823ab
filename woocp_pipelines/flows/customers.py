"""The customer sync: registered users and the customers behind paid orders (design §4).

Belongs here: the order of things, the report. Does not: reading (customer_knowledge.py), deciding
(rules/customer_decisions.py), who shares a transaction (customer_groups.py), what is written
(counterpoint/customer_writing.py), the other direction (customer_push.py).

Every user of the store's list comes first, then the customers of paid orders without a document:
guests, and users whose registration was incomplete. A buyer who cannot be decided is left to order
creation, which refuses the order with the reason.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_settling import Settled
from woocp_pipelines.counterpoint.customer_staging import staged_error
from woocp_pipelines.counterpoint.customer_writing import refuse_customer, write_customers
from woocp_pipelines.counterpoint.customers import is_walk_in
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows import customer_changes
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.customer_groups import CustomerGroup
from woocp_pipelines.flows.customer_knowledge import Knowledge, read_knowledge
from woocp_pipelines.flows.customer_plan import plan_customer
from woocp_pipelines.flows.customer_push import check_push_settings, push_to_store
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.customer_decisions import (
    Decision,
    decide_paid_order,
    decide_registration,
)
from woocp_pipelines.rules.customer_matching import Linked, Match
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.settings import Mode


def sync_customers(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Bring every web customer to Counterpoint once; a second run changes nothing.

    Counts are customers: created, changed (`updated`: linked, or with a new ship-to address),
    known (`unchanged`), refused; `waiting` are buyers left to order creation.

    Raises:
        StoreError, DBAPIError: a system could not be read; nothing was taken for empty.
    """
    return run_flow(context, "customers", _sync, mode=mode)


def _sync(context: FlowContext, report: FlowReport) -> None:
    check_push_settings(context)
    knowledge = read_knowledge(context)
    report.read = len(knowledge.registered) + len(knowledge.unreadable) + len(knowledge.buyers)
    report.waiting = knowledge.unreadable_orders
    # One connection for all transactions: opening one costs more than a customer's statements.
    with context.engine.connect() as connection:
        run = _Run(context, connection, report, knowledge, context.now())
        run.take_all()
    refused = Counter(f"refused_{item.problem.code.lower()}" for item in report.refused)
    report.facts = {
        "registered": len(knowledge.registered) + len(knowledge.unreadable),
        "buyers": len(knowledge.buyers),
        "known": report.unchanged,
        **{name: run.outcomes[name] for name in _OUTCOMES},
        **dict(sorted(refused.items())),
    }
    if report.mode == "plan" and report.created:
        report.facts["every_web_customer_has"] = customer_changes.fixed_values()
    push_to_store(
        context,
        report,
        knowledge.users,
        planned=run.planned,
        open_keys=knowledge.letters.open,
    )


# Beside created, known, refused and waiting. Noted: the store's record changed, Counterpoint's
# stays. Settled: a person has said that nothing is to be done. Gone: deleted in the store.
_OUTCOMES = ("linked", "ship_tos_added", "noted", "settled_by_hand", "gone")


@dataclass(frozen=True)
class _Run:
    """One pass over the customers."""

    context: FlowContext
    connection: Connection
    report: FlowReport
    knowledge: Knowledge
    now: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    # Map rows that a plan would make: user id and customer number.
    planned: dict[int, str] = field(default_factory=dict)
    group: CustomerGroup = field(default_factory=CustomerGroup)

    @property
    def applies(self) -> bool:
        return self.report.mode == "apply"

    def take_all(self) -> None:
        for unreadable in self.knowledge.unreadable:
            self.refuse_unreadable(unreadable.user_id, unreadable.problems)
        for customer in self.knowledge.registered:
            self.take_registration(customer)
        for customer in self.knowledge.buyers:
            self.take_buyer(customer)
        self.write_group()
        self.close_letters_of_gone()

    def take_registration(self, customer: WebCustomer) -> None:
        match = self._match(customer)
        paid = customer.user_id in self.knowledge.paying
        try:
            self._do(customer, decide_registration(customer, match, has_paid_order=paid))
        except RefusedError as refused:
            self._refuse(customer, refused)

    def take_buyer(self, customer: WebCustomer) -> None:
        staged = self.knowledge.staged.of(customer)
        if customer.user_id is None and customer.email is None and staged and staged.cust_no:
            self.report.unchanged += 1
            return
        match = self._match(customer)
        in_list = customer.user_id in self.knowledge.listed
        walk_in = is_walk_in(self.context.settings, customer)
        try:
            self._do(customer, decide_paid_order(customer, match, in_list=in_list, walk_in=walk_in))
        except RefusedError:
            self.report.waiting += 1

    def refuse_unreadable(self, user_id: int, problems: Collection[Problem]) -> None:
        key, letters = str(user_id), self.knowledge.letters
        if letters.are_settled(key, problems):
            self._settled_by_hand()
            return
        self.report.refuse("customer", key, next(iter(problems)))
        if self.applies and not letters.say(key, problems):
            self._report_problems(user_id, problems)

    def close_letters_of_gone(self) -> None:
        """A user whom the store has no more: nobody can act on the letters; the map row stays."""
        for key in self.knowledge.gone():
            self.outcomes["gone"] += 1
            self.report.changes.append(customer_changes.gone(key))
            if self.applies:
                self._report_problems(int(key), ())

    def write_group(self) -> None:
        """Write everybody who waits."""
        customers = self.group.take()
        if not customers:
            return
        # Looks again inside the transaction: the index is as old as this run.
        results = write_customers(self.connection, self.context.settings, customers, self.now)
        for customer, settled in zip(customers, results, strict=True):
            if not isinstance(settled, RefusedError):
                self._settled(customer, settled)
            elif customer.order_id is None:
                self._refuse(customer, settled)
            else:
                self.report.waiting += 1

    def _match(self, customer: WebCustomer) -> Match:
        """Who it is, now that those who wait and might be the same are written."""
        match = self.knowledge.index.match(customer.user_id, customer.email)
        cust_no = match.cust_no if isinstance(match, Linked) else None
        if not self.group.meets(customer, cust_no):
            return match
        self.write_group()
        return self.knowledge.index.match(customer.user_id, customer.email)

    def _do(self, customer: WebCustomer, decision: Decision) -> None:
        if decision.step in {"leave", "nothing"}:
            self.report.unchanged += 1
        elif self._is_up_to_date(customer, decision):
            self._count_known(customer, decision.problem)
        elif self.applies:
            self.group.add(customer, decision.cust_no)
            if self.group.is_full:
                self.write_group()
        else:
            self._settled(customer, self._plan(customer, decision))

    def _settled(self, customer: WebCustomer, settled: Settled) -> None:
        # A user without map row keeps none: the index must not say otherwise.
        user_id = None if settled.problem else customer.user_id
        self.knowledge.index.add(settled.cust_no, user_id, customer.email)
        if customer.user_id and not self.applies and settled.action != "SKIPPED":
            self.planned[customer.user_id] = settled.cust_no
        self._count(customer, settled)

    def _is_up_to_date(self, customer: WebCustomer, decision: Decision) -> bool:
        """Known, and the staging row and the dead letters say just what they would say again."""
        if decision.step != "note" and decision.problem is None:
            return False
        staged, letters = self.knowledge.staged.of(customer), self.knowledge.letters
        problems = (decision.problem,) if decision.problem else ()
        return (
            staged is not None
            and staged.content_hash == customer.content_hash
            and staged.cust_no == decision.cust_no
            and staged.error == staged_error(decision.problem)
            and (letters.say(customer.key, problems) or letters.are_settled(customer.key, problems))
        )

    def _plan(self, customer: WebCustomer, decision: Decision) -> Settled:
        number = self.report.created + 1
        settled, changes = plan_customer(
            self.context, self.knowledge, customer, decision, number, self.now
        )
        self.report.changes.extend(changes)
        return settled

    def _refuse(self, customer: WebCustomer, refused: RefusedError) -> None:
        staged, letters = self.knowledge.staged.of(customer), self.knowledge.letters
        is_said = (
            staged is not None
            and staged.content_hash == customer.content_hash
            and staged.error == staged_error(refused.first)
        )
        if is_said and letters.are_settled(customer.key, refused.problems):
            self._settled_by_hand()
            return
        self.report.refuse("customer", customer.key, refused.first)
        if self.applies and not (is_said and letters.say(customer.key, refused.problems)):
            settings = self.context.settings
            in_transaction(
                self.connection,
                lambda one: refuse_customer(one, settings, customer, refused.problems, self.now),
            )

    def _report_problems(self, user_id: int, problems: Collection[Problem]) -> None:
        record = Record(
            self.context.store_id,
            "customers",
            "customer",
            str(user_id),
            woo_customer_id=user_id,
        )
        in_transaction(
            self.connection,
            lambda one: report_problems(one, record, tuple(problems), self.now),
        )

    def _count_known(self, customer: WebCustomer, problem: Problem | None) -> None:
        if problem is None:
            self.report.unchanged += 1
        elif self.knowledge.letters.are_settled(customer.key, (problem,)):
            self._settled_by_hand()
        else:
            self.report.refuse("customer", customer.key, problem)

    def _settled_by_hand(self) -> None:
        self.report.unchanged += 1
        self.outcomes["settled_by_hand"] += 1

    def _count(self, customer: WebCustomer, settled: Settled) -> None:
        if settled.problem:
            self._count_known(customer, settled.problem)
            return
        if self.applies:
            self.report.changes.extend(customer_changes.done(customer, settled))
        self.outcomes["linked"] += settled.action == "LINKED_EXISTING"
        self.outcomes["ship_tos_added"] += settled.ship_adrs_id is not None
        self.outcomes["noted"] += settled.action == "SKIPPED" and self._was_seen(customer)
        if settled.action == "INSERT":
            self.report.created += 1
        elif settled.action == "LINKED_EXISTING" or settled.ship_adrs_id:
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _was_seen(self, customer: WebCustomer) -> bool:
        staged = self.knowledge.staged.of(customer)
        return staged is not None and staged.content_hash != customer.content_hash
