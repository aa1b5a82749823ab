"""The list of rights is what the code does, no less; and the script says it to SQL Server."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.reading import read_facts
from woocp_pipelines.counterpoint.rights import RETAILERS, ROLES, grant_script, rights_of
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.flows.documents import create_documents
from woocp_pipelines.flows.fulfilment import sync_fulfilment
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.orders import pull_orders
from woocp_pipelines.flows.outbox import notify_store
from woocp_pipelines.flows.reconciliation import reconcile_day
from woocp_pipelines.flows.retention import keep_no_longer
from woocp_pipelines.rules.doctor.flows_of_tables import flows_of_rights
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines.sandbox.schema import vendor_tables

_TABLE = re.compile(r"\b([A-Z]{2,4}_[A-Z0-9_]+)\b")
_WRITES = {
    "INSERT": re.compile(r"^INSERT INTO \W?(\w+)"),
    "UPDATE": re.compile(r"^UPDATE \W?(\w+)"),
    "DELETE": re.compile(r"^DELETE FROM \W?(\w+)"),
}


class Deeds:
    """What was done to which table, as the statements say."""

    def __init__(self, engine):
        self.done = set()
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, text, *_):
        tables = set(vendor_tables()) | set(METADATA.tables)
        for right, pattern in _WRITES.items():
            if found := pattern.match(text):
                self.done.add((found[1], right))
        self.done |= {(name, "SELECT") for name in set(_TABLE.findall(text)) & tables}


def pairs(role):
    return {(name, right) for name, rights in rights_of(role).items() for right in rights}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    home = tmp_path_factory.mktemp("rights")
    with open_sandbox(home, items=185) as opened, opened.start_store():
        yield opened


def test_whatever_the_syncs_do_is_on_their_list(sandbox):
    context = open_context(sandbox.settings)
    deeds = Deeds(context.engine)
    flows = {
        "customers": sync_customers,
        "orders": pull_orders,
        "documents": create_documents,
        "outbox": notify_store,
        "inventory": sync_inventory,
        "fulfilment": sync_fulfilment,
    }
    all_done = set()
    outcomes = []
    for name, flow in flows.items():
        deeds.done.clear()
        outcomes.append(flow(context).outcome)
        all_done |= deeds.done
        # Its gate reads on behalf of all flows.
        writes = {(table, right) for table, right in deeds.done if right != "SELECT"}
        assert {each for each in writes if name not in flows_of_rights(each[0], each[1:])} == set()
    # A hundred years from now all that is kept is too old.
    context.store.delete("customers/16", {"force": "true"})
    later = replace(context, clock=lambda: datetime.now(UTC) + timedelta(days=36_500))
    report = keep_no_longer(later)
    assert report.counts["raw_orders_emptied"]
    assert report.counts["customers_emptied"]
    assert report.accounts.user_ids == [16]
    reconcile_day(context, datetime.now(UTC).date() - timedelta(days=3))
    context.store.close()
    context.engine.dispose()
    assert outcomes == ["done"] * len(flows)
    all_done |= deeds.done
    assert ("PS_DOC_HDR", "INSERT") in all_done
    assert all_done <= pairs("syncs")


def test_whatever_the_pricing_service_reads_is_on_its_list(sandbox):
    deeds = Deeds(sandbox.engine)
    with reading(sandbox.engine) as connection:
        read_facts(connection, time_zone="America/New_York", read_at=datetime.now(UTC))
    assert deeds.done <= pairs("pricing")
    assert {right for _, right in pairs("pricing")} == {"SELECT"}


def test_no_role_has_a_right_on_a_table_that_nobody_knows():
    known = {*vendor_tables(), *METADATA.tables, *RETAILERS, "USER_WOOCP_VERSION"}
    for role in ROLES:
        assert set(rights_of(role)) <= known, role


def test_the_doctor_reads_all_that_the_syncs_touch_and_writes_nothing():
    assert pairs("doctor") == {(name, "SELECT") for name in rights_of("syncs")}


def test_nobody_may_delete_but_lines_of_edited_orders_and_old_rows_of_the_log():
    deleted = {name for role in ROLES for name, right in pairs(role) if right == "DELETE"}
    assert deleted == {"USER_ORDER_STAGING_LIN", "USER_SYNC_LOG"}


def test_the_script_can_be_run_before_the_upgrade_and_again():
    lines = grant_script("syncs")
    assert "IF DATABASE_PRINCIPAL_ID('woocp_syncs') IS NULL CREATE ROLE [woocp_syncs];" in lines
    assert "GRANT SELECT, UPDATE ON OBJECT::[dbo].[IM_INV] TO [woocp_syncs];" in lines
    for line in lines:
        if "[USER_" in line:
            assert line.startswith("IF OBJECT_ID(N'dbo.USER_")
    assert not [line for line in grant_script("pricing") if "INSERT" in line or "VIEW" in line]
