"""The process that is killed: one whole run of the order path, in the order of the schedules.

A job may name other flows, such as the fulfilment.

`python -m woocp_pipelines_tests.crash.worker DATABASE_URL` reads jobs from standard input, one
JSON object per line, and forks a process for each, so that a run does not pay for the start of an
interpreter. The forked process opens its own connections, works, and at the chosen point kills
itself by SIGKILL: nothing of it can clean up. The answer to a job is a line with its exit status.

Belongs here: the run. Does not: worlds, stores and what must come out.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from woocp_pipelines.counterpoint.engine import open_engine
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.fulfilment import sync_fulfilment
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.crash.points import Points
from woocp_pipelines_tests.customer_world import KEY, SECRET
from woocp_pipelines_tests.worked_example import example_settings

_FLOWS = {
    "orders": pull_orders,
    "documents": create_documents,
    "outbox": notify_store,
    "fulfilment": sync_fulfilment,
}
_ORDER_PATH = ("orders", "documents", "outbox")
FAILED = 1


def run(engine: Engine, job: dict[str, Any], *, watched: bool = True) -> None:
    """Pull, book, notify, or the job's own flows; dies at point `kill_at`.

    Writes to the file `told`: the names of all points passed, and the flows' reports; or the
    name of the point at which it dies.
    """
    told, names = Path(job["told"]), []

    def reached(number: int, name: str) -> None:
        names.append(name)
        if number == job["kill_at"]:
            told.write_text(json.dumps({"points": [name], "reports": []}))
            os.kill(os.getpid(), signal.SIGKILL)

    points = Points(reached)
    store = StoreClient(job["store"], KEY, SECRET)
    if watched:
        points.watch_database(engine)
        points.watch_requests(store._session())
    context = FlowContext(example_settings(job["store"]), engine, store, run_id=job["run"])
    reports = []
    for name in job.get("flows", _ORDER_PATH):
        points.flow = name
        reports.append(_FLOWS[name](context).to_json())
    told.write_text(json.dumps({"points": names, "reports": reports}, default=str))


def main() -> None:
    """Serve jobs until standard input ends. A job to warm up runs here and is not watched.

    The engine is shared with the forked processes for its compiled statements; it keeps no
    connection, so they inherit none.
    """
    engine = open_engine(sys.argv[1])
    for text in sys.stdin:
        job = json.loads(text)
        status = _guarded(engine, job) if job["warm_up"] else _forked(engine, job)
        engine.dispose()
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _forked(engine: Engine, job: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        os._exit(_guarded(engine, job))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _guarded(engine: Engine, job: dict[str, Any]) -> int:
    try:
        run(engine, job, watched=not job["warm_up"])
    except BaseException:  # noqa: BLE001 - a process's last frame; the harness must see everything
        Path(job["told"]).write_text(traceback.format_exc())
        return FAILED
    return 0


if __name__ == "__main__":
    main()
