"""What a person settled by hand, entered in the UI: the job, its step and what to enter.

Belongs here: how settling appears in the graph. The doing itself: flows/settling.py.
"""

from typing import Final

import dagster as dg
from pydantic import Field

from woocp_pipelines.defs.catalog import MINUTES_OF_FREQUENT_JOBS, RETRIES, describe, job_tags
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import Metadata, listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.settling import settle, sign
from woocp_pipelines.flows.settling_answers import Settlement
from woocp_pipelines.settings import Settings

_ANSWERS: Final = ("record", "outcome", "letters", "next_step", "code")
_DESCRIPTION: Final = """Settle what was dealt with by hand: revisions and refused orders.

In the launchpad, enter the orders by number or id, in quotes, who you are and what was done:

    ops:
      settle_orders:
        config:
          orders: ["1042"]
          by: Ann Lee
          note: quantity corrected in O109-000123

An order with a document: its open revisions are closed, and the order as they hold it is
accepted; another change is reported again. An order without one is never booked after this, which
cannot be undone, and keeps no goods back. Letters of other kinds go by their id, which the job
dead_letters shows. It writes in every mode: entering it is the decision.
"""


# What the launchpad shows: every field, to be filled in. Empty ones are refused.
_LAUNCHPAD: Final = {
    "ops": {"settle_orders": {"config": {"orders": [], "letters": [], "by": "", "note": ""}}}
}


class SettleConfig(dg.Config):
    """What a run settles, who says so, and why."""

    orders: list[str] = Field(
        default_factory=list,
        description='Order numbers or ids, in quotes: ["1042", "1043"]. Where plugins make them '
        "differ and a number is also the id of another order, write id:1042.",
    )
    letters: list[int] = Field(
        default_factory=list, description="Ids of single dead letters, such as one of a product."
    )
    by: str = Field(description="Your name; it is kept with the note.")
    note: str = Field(
        description="What was done, for those who ask later; at most 500 letters, no personal data."
    )


# No pool: it writes to woocp's own tables alone, and what is being booked is refused.
@dg.op(
    name="settle_orders",
    out=dg.Out(dg.Nothing, description="What became of each order and letter."),
    retry_policy=RETRIES,
)
def settle_op(
    context: dg.OpExecutionContext, config: SettleConfig, woocp: WoocpResource
) -> dg.Output[None]:
    """Settle each order and letter in a transaction of its own; what is refused says why."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        signature = sign(config.by, config.note)
        found = settle(
            flow.engine, flow.settings, config.orders, config.letters, signature, flow.now()
        )
    for each in found.answers:
        context.log.info(f"{each.name}: {each.sentence()}")  # noqa: G004
    return dg.Output(None, metadata=_metadata(found))


def build_settle_job(settings: Settings) -> dg.JobDefinition:
    """The job `settle`."""

    @dg.job(
        name="settle",
        description=describe(settings, _DESCRIPTION),
        tags=job_tags(settings, "settle", MINUTES_OF_FREQUENT_JOBS),
        config=_LAUNCHPAD,
    )
    def job() -> None:
        settle_op()

    return job


def _metadata(found: Settlement) -> Metadata:
    rows = [
        {
            "record": each.name,
            "outcome": each.outcome,
            "letters": ", ".join(f"{one.letter_id} {one.code}" for one in each.letters),
            "code": each.problem.code if each.problem else "",
            "next_step": each.problem.next_step if each.problem else "",
        }
        for each in found.answers
    ]
    return {
        "state": "degraded" if found.refused else "clean",
        "settled": len(rows) - found.refused,
        "refused": found.refused,
        **listed("answers", rows, _ANSWERS),
    }
