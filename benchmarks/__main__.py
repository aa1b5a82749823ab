"""`make bench`: the order path against its floors, on a fresh sandbox.

Staging: the same pages read by the bare client. Booking: the same statements, with the same
parameters, run by the bare driver. A ratio of 1.0 would be no cost of our own at all.
"""

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from woocp_pipelines.flows.context import FlowContext, open_context
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.rules.clock import store_day_bounds
from woocp_pipelines.sandbox.opening import DATABASE_FILE, open_sandbox
from woocp_pipelines.woocommerce.orders import read_orders_modified

Statement = tuple[str, Any]


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_pages(context: FlowContext) -> int:
    """The floor of staging: every page of orders read and thrown away."""
    start = context.settings.orders.start_date
    if start is None:
        raise ValueError("the sandbox has a start date")
    after = store_day_bounds(start, context.settings.store.zone)[0] - timedelta(seconds=1)
    return sum(len(page) for page in read_orders_modified(context.store, modified_after=after))


def run_bare(database: Path, statements: list[Statement]) -> None:
    """The floor of booking: what was sent to the database, sent again by the driver alone."""
    connection = sqlite3.connect(database, isolation_level=None)
    for text, parameters in statements:
        # A connection that only read is closed without an event; its transaction ends here.
        if connection.in_transaction and text.startswith("BEGIN"):
            connection.execute("ROLLBACK")
        if connection.in_transaction or text not in ("COMMIT", "ROLLBACK"):
            connection.execute(text, parameters)
    connection.close()


def watch(context: FlowContext) -> list[Statement]:
    """Collect every statement that the engine sends, transactions included."""
    sent: list[Statement] = []

    def note(_c: Any, _cursor: Any, text: str, parameters: Any, *_rest: Any) -> None:
        sent.append((text, parameters))

    event.listen(context.engine, "before_cursor_execute", note)
    event.listen(context.engine, "commit", lambda _: sent.append(("COMMIT", ())))
    event.listen(context.engine, "rollback", lambda _: sent.append(("ROLLBACK", ())))
    return sent


def show(what: str, count: int, ours: float, floor: float) -> None:
    """One line for each measurement."""
    rate = count / ours
    print(
        f"{what}: {count} in {ours:.2f} s ({rate:.0f}/s), floor {floor:.2f} s: {ours / floor:.1f}x"
    )


def measure(context: FlowContext, database: Path) -> None:
    """Stage and book everything there is, each step against its floor."""
    floor = seconds(lambda: read_pages(context))
    reports: list[FlowReport] = []
    ours = seconds(lambda: reports.append(pull_orders(context)))
    show("orders staged", reports[-1].read, ours, floor)
    copy = database.with_name("floor.db")
    shutil.copyfile(database, copy)
    sent = watch(context)
    ours = seconds(lambda: reports.append(create_documents(context)))
    floor = seconds(lambda: run_bare(copy, sent))
    show("orders booked", reports[-1].created, ours, floor)
    print(f"statements: {len(sent)} for {reports[-1].created} bookings")


def main() -> None:
    """Measure on a fresh sandbox and print the ratios."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_sandbox(Path(folder)) as sandbox,
        sandbox.start_store(),
    ):
        context = open_context(sandbox.settings)
        measure(context, sandbox.folder / DATABASE_FILE)
        context.store.close()
        context.engine.dispose()


if __name__ == "__main__":
    main()
