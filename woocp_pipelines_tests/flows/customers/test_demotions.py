"""A tier that people have set back is a decision: the role follows, however late."""

import pytest

from woocp_pipelines.counterpoint.tables import AR_CUST, USER_CUSTOMER_MAP
from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.customer_world import change, rows, seed_codes, user
from woocp_pipelines_tests.push_world import PASSWORD, PushShop, refusals

FAILURES = ["no password", "wrong password", "maintenance", "server_error"]
ROLES = "/wp/v2/users"


@pytest.fixture
def shop(engine, tmp_path):
    seed_codes(engine)
    made = PushShop(engine, tmp_path)
    with made.server:
        yield made
    made.state.close()


def demoted(shop, *roles):
    """A customer whom the sync has made and people have given TIER2, and RETAIL again."""
    shop.state.add_customer(
        {**user(74, email="trade@x.test"), "role": roles[0], "_roles": list(roles)}
    )
    shop.sync()
    change(shop.engine, AR_CUST, "CUST_NO", "00100", PROF_COD_1="TIER2")
    shop.sync()
    assert "tier_2_customers" in shop.roles(74)
    change(shop.engine, AR_CUST, "CUST_NO", "00100", PROF_COD_1="RETAIL")


def fail(shop, how):
    """A run that cannot write roles; its report, or None where it fails as a whole."""
    if how in {"maintenance", "server_error"}:
        shop.server.faults.add(Fault(how, path=ROLES, times=50))
    passwords = {"no password": None, "wrong password": "wrong"}
    try:
        return shop.sync(password=passwords.get(how, PASSWORD))
    except StoreError:
        return None
    finally:
        shop.server.faults.clear()


@pytest.mark.parametrize("roles", [["customer"], ["newsletter", "customer"]])
@pytest.mark.parametrize("how", FAILURES)
def test_a_role_that_could_not_be_taken_is_taken_by_the_next_run_that_can(shop, how, roles):
    demoted(shop, *roles)
    for _ in range(2):
        fail(shop, how)
        assert "TIER_NOT_CONFIRMED" not in shop.letters().values()
        assert "tier_2_customers" in shop.roles(74)
    assert shop.meta(74)["cp_tier"] == "RETAIL"
    report = shop.sync()
    assert (refusals(report), report.facts["user_roles_written"]) == ({}, 1)
    assert set(shop.roles(74)) == set(roles)
    assert shop.letters() == {}


def test_without_a_password_the_role_is_told_as_not_done_each_run(shop):
    demoted(shop, "customer")
    for _ in range(3):
        report = shop.sync(password=None)
        assert (report.facts["user_roles_not_done"], refusals(report)) == (1, {})
        assert "WOOCP_WP_APP_PASSWORD" in str(report.facts["user_roles"])


def test_a_decision_is_remembered_where_the_store_holds_no_meta(shop):
    demoted(shop, "customer")
    record = shop.state.find("customer", 74)
    shop.state.save("customer", {**record, "meta_data": []})
    plan, done = shop.sync(mode="plan"), shop.sync()
    assert refusals(plan) == refusals(done) == {}
    assert plan.facts["user_roles_written"] == done.facts["user_roles_written"] == 1
    assert shop.roles(74) == ["customer"]


def test_a_decision_is_dated_once(shop):
    demoted(shop, "customer")
    (mapped,) = rows(shop.engine, USER_CUSTOMER_MAP)
    assert mapped["TIER_DECIDED_GMT"] == shop.now
    decided = shop.now
    shop.now = shop.now.replace(hour=23)
    shop.sync()
    change(shop.engine, AR_CUST, "CUST_NO", "00100", PROF_COD_1="TIER3")
    shop.sync()
    (mapped,) = rows(shop.engine, USER_CUSTOMER_MAP)
    assert mapped["TIER_DECIDED_GMT"] == decided


def test_roles_that_were_done_need_no_look_at_everybody_in_the_next_run(shop):
    demoted(shop, "customer")
    shop.sync()
    shop.sync()
    assert shop.requests() == [("GET", "/wp-json/wc/v3/customers")]
