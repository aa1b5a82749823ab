"""Stopping a mass change of stock, and letting a person approve it (design §4).

Belongs here: what is remembered of blocked runs. Does not: when a run is too much
(rules/stock_breaker.py).
"""

import json
from dataclasses import astuple
from typing import Final

from sqlalchemy import Connection

from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.product_map import was_ever_sent
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.stock_breaker import (
    Extent,
    Limits,
    is_covered,
    reasons_to_stop,
    reasons_too_small,
)
from woocp_pipelines.settings import Inventory

BLOCKED: Final = "inventory.blocked"
# A day of runs every five minutes: who comes in the morning may approve any of them.
_REMEMBERED: Final = 300


class BreakerTripped(Exception):  # noqa: N818 - the design's name
    """A run would change too much of the shop; it was stopped before it did.

    `run_id` is what `--approve` takes, `extent` has the counts and shares.
    """

    def __init__(
        self, run_id: str, extent: Extent, reasons: list[str], *, written: int = 0, hint: str = ""
    ) -> None:
        before = (
            f"Only {written} quantities were written before" if written else "Nothing was written"
        )
        super().__init__(
            f"circuit breaker: {'; '.join(reasons)}. {before}.{hint} Look at "
            f"`woocp sync inventory --plan`; if it is right, run "
            f"`woocp sync inventory --apply --approve {run_id}`, or the Dagster job "
            f"approve_stock_change with run: {run_id}"
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


def check(
    context: FlowContext, run_id: str, extent: Extent, approved: Extent | None, *, written: int = 0
) -> None:
    """Let the run pass, or remember it as blocked.

    `written` are quantities that an earlier round of this run sent.

    Raises:
        BreakerTripped: it would change too much, and that much was not approved.
    """
    reasons = sentences(context, extent)
    if reasons and not (approved and is_covered(extent, approved)):
        kept = list({**_read(context), run_id: extent}.items())[-_REMEMBERED:]
        _write(context, dict(kept))
        raise BreakerTripped(
            run_id, extent, reasons, written=written, hint=_hint_of_first_run(context)
        )


def forget_if_solved(context: FlowContext, extent: Extent, *, held_back: int) -> None:
    """Forget blocked runs once what is left to change is no alarm any more.

    Not when an approved run begins: where the store took only a part, the same approval holds for
    the rest. Nor while raises are `held_back`: they are what a person may have to approve.
    """
    if not held_back and not sentences(context, extent) and _read(context):
        _write(context, {})


def latest_blocked(context: FlowContext) -> str | None:
    """Id of the newest run that waits for approval."""
    with reading(context.engine) as connection:
        return read_latest_blocked(connection, context.store_id)


def read_latest_blocked(connection: Connection, store_id: str) -> str | None:
    """The same, where there is no run."""
    return next(reversed(_read_extents(connection, store_id)), None)


def _hint_of_first_run(context: FlowContext) -> str:
    with reading(context.engine) as connection:
        if was_ever_sent(connection, context.store_id):
            return ""
    return " woocp has never written to this shop, so many differences are to be expected."


def sentences(context: FlowContext, extent: Extent) -> list[str]:
    """Why this extent is too much for the settings; empty when it is not."""
    return reasons_to_stop(extent, _limits(context.settings.inventory))


def forecast(context: FlowContext, extent: Extent) -> str:
    """What a plan says of the breaker; empty where no share is exceeded."""
    stop = sentences(context, extent)
    if stop:
        return f"an apply run would stop: {'; '.join(stop)}"
    limits = _limits(context.settings.inventory)
    small = reasons_too_small(extent, limits)
    if small:
        return (
            f"an apply run would write: {'; '.join(small)}, but fewer than "
            f"breaker_least_items = {limits.least_items}"
        )
    return ""


def _limits(inventory: Inventory) -> Limits:
    return Limits(
        inventory.breaker_change_share,
        inventory.breaker_zero_share,
        inventory.breaker_least_items,
    )


def _read(context: FlowContext) -> dict[str, Extent]:
    with reading(context.engine) as connection:
        return _read_extents(connection, context.store_id)


def _read_extents(connection: Connection, store_id: str) -> dict[str, Extent]:
    text = read_state(connection, store_id, BLOCKED)
    return {run_id: Extent(*counts) for run_id, counts in json.loads(text or "{}").items()}


def _write(context: FlowContext, blocked: dict[str, Extent]) -> None:
    text = json.dumps({run_id: astuple(extent) for run_id, extent in blocked.items()})
    with writing(context.engine) as connection:
        write_state(connection, context.store_id, BLOCKED, text, context.now())
