"""What became of an order, shown in the UI: a job that reads and writes nothing.

Belongs here: the job, its step and its tables. The timeline itself: flows/timeline.py.
"""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg
from pydantic import Field

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_lookup import OrderNotFoundError
from woocp_pipelines.defs.catalog import MINUTES_OF_FREQUENT_JOBS, RETRIES, describe, job_tags
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import Metadata, table
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.order_pages import is_upgraded
from woocp_pipelines.flows.timeline import Timeline, read_timeline
from woocp_pipelines.settings import Settings

_ORDERS: Final = ("order", "state", "store", "documents", "next_step")
_EVENTS: Final = ("at", "place", "what")
_DESCRIPTION: Final = """Show what became of orders: store, staging, dead letters, documents, notes.

In the launchpad, enter the orders by number or id, in quotes:

    ops:
      read_timelines:
        config:
          orders: ["1042"]

The output of the step read_timelines has one row for each order, and a table of what happened to
it in order of time, the times in the store's time zone.
"""


# What the launchpad shows: every field, to be filled in.
_LAUNCHPAD: Final = {"ops": {"read_timelines": {"config": {"orders": [], "ask_store": True}}}}


class TimelineConfig(dg.Config):
    """Which orders a run shows."""

    orders: list[str] = Field(
        description='Order numbers or ids, in quotes: ["1042", "1043"]. Where plugins make them '
        "differ and a number is also the id of another order, write id:1042.",
    )
    ask_store: bool = Field(
        default=True, description="Also ask the store how the order is now; else only read."
    )


@dg.op(
    name="read_timelines",
    out=dg.Out(dg.Nothing, description="Where each order stands, and what happened to it."),
    retry_policy=RETRIES,
)
def read_op(
    context: dg.OpExecutionContext, config: TimelineConfig, woocp: WoocpResource
) -> dg.Output[None]:
    """Read everything that both systems know of the orders; nothing is written."""
    with failing_clearly(), woocp.open(context.run_id) as flow:
        if not config.orders:
            raise OrderNotFoundError('no order was named; enter numbers or ids: orders: ["1042"]')
        with reading(flow.engine) as connection:
            if not is_upgraded(connection):
                raise OrderNotFoundError("no order is known yet; run `woocp db upgrade`")
        store = flow.store if config.ask_store else None
        found = [read_timeline(flow.engine, store, flow.store_id, asked) for asked in config.orders]
    return dg.Output(None, metadata=_metadata(found, flow.settings.store.zone))


def build_timeline_job(settings: Settings) -> dg.JobDefinition:
    """The job `order_timeline`."""

    @dg.job(
        name="order_timeline",
        description=describe(settings, _DESCRIPTION),
        tags=job_tags(settings, "order_timeline", MINUTES_OF_FREQUENT_JOBS),
        config=_LAUNCHPAD,
    )
    def job() -> None:
        read_op()

    return job


def _metadata(found: Sequence[Timeline], zone: ZoneInfo) -> Metadata:
    tables = {f"order_{each.order.order_id}": table(_events(each, zone), _EVENTS) for each in found}
    return {"orders": table([_row(each) for each in found], _ORDERS), **tables}


def _row(found: Timeline) -> dict[str, str]:
    open_letters = [each for each in found.letters if each["CLOSED_GMT"] is None]
    return {
        "order": found.order.number,
        "state": found.state,
        "store": found.store.sentence,
        "documents": ", ".join(f"{each.doc_typ} {each.tkt_no}" for each in found.documents),
        "next_step": "; ".join(f"{each['CODE']}: {each['NEXT_STEP']}" for each in open_letters),
    }


def _events(found: Timeline, zone: ZoneInfo) -> list[dict[str, str]]:
    return [
        {
            "at": f"{each.at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}",
            "place": each.place,
            "what": each.what,
        }
        for each in found.events
    ]
