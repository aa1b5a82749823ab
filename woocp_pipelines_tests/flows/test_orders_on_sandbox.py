"""All order flows over the sandbox's invented retailer, with a store that fails in between."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import (
    IM_INV,
    PS_DOC_HDR,
    PS_DOC_LIN,
    USER_ORDER_STAGING,
    USER_STORE_OUTBOX,
)
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines.sandbox.outcome import differences
from woocp_pipelines.sandbox.retailer.codes import STATION
from woocp_pipelines.sandbox.store import StoreServer
from woocp_pipelines.sandbox.store.faults import Fault
from woocp_pipelines.settings_loading import SANDBOX_KEY, SANDBOX_SECRET, sandbox_connections
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """The flows as schedules run them, each step failing once before it goes through."""
    home = tmp_path_factory.mktemp("home")
    with open_sandbox(home, items=200) as sandbox, StoreServer(sandbox.state) as server:
        connections = sandbox_connections(sandbox.home, server.url)
        settings = sandbox.settings.model_copy(update={"connections": connections})
        hasty = StoreClient(
            server.url, SANDBOX_KEY, SANDBOX_SECRET, sleep=lambda _: None, attempts=2
        )
        context = replace(open_context(settings), store=hasty)
        committed = committed_stock(sandbox.engine)
        sync_customers(context)
        server.faults.add(Fault("maintenance", path="/orders$", after=1, times=2))
        with pytest.raises(StoreError):
            pull_orders(context)
        assert create_documents(context).created > 0
        pull_orders(context)
        create_documents(context)
        server.faults.add(Fault("cut_after_write", method="POST", path="/notes", times=3))
        notify_store(context)
        pull_orders(context)
        sync_inventory(context)
        sync_customers(context)
        yield sandbox, context, committed
        hasty.close()
        context.engine.dispose()


def committed_stock(engine):
    with reading(engine) as connection:
        rows = connection.execute(select(IM_INV.c.ITEM_NO, IM_INV.c.LOC_ID, IM_INV.c.QTY_COMMIT))
        return {(row.ITEM_NO, row.LOC_ID): row.QTY_COMMIT for row in rows}


def test_the_outcome_is_the_retailers_own_statement(synced):
    sandbox, *_ = synced
    assert differences(sandbox) == []


def test_another_round_changes_nothing(synced):
    _, context, *_ = synced
    assert (pull_orders(context).written, create_documents(context).written) == (0, 0)
    assert notify_store(context).written == 0


def test_commitments_rose_by_what_was_booked_and_by_nothing_else(synced):
    sandbox, _, before = synced
    sold: Counter[tuple[str, str]] = Counter()
    with reading(sandbox.engine) as connection:
        lines = connection.execute(
            select(PS_DOC_LIN)
            .join_from(PS_DOC_LIN, PS_DOC_HDR, PS_DOC_LIN.c.DOC_ID == PS_DOC_HDR.c.DOC_ID)
            .where(PS_DOC_HDR.c.STA_ID == STATION, PS_DOC_LIN.c.LIN_TYP == "O")
            .where(PS_DOC_LIN.c.ITEM_TYP == "I")
        )
        for line in lines:
            quantity = line.QTY_SOLD * line.QTY_NUMER / line.QTY_DENOM
            sold[line.ITEM_NO, line.STK_LOC_ID] += quantity  # type: ignore[assignment]
    after = committed_stock(sandbox.engine)
    assert set(after) == set(before)
    rose = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    assert rose == {key: Decimal(value) for key, value in sold.items()}


def test_every_booked_order_carries_exactly_one_note(synced):
    sandbox, *_ = synced
    with reading(sandbox.engine) as connection:
        booked = set(
            connection.execute(
                select(USER_ORDER_STAGING.c.WOO_ORDER_ID).where(
                    USER_ORDER_STAGING.c.STATUS == "BOOKED"
                )
            ).scalars()
        )
        open_messages = connection.execute(
            select(func.count())
            .select_from(USER_STORE_OUTBOX)
            .where(USER_STORE_OUTBOX.c.STATUS != "SENT")
        ).scalar_one()
    notes = Counter(
        note["_order_id"]
        for note in sandbox.state.rows("note")
        if note["note"].startswith("Order created in CounterPoint")
    )
    assert open_messages == 0
    assert notes == Counter(dict.fromkeys(booked, 1))
