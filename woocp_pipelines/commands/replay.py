"""`woocp replay`: chosen orders at once: refused ones after the fix, and pending ones.

Exit code 0: every order named has its document; 1: some have none, each with its reason; 2: failed,
or another run was at work.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from woocp_pipelines.commands.errors import FAILED, REFUSED
from woocp_pipelines.commands.options import (
    ApplyOption,
    JsonOption,
    PlanOption,
    SandboxOption,
    chosen_mode,
)

if TYPE_CHECKING:
    from woocp_pipelines.flows.replay_answers import Replay
    from woocp_pipelines.flows.report import FlowReport

OrdersArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="ORDER", help="Order numbers or ids; id:516 says that an id is meant."),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Every refused order: all with an open dead letter.")
]


def replay(
    orders: OrdersArgument = None,
    *,
    every: AllOption = False,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read refused or pending orders again from the store and book them.

    These and no others; what has its document gets no second one. Exit code 0: every order has its
    document; 1: some have none, each with its reason; 2: failed, or another run was at work.
    """
    if every == bool(orders):
        raise typer.BadParameter("name the orders, or give --all; one of the two")
    from woocp_pipelines.commands.opening import check_ready, open_flow
    from woocp_pipelines.commands.output import write_json
    from woocp_pipelines.flows.outbox import notify_store
    from woocp_pipelines.flows.replay import replay_orders

    asked = chosen_mode(plan=plan, apply=apply)
    with open_flow(sandbox=sandbox) as context:
        mode = asked or context.settings.mode_of("documents")
        if mode == "apply":
            check_ready(context, "documents")
        found = replay_orders(context, orders or (), every=every, mode=mode)
        told = mode == "apply" and found.report.outcome == "done"
        notes = notify_store(context, mode=asked) if told else None
    if as_json:
        write_json({**found.to_json(), "notes": notes.to_json() if notes else None})
    else:
        _show(found, notes)
    raise typer.Exit(_code(found, notes))


def _code(found: "Replay", notes: "FlowReport | None") -> int:
    if found.report.outcome == "skipped":
        return FAILED
    return REFUSED if found.report.refused or (notes and notes.refused) else 0


def _show(found: "Replay", notes: "FlowReport | None") -> None:
    from rich.console import Console

    from woocp_pipelines.commands.output import line, show_report

    console = Console()
    for each in found.orders:
        line(console, f"order {each.order.number}: {each.sentence()}")
    show_report(found.report, console=console)
    if notes is not None:
        show_report(notes, console=console)
