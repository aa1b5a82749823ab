"""The demo from beginning to end.

Belongs here: the order of things and the exit code. How results look is in report.py.
"""

import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dagster as dg
from rich.console import Console

from woocp_pipelines.commands.errors import FAILED
from woocp_pipelines.commands.sandbox_session import own_sandbox
from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.demo.findings import read_customers, read_findings
from woocp_pipelines.demo.price import ask_contract_price
from woocp_pipelines.demo.progress import Progress
from woocp_pipelines.demo.reconciling import complaints
from woocp_pipelines.demo.report import Result, show_result
from woocp_pipelines.demo.runs import FlowRun, flows_of, run_job
from woocp_pipelines.dev.pricing import sandbox_pricing
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.sandbox.opening import Sandbox


@dataclass(frozen=True, slots=True)
class _Step:
    """One job of the demo and what it is for, in the words of a shop."""

    job: str
    words: str


_STEPS: Final = (
    _Step("customer_sync", "customers: accounts of the shop become Counterpoint customers"),
    _Step("order_sync", "orders: web orders are staged"),
    _Step("order_creation", "documents: staged orders become Counterpoint documents"),
    _Step("inventory_sync", "inventory: the shop shows what Counterpoint can promise"),
    _Step("customer_sync", "customers again: those whom orders brought in"),
)
# Those around the jobs: sandbox, services, price, comparison.
_OTHER_STEPS: Final = 4


def run_demo(home: Path, *, items: int | None = None, console: Console | None = None) -> int:
    """Run the demo in `home`/sandbox; gives the exit code.

    Args:
        home: WOOCP_HOME; the sandbox in it is made anew. DAGSTER_HOME must be set: Dagster's
            history there is kept.
        items: size of the catalogue.
        console: where people read.

    Raises:
        CommandError: a run failed, or the sandbox is in use.
    """
    console = console or Console()
    # What the price book cannot decide is the checks' affair; here it would break the progress.
    logging.getLogger("pricing_service").setLevel(logging.ERROR)
    start = time.perf_counter()
    console.print("[bold]woocp demo[/bold]: SANDBOX, an invented shop and an invented retailer\n")
    progress = Progress(console, len(_STEPS) + _OTHER_STEPS)
    with ExitStack() as stack:
        with progress.step("a fresh shop and a fresh Counterpoint"):
            sandbox = stack.enter_context(own_sandbox(home, reset=True, items=items))
        with progress.step("store, pricing service and Dagster start"):
            stack.enter_context(sandbox.start_store())
            pricing = stack.enter_context(sandbox_pricing(sandbox))
            instance = stack.enter_context(dg.DagsterInstance.get())
            defs = build_defs(sandbox.settings)
            with reading(sandbox.engine) as connection:
                customers_before = read_customers(connection)
        runs = _run_all(progress, sandbox, defs, instance)
        with progress.step("one contract price over HTTP"):
            price = ask_contract_price(pricing.url)
        with progress.step("both sides are compared"):
            context = open_context(sandbox.settings)
            stack.callback(context.engine.dispose)
            stack.callback(context.store.close)
            found = read_findings(context)
            with reading(sandbox.engine) as connection:
                letters = read_dead_letters(connection, context.store_id)
            wrong = complaints(sandbox, found, price)
        created = {
            number: name
            for number, name in found.customers.items()
            if number not in customers_before
        }
        result = Result(sandbox, found, created, letters, runs, price, wrong)
        show_result(console, result, seconds=time.perf_counter() - start)
    return FAILED if wrong else 0


def _run_all(
    progress: Progress, sandbox: Sandbox, defs: dg.Definitions, instance: dg.DagsterInstance
) -> list[FlowRun]:
    runs: list[FlowRun] = []
    for step in _STEPS:
        with progress.step(step.words):
            runs += flows_of(sandbox.engine, run_job(defs, instance, step.job))
    return runs
