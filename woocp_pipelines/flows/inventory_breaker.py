"""Stopping a mass change of stock, and letting a person approve it (design §4).

Belongs here: what is remembered of blocked runs. Does not: when a run is too much
(rules/stock_breaker.py).
"""

import json
from dataclasses import astuple
from typing import Final

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.stock_breaker import Extent, Limits, is_covered, reasons_to_stop

BLOCKED: Final = "inventory.blocked"
# A day of runs every five minutes: who comes in the morning may approve any of them.
_REMEMBERED: Final = 300


class BreakerTripped(Exception):  # noqa: N818 - the design's name
    """A run would change too much of the shop; nothing was written.

    `run_id` is what `--approve` takes, `extent` has the counts and shares.
    """

    def __init__(self, run_id: str, extent: Extent, reasons: list[str]) -> None:
        super().__init__(
            f"circuit breaker: {'; '.join(reasons)}. Nothing was written. Look at "
            f"`woocp sync inventory --plan`; if it is right, run "
            f"`woocp sync inventory --apply --approve {run_id}`"
        )
        self.run_id = run_id
        self.extent = extent
        self.reasons = reasons


class UnknownApprovalError(Exception):
    """The approved run is none that was blocked and is still waiting."""


def read_approval(context: FlowContext, approve: str) -> Extent:
    """What the approved run would have changed.

    Raises:
        UnknownApprovalError: no such run is blocked.
    """
    blocked = _read(context)
    if approve not in blocked:
        latest = next(reversed(blocked), None)
        hint = f"the latest blocked run is {latest}" if latest else "no run is blocked"
        raise UnknownApprovalError(f"run {approve!r} is not a blocked inventory run; {hint}")
    return blocked[approve]


def check(context: FlowContext, run_id: str, extent: Extent, approved: Extent | None) -> None:
    """Let the run pass, and forget blocked ones, or remember it as blocked.

    Raises:
        BreakerTripped: it would change too much, and that much was not approved.
    """
    reasons = sentences(context, extent)
    blocked = _read(context)
    if reasons and not (approved and is_covered(extent, approved)):
        kept = list({**blocked, run_id: extent}.items())[-_REMEMBERED:]
        _write(context, dict(kept))
        raise BreakerTripped(run_id, extent, reasons)
    if blocked:
        _write(context, {})


def sentences(context: FlowContext, extent: Extent) -> list[str]:
    """Why this extent is too much for the settings; empty when it is not."""
    inventory = context.settings.inventory
    limits = Limits(inventory.breaker_change_share, inventory.breaker_zero_share)
    return reasons_to_stop(extent, limits)


def _read(context: FlowContext) -> dict[str, Extent]:
    with reading(context.engine) as connection:
        text = read_state(connection, context.store_id, BLOCKED)
    return {run_id: Extent(*counts) for run_id, counts in json.loads(text or "{}").items()}


def _write(context: FlowContext, blocked: dict[str, Extent]) -> None:
    text = json.dumps({run_id: astuple(extent) for run_id, extent in blocked.items()})
    with writing(context.engine) as connection:
        write_state(connection, context.store_id, BLOCKED, text, context.now())
