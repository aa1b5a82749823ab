"""Sandboxes that begin where another one stands: seeding and booking take long, copying does not.

Belongs here: copies and how far the one they are made of has come. Does not: assertions.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from woocp_pipelines.flows.context import FlowContext, open_context
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.sandbox.opening import Sandbox, open_sandbox


@contextmanager
def copy_of(other: Path, home: Path) -> Iterator[Sandbox]:
    """A sandbox of its own in the new folder `home`, as the other one stands; its store serves."""
    shutil.copytree(other, home)
    with open_sandbox(home) as sandbox, sandbox.start_store():
        yield sandbox


@contextmanager
def context_of(sandbox: Sandbox) -> Iterator[FlowContext]:
    """What flows work with, on a sandbox whose store serves."""
    context = open_context(sandbox.settings)
    with closing(context.store):
        yield context
    context.engine.dispose()


def make_booked(seeded: Path, home: Path) -> Path:
    """A copy whose orders are staged and, as far as they can be, booked; the store was told."""
    with copy_of(seeded, home) as sandbox, context_of(sandbox) as context:
        pull_orders(context)
        create_documents(context)
        notify_store(context)
    return home
