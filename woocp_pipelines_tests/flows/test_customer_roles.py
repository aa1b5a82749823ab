"""Users get the role of their tier: exactly one, all others kept, refusals said once."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP, USER_DEAD_LETTER
from woocp_pipelines.sandbox.store import Fault, add_application_password
from woocp_pipelines.sandbox.store.users import add_roles
from woocp_pipelines_tests.customer_world import known_customer, rows, seed_codes
from woocp_pipelines_tests.push_world import PASSWORD, PushShop, refusals


@pytest.fixture
def shop(engine, tmp_path):
    seed_codes(engine)
    made = PushShop(engine, tmp_path)
    with made.server:
        yield made
    made.state.close()


def test_without_an_application_password_roles_are_counted_and_said_in_one_line(shop):
    for user_id in (5, 6, 7):
        shop.add(user_id, "TIER1")
    shop.add(8, "RETAIL")
    report = shop.sync(password=None)
    assert report.facts["user_roles_not_done"] == 3
    assert "WOOCP_WP_APP_PASSWORD" in str(report.facts["user_roles"])
    assert (shop.roles(5), shop.letters(), refusals(report)) == (["customer"], {}, {})
    assert shop.meta(5)["cp_tier"] == "TIER1"
    assert not [path for _, path in shop.requests() if "/wp/v2/" in path]
    again = shop.sync()
    assert (shop.roles(5), again.facts["user_roles_written"]) == (["tier_1_customers"], 3)
    assert "user_roles" not in again.facts


def test_staff_keep_their_role_and_an_administrator_needs_none_of_a_customer(shop):
    shop.add(5, "TIER1", "shop_manager")
    shop.add(6, "TIER2", "administrator", "tier_1_customers")
    shop.add(7, "RETAIL", "administrator")
    shop.sync()
    assert shop.roles(5) == ["shop_manager", "tier_1_customers"]
    assert shop.roles(6) == ["administrator", "tier_2_customers"]
    assert shop.roles(7) == ["administrator"]
    shop.sync()
    assert shop.requests() == [("GET", "/wp-json/wc/v3/customers")]
    shop.set_customer(5, PROF_COD_1="TIER3")
    shop.sync()
    assert shop.roles(5) == ["shop_manager", "tier_3_customers"]


def test_a_second_tier_that_the_list_does_not_show_is_found_once_a_week(shop):
    shop.add(5, "TIER1")
    shop.sync()
    record = shop.state.find("customer", 5)
    shop.state.save("customer", {**record, "_roles": ["tier_1_customers", "tier_2_customers"]})
    shop.now += timedelta(days=6)
    assert shop.sync().written == 0
    shop.now += timedelta(days=1)
    assert shop.sync().facts["user_roles_written"] == 1
    assert shop.roles(5) == ["tier_1_customers"]


def test_users_of_nobody_in_counterpoint_keep_their_tier(shop):
    shop.add_user(5, "tier_1_customers", "tier_2_customers")
    shop.add(6, "TIER1")
    shop.sync()
    assert (shop.roles(5), shop.meta(5)) == (["tier_1_customers", "tier_2_customers"], {})


def test_an_unknown_tier_is_one_letter_however_many_have_it_and_they_are_customers(shop):
    for user_id in (5, 6, 7, 8):
        shop.add(user_id, "MYSTERY", "tier_1_customers")
    report = shop.sync()
    assert refusals(report) == shop.letters() == {"tier MYSTERY": "UNKNOWN_TIER"}
    assert (shop.roles(5), shop.meta(5)["cp_tier"]) == (["customer"], "MYSTERY")
    tiers = {"MYSTERY": {"role": "tier_1_customers"}}
    assert refusals(shop.sync(tiers=tiers)) == {}
    assert (shop.letters(), shop.roles(8)) == ({}, ["tier_1_customers"])


def test_a_role_that_the_site_lacks_is_named_once_and_the_others_go_on(shop):
    for user_id in (5, 6, 7):
        shop.add(user_id, "TIER5")
    shop.add(8, "TIER1")
    report = shop.sync()
    assert refusals(report) == shop.letters() == {"role tier_5_customers": "ROLE_MISSING"}
    (problem,) = (one.problem for one in report.refused)
    assert "tier_5_customers" in problem.found
    assert "00005, 00006, 00007" in problem.found
    posts = [path for method, path in shop.requests() if method == "POST" and "users" in path]
    assert len(posts) == 2
    assert shop.roles(8) == ["tier_1_customers"]
    add_roles(shop.state, ["tier_5_customers"])
    shop.now += timedelta(hours=24)
    assert refusals(shop.sync()) == {}
    assert (shop.letters(), shop.roles(7)) == ({}, ["tier_5_customers"])


@pytest.mark.parametrize("password", ["wrong", "mabels"])
def test_a_login_that_may_not_is_one_letter_and_closes_by_itself(shop, password):
    add_application_password(shop.state, "boss", "mabels" if password == "mabels" else PASSWORD)
    if password == "mabels":
        record = shop.state.find("customer", 1)
        shop.state.save("customer", {**record, "role": "shop_manager", "_roles": ["shop_manager"]})
    for user_id in (5, 6):
        shop.add(user_id, "TIER1")
    report = shop.sync(password=password)
    assert refusals(report) == shop.letters() == {"WordPress login": "ROLES_NOT_ALLOWED"}
    assert report.facts["user_roles_not_done"] == 2
    assert shop.meta(5)["cp_tier"] == "TIER1"
    record = shop.state.find("customer", 1)
    shop.state.save("customer", {**record, "role": "administrator", "_roles": ["administrator"]})
    add_application_password(shop.state, "boss", PASSWORD)
    assert refusals(shop.sync()) == {}
    assert (shop.letters(), shop.roles(6)) == ({}, ["tier_1_customers"])


def test_nobody_edits_his_own_roles_and_that_is_said_of_him_alone(shop):
    known_customer(shop.engine, "00001", PROF_COD_1="TIER1")
    with writing(shop.engine) as connection:
        row = {"CUST_NO": "00001", "WOO_USER_ID": 1, "IS_ACTIVE": True}
        connection.execute(insert(USER_CUSTOMER_MAP).values(**row))
    shop.add(5, "TIER1")
    report = shop.sync()
    assert refusals(report) == shop.letters() == {"user 1 roles": "rest_user_invalid_role"}
    assert shop.roles(5) == ["tier_1_customers"]
    assert refusals(shop.sync()) == {"user 1 roles": "rest_user_invalid_role"}


def test_a_user_who_cannot_be_saved_is_a_letter_that_closes_when_it_passes(shop):
    shop.add(5, "TIER1")
    shop.add(6, "TIER1")
    shop.sync()
    for user_id in (5, 6):
        shop.set_customer(user_id, PROF_COD_1="TIER2")
    shop.server.faults.add(Fault("fatal", path="/users/5", times=1))
    report = shop.sync()
    assert refusals(report) == shop.letters() == {"user 5 roles": "internal_server_error"}
    (letter,) = (row for row in rows(shop.engine, USER_DEAD_LETTER) if row["RECORD_KEY"] != "1")
    assert (letter["KIND"], letter["FLOW"]) == ("customer", "customers")
    assert (letter["WOO_CUSTOMER_ID"], letter["CUST_NO"]) == (5, "00005")
    assert letter["RETRYABLE"]
    assert shop.roles(6) == ["tier_2_customers"]
    assert refusals(shop.sync()) == {}
    assert (shop.roles(5), shop.letters()) == (["tier_2_customers"], {})


def test_a_missing_role_is_not_asked_for_again_until_something_changed_or_a_day_is_over(shop):
    for user_id in (5, 6):
        shop.add(user_id, "TIER5")
    first = shop.sync()

    def tries(report):
        assert refusals(report) == shop.letters() == {"role tier_5_customers": "ROLE_MISSING"}
        return len([path for _, path in shop.requests() if "/users/" in path])

    assert tries(first) == 1
    assert tries(shop.sync(mode="plan")) == 0
    again = shop.sync()
    assert tries(again) == 0
    assert again.refused[0].problem.found == first.refused[0].problem.found
    shop.set_customer(6, PROF_COD_1="RETAIL")
    assert tries(shop.sync()) == 1
    assert tries(shop.sync()) == 0
    shop.now += timedelta(hours=23)
    assert tries(shop.sync()) == 1
    (letter,) = rows(shop.engine, USER_DEAD_LETTER)
    assert (letter["ATTEMPTS"], letter["LAST_SEEN_GMT"]) == (5, shop.now)


def test_a_plan_promises_no_role_that_the_site_is_known_to_lack(shop):
    shop.add(5, "TIER5")
    assert shop.sync(mode="plan").facts["user_roles_written"] == 1
    shop.sync()
    assert shop.sync(mode="plan").facts["user_roles_written"] == 0
