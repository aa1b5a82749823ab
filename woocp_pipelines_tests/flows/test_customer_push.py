"""The store learns who its customers are: meta, plans, costs and what goes wrong."""

import pytest
from sqlalchemy import event, insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.flows.customer_push import push_part
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.sandbox.schema import (
    create_retailer_tables,
    create_vendor_tables,
    retailer_tables,
)
from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.settings_loading import SettingsError
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.customer_world import known_customer, seed_codes, user
from woocp_pipelines_tests.push_world import PushShop, refusals


@pytest.fixture
def shop(engine, tmp_path):
    seed_codes(engine)
    made = PushShop(engine, tmp_path)
    with made.server:
        yield made
    made.state.close()


@pytest.mark.cp_bug(42)
def test_a_customer_gets_number_tier_and_role_and_keeps_everything_else(shop):
    shop.add(5, "TIER2", "customer", "newsletter")
    before = shop.state.find("customer", 5)
    report = sync = shop.sync()
    assert shop.meta(5) == {
        "cp_cust_no": "00005",
        "cp_categ_cod": "WEB",
        "cp_prof_cod_1": "TIER2",
        "cp_tier": "TIER2",
    }
    assert shop.roles(5) == ["tier_2_customers", "newsletter"]
    after = shop.state.find("customer", 5)
    for name in ("email", "username", "first_name", "last_name", "billing", "shipping"):
        assert after[name] == before[name], name
    assert (sync.updated, report.facts["user_meta_written"]) == (1, 1)
    assert report.facts["user_roles_written"] == 1
    assert refusals(report) == {}


def test_an_idle_run_writes_nothing_and_asks_for_the_customer_list_only(shop):
    for user_id in range(5, 160):
        shop.add(user_id, "TIER1" if user_id % 2 else "RETAIL")
    assert shop.sync().facts["user_meta_written"] == 155
    again = shop.sync()
    assert (again.written, again.changes, refusals(again)) == (0, [], {})
    assert shop.requests() == [("GET", "/wp-json/wc/v3/customers")] * 2


def test_the_first_run_costs_batches_and_a_role_each(shop):
    for user_id in range(5, 125):
        shop.add(user_id, "TIER1" if user_id < 15 else "RETAIL")
    shop.sync()
    made = shop.requests()
    assert made.count(("POST", "/wp-json/wc/v3/customers/batch")) == 3
    assert len([one for one in made if one[1].startswith("/wp-json/wp/v2/users/")]) == 10
    # Two pages of the list, one look for tiers' roles, one at those who differ.
    assert len([one for one in made if one[0] == "GET"]) == 4


def test_a_plan_shows_before_and_after_and_writes_nothing(shop):
    shop.add(5, "TIER2", "tier_1_customers", "newsletter")
    shop.sync(password=None)
    shop.set_customer(5, PROF_COD_1="TIER3")
    state = shop.state.find("customer", 5)
    plan = shop.sync(mode="plan")
    changes = [(one.key, one.what, one.before, one.after) for one in plan.changes]
    assert changes == [
        (
            "5",
            "user meta",
            "cp_prof_cod_1 TIER2, cp_tier TIER2",
            "cp_prof_cod_1 TIER3, cp_tier TIER3",
        ),
        ("5", "user roles", "tier_1_customers, newsletter", "tier_3_customers, newsletter"),
    ]
    assert (plan.updated, plan.unchanged, plan.facts["staff_accounts_skipped"]) == (1, 1, 1)
    assert shop.state.find("customer", 5) == state
    assert {method for method, _ in shop.requests()} == {"GET"}
    done = shop.sync()
    assert [(one.key, one.what, one.before, one.after) for one in done.changes] == changes


def test_a_plan_shows_what_new_customers_would_be_told(shop):
    known_customer(shop.engine, "00042", EMAIL_ADRS_1="known@x.test", PROF_COD_1="TIER1")
    shop.state.add_customer(user(6, email="known@x.test"))
    shop.state.add_customer(user(7, email="new@x.test"))
    plan, done = shop.sync(mode="plan"), shop.sync()
    told = [(one.key, one.what) for one in push_part(plan).changes]
    assert told == [("6", "user meta"), ("7", "user meta"), ("6", "user roles")]
    assert [(one.key, one.what) for one in push_part(done).changes] == told
    # The administrator has an account and nothing to do with customers.
    assert (plan.created, plan.updated, plan.unchanged) == (1, 1, 1)
    assert (done.created, done.updated, done.unchanged) == (1, 1, 1)
    assert shop.meta(7)["cp_cust_no"] == "00100"


def test_a_plan_works_before_the_database_was_upgraded(new_database, tmp_path):
    engine = new_database()
    create_vendor_tables(engine)
    seed_codes(engine)
    known_customer(engine, "00042", EMAIL_ADRS_1="known@x.test", PROF_COD_1="TIER1")
    shop = PushShop(engine, tmp_path)
    shop.state.add_customer(user(6, email="known@x.test"))
    with shop.server:
        plan = shop.sync(mode="plan")
    shop.state.close()
    assert [one.what for one in push_part(plan).changes] == ["user meta", "user roles"]


def test_a_plan_reads_the_retailer_s_own_map_before_the_upgrade(new_database, tmp_path):
    engine = new_database()
    create_vendor_tables(engine)
    create_retailer_tables(engine)
    seed_codes(engine)
    shop = PushShop(engine, tmp_path)
    shop.add_user(5)
    known_customer(engine, "00005", PROF_COD_1="TIER1")
    with writing(engine) as connection:
        row = {"CUST_NO": "00005", "WOO_USER_ID": 5, "MAPPING_SOURCE": "AUTO_STAGING"}
        connection.execute(insert(retailer_tables()["USER_CUSTOMER_MAP"]).values(**row))
    with shop.server:
        plan = shop.sync(mode="plan")
    shop.state.close()
    assert [one.what for one in push_part(plan).changes] == ["user meta", "user roles"]


def test_a_user_deleted_while_the_run_was_on_is_a_letter(shop):
    shop.add(5, "TIER1")
    shop.add(6, "TIER1")
    shop.sync()
    shop.set_customer(5, CATEG_COD="OTHER")
    shop.set_customer(6, CATEG_COD="OTHER")
    context = shop.context()

    def delete(connection, cursor, statement, *rest):
        if "AR_CUST" in statement and "IS_ECOMM_CUST" in statement:
            shop.state.remove("customer", 5)

    event.listen(shop.engine, "before_cursor_execute", delete)
    with context.store:
        report = sync_customers(context)
    assert refusals(report) == {"user 5 meta": "wc_user_invalid_id"}
    assert shop.meta(6)["cp_categ_cod"] == "OTHER"
    assert report.facts["users_gone_from_the_store"] == 0
    again = shop.sync()
    assert (refusals(again), again.facts["users_gone_from_the_store"]) == ({}, 1)
    assert shop.letters() == {}


def test_a_store_that_goes_away_fails_the_run_and_the_next_goes_on(shop):
    shop.add(5, "TIER1")
    shop.server.faults.add(Fault("maintenance", path="/customers/batch"))
    with pytest.raises(StoreError):
        shop.sync()
    assert shop.letters() == {}
    shop.server.faults.add(Fault("maintenance", path="/wp/v2/users"))
    with pytest.raises(StoreError):
        shop.sync()
    assert shop.meta(5)["cp_tier"] == "TIER1"
    assert shop.sync().facts["user_roles_written"] == 1


def test_a_timed_out_batch_that_was_done_is_no_harm(shop):
    shop.add(5, "TIER1")
    shop.server.faults.add(Fault("cut_after_write", path="/customers/batch"))
    with pytest.raises(StoreError):
        shop.sync()
    assert shop.sync().facts["user_meta_written"] == 0


def test_the_second_buyer_of_an_account_is_left_alone(shop):
    shop.add(5, "TIER1", EMAIL_ADRS_1="both@x.test")
    shop.state.add_customer(user(6, email="both@x.test"))
    report = shop.sync()
    assert refusals(report) == {"6": "CUSTOMER_ALREADY_MAPPED"}
    assert (shop.meta(6), shop.roles(6)) == ({}, ["customer"])
    assert shop.meta(5)["cp_cust_no"] == "00005"
    assert shop.letters() == {"6": "CUSTOMER_ALREADY_MAPPED"}


@pytest.mark.cp_bug(43)
def test_customers_without_a_user_are_counted_and_no_user_is_made(shop):
    shop.add(5, "TIER1")
    known_customer(shop.engine, "00077", PROF_COD_1="TIER1")
    known_customer(shop.engine, "00078", IS_ECOMM_CUST="N")
    report = shop.sync()
    assert report.facts["web_customers_without_user"] == 1
    assert report.facts["users_of_web_customers"] == 1
    assert len(shop.state.rows("customer")) == 2


def test_users_of_customers_off_the_web_are_left_alone_and_shown(shop):
    shop.add(5, "TIER1", "tier_3_customers", IS_ECOMM_CUST="N")
    shop.add(6, "TIER1")
    for mode in ("plan", None):
        report = shop.sync(mode=mode)
        assert (report.facts["users_off_the_web"], refusals(report), shop.letters()) == (1, {}, {})
        (row,) = report.tables["users_off_the_web_table"]
        assert (row["user"], row["cust_no"]) == ("5", "00005")
        assert "IS_ECOMM_CUST" in row["why"]
        assert "in Counterpoint" in row["next_step"]
        assert push_part(report).tables == report.tables
    assert (shop.meta(5), shop.roles(5)) == ({}, ["tier_3_customers"])
    shop.set_customer(5, IS_ECOMM_CUST="Y")
    report = shop.sync()
    assert (report.tables, shop.roles(5)) == ({}, ["tier_1_customers"])


def test_an_empty_tier_is_retail(shop):
    shop.add(5, None, "tier_1_customers")
    shop.sync()
    assert shop.meta(5) == {"cp_cust_no": "00005", "cp_categ_cod": "WEB", "cp_tier": "RETAIL"}
    assert shop.roles(5) == ["customer"]


def test_bookings_may_make_customers_while_the_store_is_told(shop):
    shop.add(5, "TIER1")
    context = shop.context()
    tried = []

    def book(connection, cursor, statement, *rest):
        if "AR_CUST" in statement and "IS_ECOMM_CUST" in statement and "INSERT" not in statement:
            with flow_lock(shop.engine, "customers"):
                tried.append(sync_customers(context).outcome)

    event.listen(shop.engine, "before_cursor_execute", book)
    with context.store:
        assert sync_customers(context).outcome == "done"
    assert tried == ["skipped"]


def test_the_bid_number_comes_from_the_column_that_the_settings_name(shop):
    shop.add(5, "RETAIL", EMAIL_ADRS_2="144319")
    shop.sync(bid_no_source="EMAIL_ADRS_2")
    assert shop.meta(5)["ncr_bid_no"] == "144319"
    shop.set_customer(5, EMAIL_ADRS_2=None)
    shop.sync(bid_no_source="EMAIL_ADRS_2")
    assert "ncr_bid_no" not in shop.meta(5)


def test_a_bid_number_of_a_shop_that_names_no_column_is_not_ours(shop):
    shop.add(5, "RETAIL")
    record = shop.state.find("customer", 5)
    record["meta_data"].append({"id": 900, "key": "ncr_bid_no", "value": "B99"})
    shop.state.save("customer", record)
    shop.sync()
    assert shop.meta(5)["ncr_bid_no"] == "B99"


def test_a_column_that_does_not_exist_stops_the_run_before_anything_is_read_or_written(shop):
    shop.add(5, "TIER1")
    with pytest.raises(SettingsError, match="bid_no_source"):
        shop.sync(bid_no_source="NCR_BID_NO")
    assert shop.requests() == []
    assert shop.meta(5) == {}


def test_five_thousand_users_cost_counterpoint_no_statement_each(shop):
    for user_id in range(5, 45):
        shop.add(user_id, "TIER1")
    seen = []
    event.listen(shop.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    shop.sync()
    few = len(seen)
    for user_id in range(45, 165):
        shop.add(user_id, "TIER1")
    shop.sync()
    seen.clear()
    shop.sync()
    assert len(seen) <= few


def test_the_part_of_the_report_is_about_users_only(shop):
    shop.add(5, "TIER1")
    shop.add(6, "MYSTERY")
    shop.state.add_customer(user(7, email="bot@x.test", company="", phone=""))
    report = shop.sync()
    part = push_part(report)
    assert (part.read, part.updated, part.unchanged, part.created) == (2, 2, 0, 0)
    assert refusals(part) == {"tier MYSTERY": "UNKNOWN_TIER"}
    assert {one.what for one in part.changes} == {"user meta", "user roles"}
    assert refusals(report).keys() == {"tier MYSTERY", "7"}
