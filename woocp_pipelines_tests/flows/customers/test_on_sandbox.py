"""The customer sync over the sandbox's invented retailer, against its independent expectations."""

import pytest
from sqlalchemy import select, true

from woocp_pipelines.counterpoint.customers import resolve_customer
from woocp_pipelines.counterpoint.tables import AR_CUST, USER_CUSTOMER_MAP
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines_tests.customer_world import NOW


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """The sandbox after the customer sync, then each booked order's customer."""
    with open_sandbox(tmp_path_factory.mktemp("home"), items=200) as sandbox, sandbox.start_store():
        context = open_context(sandbox.settings)
        report = sync_customers(context)
        orders = {raw["id"]: raw for raw in sandbox.state.rows("order")}
        booked_on = {
            expected.order_id: resolve_customer(
                sandbox.engine, context.settings, order_customer(orders[expected.order_id]), NOW
            )
            for expected in sandbox.expected.of("booked")
        }
        # Customers whom their orders have created are known to the store after one more run.
        sync_customers(context)
        again = sync_customers(context)
        context.store.close()
        yield sandbox, report, booked_on, again


def test_every_account_becomes_what_the_retailer_expects(synced):
    sandbox, _, _, again = synced
    refused = {item.key: item.problem.code for item in again.refused}
    statement = select(USER_CUSTOMER_MAP).where(USER_CUSTOMER_MAP.c.IS_ACTIVE == true())
    with sandbox.engine.connect() as connection:
        mapped = {row.WOO_USER_ID: row.CUST_NO for row in connection.execute(statement)}
    for user_id, account in sandbox.expected.accounts.items():
        assert refused.get(str(user_id)) == account.code, account
        known = account.outcome not in {"refused", "staff"}
        assert (user_id in mapped) == known, account
        if account.cust_no and known:
            assert mapped[user_id] == account.cust_no, account


def test_every_booked_order_finds_its_customer(synced):
    sandbox, _, booked_on, _ = synced
    columns = (AR_CUST.c.CUST_NO, AR_CUST.c.EMAIL_ADRS_1)
    with sandbox.engine.connect() as connection:
        emails = {row.CUST_NO: row.EMAIL_ADRS_1 for row in connection.execute(select(*columns))}
    assert booked_on
    for expected in sandbox.expected.of("booked"):
        cust_no = booked_on[expected.order_id]
        if expected.customer:
            assert cust_no == expected.customer, expected
        else:
            assert emails[cust_no] == expected.email, expected


def test_a_second_sync_writes_nothing(synced):
    _, first, _, again = synced
    assert first.written > 0
    assert again.written == 0
