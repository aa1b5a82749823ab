"""Dead letters of orders that were read: why one is not staged, what changed in a booked one.

Belongs here: whose letter it is, and the order that it keeps. Does not: when one is written or
closed (order_pages.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.dead_letters import Record, report_problems
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_reading import Raw
from woocp_pipelines.rules.order_content import encode_order
from woocp_pipelines.rules.order_revisions import REVISION_CODES, Revision
from woocp_pipelines.rules.problems import Problem, ProblemKind


def report_order(
    context: FlowContext, connection: Connection, raw: Raw, problems: Sequence[Problem]
) -> None:
    """Say what is wrong with an order that is not booked; none closes what was said before."""
    record = _record(context, raw, "order", raw)
    report_problems(connection, record, problems, context.now())


def report_revision(
    context: FlowContext, connection: Connection, raw: Raw, revision: Revision | None
) -> None:
    """Say how a booked order changed; None when it is as accepted again.

    The letter keeps the order it is about: what people settle is this state and no later one.
    """
    record = _record(context, raw, "revision", revision.order if revision else None)
    problems = [revision.problem] if revision else []
    report_problems(connection, record, problems, context.now(), codes=REVISION_CODES)


def _record(
    context: FlowContext, raw: Raw, kind: ProblemKind, kept: Mapping[str, Any] | None
) -> Record:
    return Record(
        store_id=context.store_id,
        flow="orders",
        kind=kind,
        key=str(raw["id"]),
        woo_order_id=raw["id"],
        woo_order_number=str(raw.get("number") or raw["id"])[:50],
        json=encode_order(kept) if kept else None,
    )
