"""Refused orders tried again from the UI: the job, its steps and what to enter.

Belongs here: how a replay appears in the graph. The flow itself: flows/replay.py.

The job observes counterpoint_documents and does not materialize it: a replay books the orders it
was given, so it must not make the asset look fresh while order creation itself stands still.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import dagster as dg
from pydantic import Field

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import USER_ORDER_KEY
from woocp_pipelines.defs.catalog import (
    MINUTES_OF_FREQUENT_JOBS,
    RETRIES,
    WRITES,
    describe,
    job_tags,
)
from woocp_pipelines.defs.config import FlowConfig, ModeChoice
from woocp_pipelines.defs.documents.ops import ASSET
from woocp_pipelines.defs.events import is_skipped, metadata_of
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import REASON, listed, report_metadata
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines.flows.replay_answers import Replay
from woocp_pipelines.settings import Settings

_ANSWERS: Final = ("order", "outcome", "document", "next_step", "code")
_LETTERS: Final = ("order", *REASON, "first_seen", "attempts")
_DESCRIPTION: Final = """Book chosen orders at once: refused ones after the fix, and pending ones.

In the launchpad, enter the orders by number or id, in quotes:

    ops:
      replay_orders:
        config:
          orders: ["1042", "1043"]
          mode: setting

or `all_refused: true` for every order with an open dead letter. The check
every_order_could_be_booked on counterpoint_documents lists them. `mode: plan` shows what would
become of each and writes nothing. Each order is read again from the store, so an edited one counts
as it is now. These orders are booked and no others; the run's metadata has the answer for each,
and the dead letters that are left.
"""


# What the launchpad shows: every field, to be filled in.
_LAUNCHPAD: Final = {
    "ops": {
        "replay_orders": {"config": {"orders": [], "all_refused": False, "mode": "setting"}},
    }
}


class ReplayConfig(FlowConfig):
    """Which orders a run tries again."""

    orders: list[str] = Field(
        default_factory=list,
        description='Order numbers or ids, in quotes: ["1042", "1043"]. Where plugins make them '
        "differ and a number is also the id of another order, write id:1042.",
    )
    all_refused: bool = Field(
        default=False, description="Also every order that has an open dead letter."
    )


@dg.op(
    name="replay_orders",
    out=dg.Out(str, is_required=False, description="The mode of the replay."),
    retry_policy=RETRIES,
    pool=WRITES,
)
def replay_op(
    context: dg.OpExecutionContext, config: ReplayConfig, woocp: WoocpResource
) -> Iterator[dg.Output[str]]:
    """Read the orders again and book them, one transaction each; what is refused says why."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        found = replay_orders(flow, config.orders, every=config.all_refused, mode=config.chosen)
        if is_skipped(context.log, found.report):
            return
        metadata = {
            **metadata_of(flow, found.report, USER_ORDER_KEY),
            **_answers(found),
            **_open_letters(flow, found),
        }
    for each in found.orders:
        context.log.info(f"order {each.order.number}: {each.sentence()}")  # noqa: G004
    _observe(context, found, metadata)
    yield dg.Output(config.mode.name, metadata=metadata)


# No pool: a store that answers slowly must not hold up the next booking.
@dg.op(out=dg.Out(dg.Nothing, is_required=False), retry_policy=RETRIES)
def tell_store(
    context: dg.OpExecutionContext, woocp: WoocpResource, mode: str
) -> Iterator[dg.Output[None]]:
    """Send all notes that are due; store failures are data. A plan sends none."""
    config = FlowConfig(mode=ModeChoice[mode])
    with failing_clearly(), woocp.open(context.run_id) as flow:
        if config.mode_of(flow, "documents") == "plan":
            context.log.info("a plan tells the store nothing")
            return
        report = notify_store(flow, mode=config.chosen)
        if is_skipped(context.log, report):
            return
        metadata = report_metadata(report, flow.settings)
    yield dg.Output(None, metadata=metadata)


def build_replay_job(settings: Settings) -> dg.JobDefinition:
    """The job `replay`."""

    @dg.job(
        name="replay",
        description=describe(settings, _DESCRIPTION),
        tags=job_tags(settings, "replay", MINUTES_OF_FREQUENT_JOBS),
        config=_LAUNCHPAD,
    )
    def replay() -> None:
        tell_store(replay_op())

    return replay


def _answers(found: Replay) -> Mapping[str, Any]:
    rows = [
        {
            "order": each.order.number,
            "outcome": each.outcome,
            "document": f"DOC_ID {each.doc_id}, TKT_NO {each.tkt_no}" if each.tkt_no else "",
            "code": each.problem.code if each.problem else "",
            "next_step": each.problem.next_step if each.problem else "",
        }
        for each in found.orders
    ]
    return listed("replayed_orders", rows, _ANSWERS)


def _open_letters(flow: FlowContext, found: Replay) -> Mapping[str, Any]:
    """The dead letters that these orders have now."""
    replayed = {each.order.order_id for each in found.orders}
    with reading(flow.engine) as connection:
        letters = [
            letter
            for letter in read_dead_letters(connection, flow.store_id)
            if letter["KIND"] == "order" and letter["WOO_ORDER_ID"] in replayed
        ]
    rows = [
        {
            "order": letter["WOO_ORDER_NO"] or str(letter["WOO_ORDER_ID"]),
            **{name: letter[name.upper()] for name in REASON},
            "first_seen": f"{letter['FIRST_SEEN_GMT']:%Y-%m-%d %H:%MZ}",
            "attempts": str(letter["ATTEMPTS"]),
        }
        for letter in letters
    ]
    return {"open_dead_letters": len(rows), **listed("dead_letters", rows, _LETTERS)}


def _observe(context: dg.OpExecutionContext, found: Replay, metadata: Mapping[str, Any]) -> None:
    planned = found.report.mode == "plan"
    description = "A plan of a replay: nothing was written." if planned else "A replay."
    context.log_event(
        dg.AssetObservation(asset_key=ASSET, description=description, metadata=metadata)
    )
