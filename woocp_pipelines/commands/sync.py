"""`woocp sync …`: run one flow until nothing is left that it may do now.

Exit code 0: done; 1: done, but records were refused; 2: failed.
"""

import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

import typer

from woocp_pipelines.commands.errors import REFUSED, CommandError, FailedRunError
from woocp_pipelines.commands.options import (
    ApplyOption,
    JsonOption,
    NoSinceOption,
    PlanOption,
    SandboxOption,
    SinceOption,
    chosen_mode,
)
from woocp_pipelines.rules.clock import store_local_date

if TYPE_CHECKING:
    from woocp_pipelines.flows.context import FlowContext
    from woocp_pipelines.flows.report import FlowReport
    from woocp_pipelines.settings import FlowName, Mode

    Flow = Callable[[FlowContext, Mode], FlowReport]

_HELP: Final = (
    "Run one flow, as the schedules do. --since DATE belongs to orders, --full to orders and "
    "inventory, --approve RUN to inventory."
)
app: Final = typer.Typer(no_args_is_help=True, help=_HELP)

FullOption = Annotated[
    bool, typer.Option("--full", help="Read the whole store, not only what changed.")
]
FullOrdersOption = Annotated[
    bool,
    typer.Option(
        "--full", help="Also look for what no change shows: deleted orders, refunds, old storage."
    ),
]
ApproveOption = Annotated[
    str | None,
    typer.Option(
        metavar="RUN",
        help="Id of a run that the circuit breaker stopped: let it pass once. See --plan first.",
    ),
]


@app.command("customers")
def customers(
    *,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    since: NoSinceOption = None,  # noqa: ARG001 - its callback answers
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Web customers become Counterpoint customers; tiers go to the store."""
    from woocp_pipelines.flows.customers import sync_customers

    def flow(context: "FlowContext", mode: "Mode") -> "FlowReport":
        return sync_customers(context, mode=mode)

    _run("customers", flow, chosen_mode(plan=plan, apply=apply), sandbox=sandbox, as_json=as_json)


@app.command("orders")
def orders(
    *,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    since: SinceOption = None,
    full: FullOrdersOption = False,
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Web orders are staged in Counterpoint's database."""
    from woocp_pipelines.flows.orders import pull_orders

    def flow(context: "FlowContext", mode: "Mode") -> "FlowReport":
        return pull_orders(context, mode=mode, since=_since(context, since), full=full)

    _run("orders", flow, chosen_mode(plan=plan, apply=apply), sandbox=sandbox, as_json=as_json)


@app.command("documents")
def documents(
    *,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    since: NoSinceOption = None,  # noqa: ARG001 - its callback answers
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Staged orders become Counterpoint documents."""
    from woocp_pipelines.flows.documents import create_documents

    def flow(context: "FlowContext", mode: "Mode") -> "FlowReport":
        return create_documents(context, mode=mode)

    _run("documents", flow, chosen_mode(plan=plan, apply=apply), sandbox=sandbox, as_json=as_json)


@app.command("inventory")
def inventory(
    *,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    full: FullOption = False,
    approve: ApproveOption = None,
    since: NoSinceOption = None,  # noqa: ARG001 - its callback answers
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """The store shows what Counterpoint can promise."""
    from woocp_pipelines.flows.inventory import sync_inventory

    def flow(context: "FlowContext", mode: "Mode") -> "FlowReport":
        return sync_inventory(context, mode=mode, approve=approve, full=full)

    _run("inventory", flow, chosen_mode(plan=plan, apply=apply), sandbox=sandbox, as_json=as_json)


@app.command("outbox")
def outbox(
    *,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    since: NoSinceOption = None,  # noqa: ARG001 - its callback answers
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Notes and order meta that are due go to the store."""
    from woocp_pipelines.flows.outbox import notify_store

    def flow(context: "FlowContext", mode: "Mode") -> "FlowReport":
        return notify_store(context, mode=mode)

    _run("outbox", flow, chosen_mode(plan=plan, apply=apply), sandbox=sandbox, as_json=as_json)


@app.command("fulfilment")
def fulfilment(
    *,
    plan: PlanOption = False,
    apply: ApplyOption = False,
    since: NoSinceOption = None,  # noqa: ARG001 - its callback answers
    sandbox: SandboxOption = False,
    as_json: JsonOption = False,
) -> None:
    """Shipments and cancellations of Counterpoint go to the store."""
    from woocp_pipelines.flows.fulfilment import sync_fulfilment

    asked = chosen_mode(plan=plan, apply=apply)

    def flow(context: "FlowContext", mode: "Mode") -> "FlowReport":  # noqa: ARG001
        # What was asked for and no more: the outbox, which it ends with, has a mode of its own.
        return sync_fulfilment(context, mode=asked)

    _run("fulfilment", flow, asked, sandbox=sandbox, as_json=as_json)


def _run(
    name: "FlowName", flow: "Flow", asked: "Mode | None", *, sandbox: bool, as_json: bool
) -> None:
    from woocp_pipelines.commands.opening import check_ready, open_flow
    from woocp_pipelines.commands.output import note, show_report, write_json

    mode, start = asked, time.perf_counter()
    try:
        with open_flow(sandbox=sandbox) as context:
            mode = asked or context.settings.mode_of(name)
            if mode == "apply":
                check_ready(context, name)
            report = flow(context, mode)
    except Exception as error:
        raise FailedRunError(name, mode, time.perf_counter() - start) from error
    if as_json:
        write_json(report.to_json())
    else:
        show_report(report)
    if report.outcome == "skipped" and as_json:
        note(f"{name}: skipped, {report.skip_reason}")
    raise typer.Exit(REFUSED if report.refused else 0)


def _since(context: "FlowContext", since: date | None) -> date | None:
    """The day of --since.

    Raises:
        CommandError: it is before orders.start_date, or still to come.
    """
    if since is None:
        return None
    today = store_local_date(context.now(), context.settings.store.zone).date()
    if since > today:
        raise CommandError(
            f"--since {since} is still to come, there are no orders of that day; give "
            f"{today} or an earlier day"
        )
    start = context.settings.orders.start_date
    if start is not None and since < start:
        raise CommandError(
            f"--since {since} is before orders.start_date {start}: older orders are never "
            f"staged; give {start} or a later day"
        )
    return since
