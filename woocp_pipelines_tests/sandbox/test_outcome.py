"""All syncs over the fresh sandbox give what the retailer says, and every fault would show."""

import pytest
from sqlalchemy import delete, update

from woocp_pipelines.counterpoint.tables import PS_DOC_HDR, PS_DOC_HDR_TOT, PS_DOC_LIN
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines.sandbox.outcome import differences


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """A sandbox after a whole round; the customers once more, for whom orders have brought in."""
    with open_sandbox(tmp_path_factory.mktemp("home")) as sandbox, sandbox.start_store():
        context = open_context(sandbox.settings)
        flows = (sync_customers, pull_orders, create_documents, sync_inventory, sync_customers)
        for flow in flows:
            assert flow(context).outcome == "done"
        yield sandbox


def test_a_fresh_sandbox_differs_everywhere(tmp_path):
    with open_sandbox(tmp_path) as sandbox:
        found = differences(sandbox)
        wanted = len(sandbox.expected.of("booked")) * 2
    assert sum(text.startswith("order") for text in found) >= wanted
    assert any(text.startswith("account") for text in found)
    assert any("stock is" in text for text in found)


def test_all_syncs_together_give_what_the_retailer_expects(synced):
    assert differences(synced) == []


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (update(PS_DOC_HDR_TOT).values(TOT=1), "total is 1.00"),
        (
            update(PS_DOC_HDR).where(PS_DOC_HDR.c.STA_ID == "109").values(CUST_NO="40001"),
            "customer",
        ),
        (delete(PS_DOC_LIN), "lines is []"),
        (
            update(PS_DOC_HDR).where(PS_DOC_HDR.c.DOC_TYP == "T").values(REF="x"),
            "documents is (1, 0)",
        ),
        (update(PS_DOC_HDR).where(PS_DOC_HDR.c.STA_ID == "102").values(STA_ID="109"), "must not"),
    ],
)
def test_a_wrong_document_is_named(synced, damage, named):
    with synced.engine.connect() as connection:
        connection.execute(damage)
        found = differences(synced, connection)
        connection.rollback()
    assert any(named in text for text in found)
