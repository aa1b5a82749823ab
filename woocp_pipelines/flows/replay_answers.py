"""What a replay answers for each order, for people and programs.

Belongs here: the shape of the answer, and reading back what became of an order. Does not: doing
it (replay.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_keys import read_keys
from woocp_pipelines.counterpoint.order_lookup import KnownOrder
from woocp_pipelines.counterpoint.order_trace import read_letters, staging_row
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.problems import Problem, decisive

Outcome = Literal["booked", "would be booked", "booked before", "refused", "waiting"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one order. `problem` says why it is refused or waits."""

    order: KnownOrder
    outcome: Outcome
    doc_id: int | None = None
    tkt_no: str | None = None
    problem: Problem | None = None

    def sentence(self) -> str:
        """One line for people."""
        if self.tkt_no is not None:
            return f"{self.outcome}: DOC_ID {self.doc_id}, TKT_NO {self.tkt_no}"
        return f"{self.outcome}: {self.problem.sentence()}" if self.problem else self.outcome

    def to_json(self) -> dict[str, Any]:
        """One entry of `replayed`."""
        return {
            "woo_order_id": self.order.order_id,
            "woo_order_number": self.order.number,
            "outcome": self.outcome,
            "doc_id": self.doc_id,
            "tkt_no": self.tkt_no,
            "code": self.problem.code if self.problem else None,
            "next_step": self.problem.next_step if self.problem else None,
        }


@dataclass(slots=True)
class Replay:
    """A replay: the report of its run of `documents`, and the answer for each order."""

    report: FlowReport
    orders: list[Replayed] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The report as every flow has it, and `replayed`."""
        return {**self.report.to_json(), "replayed": [each.to_json() for each in self.orders]}


def read_answers(context: FlowContext, orders: Iterable[KnownOrder]) -> dict[int, Replayed]:
    """What became of orders that were to be booked, by id."""
    wanted = list(orders)
    with reading(context.engine) as connection:
        keys = read_keys(connection, context.store_id, [order.order_id for order in wanted])
        answers = {
            order.order_id: Replayed(order, "booked", key.DOC_ID, key.TKT_NO)
            for order in wanted
            if (key := keys.get(order.order_id))
        }
        for order in wanted:
            if order.order_id not in answers:
                answers[order.order_id] = _not_booked(connection, context.store_id, order)
    return answers


def _not_booked(connection: Connection, store_id: str, order: KnownOrder) -> Replayed:
    row = staging_row(connection, store_id, order.order_id)
    if row is None or row["ERROR_CODE"] is None:
        # It was not refused: the claim went to another run.
        return Replayed(order, "waiting")
    letters = read_letters(connection, store_id, order.order_id)
    problems = [
        _problem(letter)
        for letter in letters
        if letter["KIND"] == "order" and letter["CLOSED_GMT"] is None
    ]
    return Replayed(order, "refused", problem=decisive(problems) if problems else None)


def _problem(letter: Any) -> Problem:
    return Problem(
        code=letter["CODE"],
        field=letter["FIELD"],
        found=letter["FOUND"],
        expected=letter["EXPECTED"],
        next_step=letter["NEXT_STEP"],
        arithmetic=letter["ARITHMETIC"],
        retryable=letter["RETRYABLE"],
    )
