"""The customer sync: registered users and the customers behind paid orders (design §4).

Belongs here: the order of things, one transaction per customer, the report. Does not: reading
(customer_knowledge.py), deciding (rules/customer_decisions.py), what is written
(counterpoint/customer_writing.py).

Every user of the store's list comes first, then the customers of paid orders that wait for
booking: guests, and users whose registration was incomplete. A buyer who cannot be decided is
left to order creation, which refuses the order with the reason.
"""

from dataclasses import dataclass, field
from datetime import datetime

from woocp_pipelines.counterpoint.customer_writing import Settled, refuse_customer, write_customer
from woocp_pipelines.counterpoint.customers import is_walk_in
from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext, run_flow
from woocp_pipelines.flows.customer_knowledge import Knowledge, Unreadable, read_knowledge
from woocp_pipelines.flows.customer_push import check_push_settings, push_to_store
from woocp_pipelines.flows.report import Change, FlowReport
from woocp_pipelines.rules.customer_building import tax_code
from woocp_pipelines.rules.customer_decisions import (
    Decision,
    decide_paid_order,
    decide_registration,
)
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines.settings import Mode


def sync_customers(context: FlowContext, *, mode: Mode | None = None) -> FlowReport:
    """Bring every web customer to Counterpoint once; a second run changes nothing.

    Counts are customers: created, linked (`updated`), known (`unchanged`), refused; `waiting` are
    buyers left to order creation.

    Raises:
        StoreError, DBAPIError: a system could not be read; nothing was taken for empty.
    """
    return run_flow(context, "customers", _sync, mode=mode)


def _sync(context: FlowContext, report: FlowReport) -> None:
    check_push_settings(context)
    knowledge = read_knowledge(context)
    run = _Run(context, report, knowledge, context.now())
    report.read = len(knowledge.registered) + len(knowledge.unreadable) + len(knowledge.buyers)
    report.waiting = knowledge.unreadable_orders
    for unreadable in knowledge.unreadable:
        run.refuse_unreadable(unreadable)
    for customer in knowledge.registered:
        run.take_registration(customer)
    for customer in knowledge.buyers:
        run.take_buyer(customer)
    report.facts = {
        "registered": len(knowledge.registered) + len(knowledge.unreadable),
        "buyers": len(knowledge.buyers),
        "linked": report.updated,
        "incomplete": sum(
            item.problem.code == "INCOMPLETE_REGISTRATION" for item in report.refused
        ),
    }
    push_to_store(
        context,
        report,
        knowledge.users,
        planned=run.planned,
        open_keys=knowledge.open_letters,
    )


@dataclass(frozen=True)
class _Run:
    """One pass over the customers."""

    context: FlowContext
    report: FlowReport
    knowledge: Knowledge
    now: datetime
    # Map rows that a plan would make: user id and customer number.
    planned: dict[int, str] = field(default_factory=dict)

    @property
    def applies(self) -> bool:
        return self.report.mode == "apply"

    def take_registration(self, customer: WebCustomer) -> None:
        match = self.knowledge.index.match(customer.user_id, customer.email)
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
        match = self.knowledge.index.match(customer.user_id, customer.email)
        in_list = customer.user_id in self.knowledge.listed
        walk_in = is_walk_in(self.context.settings, customer)
        try:
            self._do(customer, decide_paid_order(customer, match, in_list=in_list, walk_in=walk_in))
        except RefusedError:
            self.report.waiting += 1

    def refuse_unreadable(self, unreadable: Unreadable) -> None:
        key, user_id = str(unreadable.user_id), unreadable.user_id
        self.report.refuse("customer", key, unreadable.problems[0])
        if not self.applies:
            return
        record = Record(
            self.context.store_id, "customers", "customer", key, woo_customer_id=user_id
        )
        in_transaction(
            self.context.engine,
            lambda one: report_problems(one, record, unreadable.problems, self.now),
        )

    def _do(self, customer: WebCustomer, decision: Decision) -> None:
        if decision.step in {"leave", "nothing"} or self._is_up_to_date(customer, decision):
            self.report.unchanged += 1
            return
        settled = self._write(customer) if self.applies else self._plan(decision)
        self.knowledge.index.add(settled.cust_no, customer.user_id, customer.email)
        if customer.user_id and not self.applies and settled.action != "SKIPPED":
            self.planned[customer.user_id] = settled.cust_no
        self._count(customer, settled)

    def _is_up_to_date(self, customer: WebCustomer, decision: Decision) -> bool:
        if decision.step != "note":
            return False
        staged = self.knowledge.staged.of(customer)
        return (
            staged is not None
            and staged.content_hash == customer.content_hash
            and staged.cust_no == decision.cust_no
            and customer.key not in self.knowledge.open_letters
        )

    def _write(self, customer: WebCustomer) -> Settled:
        # Looks again inside the transaction: the index is as old as this run.
        return write_customer(self.context.engine, self.context.settings, customer, self.now)

    def _plan(self, decision: Decision) -> Settled:
        if decision.step == "create":
            return Settled(f"(new {self.report.created + 1})", "INSERT")
        linked = decision.step == "link" and decision.problem is None
        return Settled(
            decision.cust_no or "", "LINKED_EXISTING" if linked else "SKIPPED", decision.problem
        )

    def _refuse(self, customer: WebCustomer, refused: RefusedError) -> None:
        self.report.refuse("customer", customer.key, refused.first)
        if self.applies:
            settings = self.context.settings
            in_transaction(
                self.context.engine,
                lambda one: refuse_customer(one, settings, customer, refused.problems, self.now),
            )

    def _count(self, customer: WebCustomer, settled: Settled) -> None:
        if settled.problem:
            self.report.refuse("customer", customer.key, settled.problem)
        elif settled.action == "INSERT":
            self.report.created += 1
            self._change(customer, "create customer", after=self._new_values(customer, settled))
        elif settled.action == "LINKED_EXISTING":
            self.report.updated += 1
            self._change(customer, "link by e-mail", after=f"CUST_NO {settled.cust_no}")
        else:
            self.report.unchanged += 1

    def _change(self, customer: WebCustomer, what: str, after: str) -> None:
        self.report.changes.append(Change(customer.key, what, before="unknown", after=after))

    def _new_values(self, customer: WebCustomer, settled: Settled) -> str:
        columns = {
            "CUST_NO": settled.cust_no,
            **customer.address.columns(),
            "TAX_COD": tax_code(customer.address, self.context.settings.tax),
        }
        return ", ".join(f"{name} {value}" for name, value in columns.items() if value)
