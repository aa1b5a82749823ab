"""What every flow is given, and the frame around every run: lock, clock, report, sync log.

Belongs here: FlowContext and `run_flow`. Does not: what a flow does.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from woocp_pipelines.counterpoint.contract import column_lengths
from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.counterpoint.locks import LockBusyError, flow_lock
from woocp_pipelines.counterpoint.sync_log import RunRecord, write_run
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.doctor.gate import Gate
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import Clock, utc_now
from woocp_pipelines.settings import FlowName, Mode, Settings
from woocp_pipelines.woocommerce.client import StoreClient

FlowBody = Callable[["FlowContext", FlowReport], None]


@dataclass(frozen=True)
class FlowContext:
    """The two systems, the settings and the clock of one run. `run_id` tells runs apart.

    `gate` lets apply runs pass or not; every context of `open_context` has one.
    """

    settings: Settings
    engine: Engine
    store: StoreClient
    clock: Clock = utc_now
    run_id: str = ""
    gate: Gate | None = None

    @property
    def store_id(self) -> str:
        """The site's id: part of every key of ours."""
        return self.settings.store.id

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self.clock()

    def require_fit(self, flow: FlowName, *, afresh: bool = False) -> None:
        """Refuse to write while doctor is red for this flow; see `Gate.require_fit`.

        Raises:
            UnfitError: it is.
        """
        if self.gate is not None:
            self.gate.require_fit(flow, afresh=afresh)

    @cached_property
    def column_lengths(self) -> Mapping[tuple[str, str], int]:
        """Length of every text column as the live catalog has it; read once per run."""
        return column_lengths(self.engine)

    def lengths_of(self, *tables: str) -> dict[str, int]:
        """What fits a column in each of these tables, for cutting texts (design §3)."""
        lengths: dict[str, int] = {}
        for (table, column), length in self.column_lengths.items():
            if table in tables:
                lengths[column] = min(length, lengths.get(column, length))
        return lengths


def open_context(settings: Settings, *, clock: Clock = utc_now, run_id: str = "") -> FlowContext:
    """Build the context of a run from settings that name both systems."""
    connections = settings.connections
    if connections.database_url is None or connections.store_url is None:
        raise ValueError("a flow needs both systems; load_settings(need=('database', 'store'))")
    store = open_store(settings)
    engine = open_engine(connections.database_url.get_secret_value())
    gate = Gate(settings, engine, store, clock)
    return FlowContext(settings, engine, store, clock, run_id or uuid4().hex, gate)


def open_store(settings: Settings) -> StoreClient:
    """The client of the store that the settings name; nothing connects yet."""
    connections = settings.connections
    if connections.store_url is None:
        raise ValueError("no store in the settings; load_settings(need=('store',))")
    if connections.store_key is None or connections.store_secret is None:
        raise ValueError("a flow needs the store's key and secret")
    return StoreClient(
        connections.store_url,
        connections.store_key.get_secret_value(),
        connections.store_secret.get_secret_value(),
        user_agent=settings.store.user_agent,
    )


def run_flow(
    context: FlowContext,
    flow: FlowName,
    body: FlowBody,
    *,
    mode: Mode | None = None,
    wait_seconds: float = 0,
    exclusive: bool = True,
    lock: str = "",
) -> FlowReport:
    """Run a flow's body under its lock and log the run.

    A second comer ends as skipped; a run that is not `exclusive` takes no lock. `lock` is another
    name than the flow's, where that one is held for a part of the run only. An apply run
    leaves its USER_SYNC_LOG row also when the body raises; the exception goes on. It does not
    begin while doctor is red for the flow (doctor/gate.py). A plan run writes nothing anywhere and
    takes no lock.
    """
    report = FlowReport(flow=flow, mode=mode or context.settings.mode_of(flow))
    if report.mode == "plan":
        start = time.perf_counter()
        body(context, report)
        report.seconds = time.perf_counter() - start
        return report
    name = lock or flow
    held = (
        flow_lock(context.engine, name, wait_seconds=wait_seconds) if exclusive else nullcontext()
    )
    try:
        with held:
            _run_logged(context, report, body)
    except LockBusyError as busy:
        if busy.name != f"woocp:{name}":
            raise
        report.outcome = "skipped"
        report.skip_reason = f"another run of {flow} is at work"
    return report


def _run_logged(context: FlowContext, report: FlowReport, body: FlowBody) -> None:
    started, start = context.now(), time.perf_counter()
    try:
        context.require_fit(report.flow)
        body(context, report)
    except Exception as error:
        report.seconds = time.perf_counter() - start
        try:
            _log(context, report, started, f"{type(error).__name__}: {error}")
        except SQLAlchemyError as second:
            # The first error is the one to be seen; most likely it is the cause of this one, too.
            error.add_note(f"and the run could not be logged: {second}")
        raise
    report.seconds = time.perf_counter() - start
    _log(context, report, started, None)


def _log(context: FlowContext, report: FlowReport, started: datetime, error: str | None) -> None:
    record = RunRecord(
        store_id=context.store_id,
        flow=report.flow,
        run_id=context.run_id,
        started=started,
        ended=context.now(),
        read=report.read,
        created=report.created,
        updated=report.updated,
        skipped=report.unchanged + report.waiting,
        failed=len(report.refused),
        report_json=json.dumps(report.to_log(), ensure_ascii=False),
        error=error,
    )
    zone = context.settings.store.zone
    in_transaction(context.engine, lambda connection: write_run(connection, record, zone))
