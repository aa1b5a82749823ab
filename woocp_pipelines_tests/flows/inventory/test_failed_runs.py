"""What health counts of an inventory run that fails: the order sync inside is no second failure."""

import pytest

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.health import read_failed_runs
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.rules.health import sync_findings
from woocp_pipelines.rules.health_facts import SyncFacts
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError


@pytest.fixture
def refused(shop):
    """The shop no longer takes woocp's key."""
    shop.client = StoreClient(shop.server.url, "ck_none", "cs_none")
    return shop


def failed_runs(shop):
    flows, now = ("orders", "inventory"), shop.clock()
    with reading(shop.engine) as connection:
        failed = read_failed_runs(connection, "main", flows, now)
    facts = SyncFacts(now=now, planned=frozenset(), failed_runs=failed)
    return next(each for each in sync_findings(facts) if each.check == "failed_runs")


def test_one_failing_run_is_one_failed_run_whatever_it_started_itself(refused):
    for number in (1, 2):
        with pytest.raises(StoreError):
            refused.sync(pull=pull_orders)
        found = failed_runs(refused)
        assert found.found == f"{number} in the last hour"
        assert [each.partition(":")[0] for each in found.records] == ["inventory"] * number
    with pytest.raises(StoreError):
        pull_orders(refused.context())
    assert failed_runs(refused).found == "3 in the last hour"
