"""One pass of the customer sync over everybody it has read.

Belongs here: what becomes of each customer, and the counts. Does not: deciding
(rules/customer_decisions.py), who shares a transaction (customer_groups.py), what is written
(counterpoint/customer_writing.py).

Every user of the store's list comes first, then the customers of paid orders without a document:
guests, and users whose registration was incomplete. A buyer who cannot be decided is left to order
creation, which refuses the order with the reason.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.customer_letters import say_again
from woocp_pipelines.counterpoint.customer_settling import Settled
from woocp_pipelines.counterpoint.customer_staging import staged_error
from woocp_pipelines.counterpoint.customer_writing import refuse_customer, write_customers
from woocp_pipelines.counterpoint.customers import is_walk_in
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows import customer_changes
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.customer_groups import CustomerGroup
from woocp_pipelines.flows.customer_knowledge import Knowledge
from woocp_pipelines.flows.customer_plan import plan_customer
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.customer_decisions import (
    Decision,
    decide_paid_order,
    decide_registration,
)
from woocp_pipelines.rules.customer_matching import Linked, Match
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import Problem, RefusedError

# Beside created, known, refused and waiting. Noted: the store's record changed, Counterpoint's
# stays. Settled: a person has said that nothing is to be done. Gone: deleted in the store. Staff:
# accounts of those who run the site, with no need to be complete.
OUTCOMES: Final = (
    "linked_to_existing_customers",
    "ship_to_addresses_added",
    "store_edits_not_copied",
    "settled_by_hand",
    "letters_closed_as_user_is_gone",
    "staff_accounts_skipped",
)


@dataclass(frozen=True)
class CustomerPass:
    """One pass over the customers; the caller holds `woocp:customers` where it applies."""

    context: FlowContext
    connection: Connection
    report: FlowReport
    knowledge: Knowledge
    now: datetime
    outcomes: Counter[str] = field(default_factory=Counter)
    # Map rows that a plan would make: user id and customer number.
    planned: dict[int, str] = field(default_factory=dict)
    group: CustomerGroup = field(default_factory=CustomerGroup)
    # Keys of records whose open letters say it all.
    said_again: set[str] = field(default_factory=set)

    @property
    def applies(self) -> bool:
        """False in plan mode."""
        return self.report.mode == "apply"

    def take_all(self) -> None:
        """Users, then buyers, then the letters of those who are gone."""
        for unreadable in self.knowledge.unreadable:
            self._refuse_unreadable(unreadable.user_id, unreadable.problems)
        for customer in self.knowledge.registered:
            self._take_registration(customer)
        for customer in self.knowledge.buyers:
            self._take_buyer(customer)
        self._write_group()
        self._close_letters_of_gone()
        if self.applies and self.said_again:
            store_id, keys, now = self.context.store_id, self.said_again, self.now
            in_transaction(self.connection, lambda one: say_again(one, store_id, keys, now))

    def _take_registration(self, customer: WebCustomer) -> None:
        match = self._match(customer)
        paid = customer.user_id in self.knowledge.paying
        is_staff = self.knowledge.is_staff(customer)
        try:
            decision = decide_registration(customer, match, has_paid_order=paid, is_staff=is_staff)
            self._do(customer, decision)
        except RefusedError as refused:
            self._refuse(customer, refused)

    def _take_buyer(self, customer: WebCustomer) -> None:
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

    def _refuse_unreadable(self, user_id: int, problems: Collection[Problem]) -> None:
        key, letters = str(user_id), self.knowledge.letters
        if letters.are_settled(key, problems):
            self._settled_by_hand()
            return
        self.report.refuse("customer", key, next(iter(problems)))
        if letters.say(key, problems):
            self.said_again.add(key)
        elif self.applies:
            self._report_problems(user_id, problems)

    def _close_letters_of_gone(self) -> None:
        """A user whom the store has no more: nobody can act on the letters; the map row stays."""
        for key in self.knowledge.gone():
            self.outcomes["letters_closed_as_user_is_gone"] += 1
            self.report.changes.append(customer_changes.gone(key))
            if self.applies:
                self._report_problems(int(key), ())

    def _write_group(self) -> None:
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
                self._tell_refusal(customer, settled)
            else:
                self.report.waiting += 1

    def _match(self, customer: WebCustomer) -> Match:
        """Who it is, now that those who wait and might be the same are written."""
        match = self.knowledge.index.match(customer.user_id, customer.email)
        cust_no = match.cust_no if isinstance(match, Linked) else None
        if not self.group.meets(customer, cust_no):
            return match
        self._write_group()
        return self.knowledge.index.match(customer.user_id, customer.email)

    def _do(self, customer: WebCustomer, decision: Decision) -> None:
        if decision.step in {"leave", "nothing"}:
            self.report.unchanged += 1
        elif decision.step == "staff":
            self._leave_staff(customer)
        elif self._is_up_to_date(customer, decision):
            if customer.key in self.knowledge.letters.open:
                self.said_again.add(customer.key)
            self._count_known(customer, decision.problem)
        elif self.applies:
            self.group.add(customer, decision.cust_no)
            if self.group.is_full:
                self._write_group()
        else:
            self._settled(customer, self._plan(customer, decision))

    def _leave_staff(self, customer: WebCustomer) -> None:
        """Nobody has to complete the account; what was said of it before is closed."""
        self.report.unchanged += 1
        self.outcomes["staff_accounts_skipped"] += 1
        if self.applies and customer.user_id and customer.key in self.knowledge.letters.open:
            self._report_problems(customer.user_id, ())

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
        staged = self.knowledge.staged.of(customer)
        problems = (decision.problem,) if decision.problem else ()
        return (
            staged is not None
            and staged.cust_no == decision.cust_no
            and self._is_staged(customer, decision.problem)
            and self._is_known(customer, problems)
        )

    def _plan(self, customer: WebCustomer, decision: Decision) -> Settled:
        number = self.report.created + 1
        settled, changes = plan_customer(
            self.context, self.knowledge, customer, decision, number, self.now
        )
        self.report.changes.extend(changes)
        return settled

    def _refuse(self, customer: WebCustomer, refused: RefusedError) -> None:
        """Say it again; a refusal that is new goes with the group, which looks once more.

        Since everything was read, a booking may have made or linked this very customer.
        """
        is_known = self._is_known(customer, refused.problems)
        if not self.applies or (is_known and self._is_staged(customer, refused.first)):
            self._tell_refusal(customer, refused)
            return
        self.group.add(customer, None)
        if self.group.is_full:
            self._write_group()

    def _is_staged(self, customer: WebCustomer, problem: Problem | None) -> bool:
        """Whether the staging row says just this."""
        staged = self.knowledge.staged.of(customer)
        return (
            staged is not None
            and staged.content_hash == customer.content_hash
            and staged.error == staged_error(problem)
        )

    def _is_known(self, customer: WebCustomer, problems: Collection[Problem]) -> bool:
        """Whether the letters say just these problems, or a person has settled them."""
        letters = self.knowledge.letters
        return letters.say(customer.key, problems) or letters.are_settled(customer.key, problems)

    def _tell_refusal(self, customer: WebCustomer, refused: RefusedError) -> None:
        letters, is_said = self.knowledge.letters, self._is_staged(customer, refused.first)
        if is_said and letters.are_settled(customer.key, refused.problems):
            self._settled_by_hand()
            return
        self.report.refuse("customer", customer.key, refused.first)
        if is_said and letters.say(customer.key, refused.problems):
            self.said_again.add(customer.key)
        elif self.applies:
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
        self.outcomes["linked_to_existing_customers"] += settled.action == "LINKED_EXISTING"
        self.outcomes["ship_to_addresses_added"] += settled.ship_adrs_id is not None
        self.outcomes["store_edits_not_copied"] += settled.action == "SKIPPED" and self._was_seen(
            customer
        )
        if settled.action == "INSERT":
            self.report.created += 1
        elif settled.action == "LINKED_EXISTING" or settled.ship_adrs_id:
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _was_seen(self, customer: WebCustomer) -> bool:
        staged = self.knowledge.staged.of(customer)
        return staged is not None and staged.content_hash != customer.content_hash
