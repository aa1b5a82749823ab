"""The customer sync over a real database and the sandbox store over HTTP: first sight."""

import pytest
from sqlalchemy import delete, update

from woocp_pipelines.counterpoint.customers import resolve_customer
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    AR_SHIP_ADRS,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
    USER_SYNC_LOG,
)
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.sandbox.schema import create_vendor_tables
from woocp_pipelines.sandbox.store import Fault
from woocp_pipelines.woocommerce.errors import StoreError
from woocp_pipelines_tests.customer_world import (
    NOW,
    block,
    codes,
    everything,
    known_customer,
    order,
    rows,
    seed_codes,
    stage_orders,
    user,
)


@pytest.mark.cp_bug(53)
def test_a_new_user_is_created_and_mapped(context, shop):
    shop.add_customer(user(5))
    report = sync_customers(context)
    assert (report.read, report.created, report.refused) == (1, 1, [])
    assert [row["CUST_NO"] for row in rows(context.engine, AR_CUST)] == ["00100"]
    (mapped,) = rows(context.engine, USER_CUSTOMER_MAP)
    assert (mapped["WOO_USER_ID"], mapped["MAPPING_SOURCE"]) == (5, "AUTO_STAGING")
    (log,) = rows(context.engine, USER_SYNC_LOG)
    assert (log["OPERATION_TYPE"], log["RECORDS_CREATED"]) == ("customer_sync", 1)


@pytest.mark.cp_bug(45)
def test_a_second_run_changes_nothing(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="known@x.test")
    shop.add_customer(user(5))
    shop.add_customer(user(6, email="known@x.test"))
    stage_orders(context.engine, order(7, email="guest@x.test"), order(8, email=""))
    first = sync_customers(context)
    assert (first.created, first.updated) == (3, 1)
    before = everything(context.engine)
    again = sync_customers(context)
    assert (again.written, again.unchanged, again.waiting) == (0, 4, 0)
    assert everything(context.engine) == before


@pytest.mark.cp_bug(51)
def test_a_user_known_by_e_mail_is_linked_and_not_created(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="KNOWN@x.test ")
    shop.add_customer(user(6, email="known@x.test"))
    report = sync_customers(context)
    assert (report.created, report.updated) == (0, 1)
    assert [row["CUST_NO"] for row in rows(context.engine, USER_CUSTOMER_MAP)] == ["00042"]


@pytest.mark.cp_bug(51)
def test_one_e_mail_twice_in_a_batch_makes_one_customer(context, shop):
    shop.add_customer(user(5, email="same@x.test"))
    guests = [order(number, email=" SAME@x.test") for number in (7, 8)]
    stage_orders(
        context.engine, *guests, order(9, email="new@x.test"), order(10, email="new@x.test")
    )
    report = sync_customers(context)
    assert (report.created, report.unchanged) == (2, 3)
    emails = [row["EMAIL_ADRS_1"] for row in rows(context.engine, AR_CUST)]
    assert emails == ["same@x.test", "new@x.test"]


@pytest.mark.cp_bug(52)
def test_a_bad_record_stops_nobody_else(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="twice@x.test")
    known_customer(context.engine, "00043", EMAIL_ADRS_1="twice@x.test")
    shop.add_customer(user(4, email="twice@x.test"))
    shop.add_customer(user(5, email="bot@x.test", company=""))
    shop.add_customer(user(6, email="odd@x.test", country="Norway"))
    shop.add_customer(user(7))
    report = sync_customers(context)
    assert codes(report) == {
        "4": "AMBIGUOUS_CUSTOMER",
        "5": "INCOMPLETE_REGISTRATION",
        "6": "BAD_COUNTRY",
    }
    assert report.created == 1
    letters = {row["RECORD_KEY"]: row["CODE"] for row in rows(context.engine, USER_DEAD_LETTER)}
    assert letters == codes(report)


@pytest.mark.cp_bug(54)
def test_a_refused_row_is_never_marked_as_validated(context, shop):
    shop.add_customer(user(5, company=""))
    sync_customers(context)
    (row,) = rows(context.engine, USER_CUSTOMER_STAGING)
    assert (row["IS_VALIDATED"], row["IS_APPLIED"], row["CUST_NO"]) == (False, False, None)
    assert "company: found no company, expected first name" in row["VALIDATION_ERROR"]


def test_what_people_put_right_closes_its_dead_letter(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="twice@x.test")
    known_customer(context.engine, "00043", EMAIL_ADRS_1="twice@x.test")
    shop.add_customer(user(4, email="twice@x.test"))
    sync_customers(context)
    with writing(context.engine) as connection:
        connection.execute(
            update(AR_CUST).where(AR_CUST.c.CUST_NO == "00043").values(EMAIL_ADRS_1=None)
        )
    assert sync_customers(context).updated == 1
    (letter,) = rows(context.engine, USER_DEAD_LETTER)
    assert letter["CLOSED_GMT"] == NOW


def test_a_user_mapped_by_hand_is_settled_by_that(context, shop):
    shop.add_customer(user(5, company=""))
    sync_customers(context)
    known_customer(context.engine, "00042")
    with writing(context.engine) as connection:
        connection.execute(
            USER_CUSTOMER_MAP.insert().values(CUST_NO="00042", WOO_USER_ID=5, IS_ACTIVE=True)
        )
    report = sync_customers(context)
    # Known by now, and the store learns the number.
    assert (report.refused, report.created, report.updated) == ([], 0, 1)
    assert rows(context.engine, USER_DEAD_LETTER)[0]["CLOSED_GMT"] == NOW


def test_an_incomplete_user_with_a_paid_order_is_created_from_the_order(context, shop):
    shop.add_customer(user(5, company="", phone=""))
    stage_orders(context.engine, order(7, customer_id=5, company="", phone=""))
    report = sync_customers(context)
    assert (report.created, report.refused) == (1, [])
    (row,) = rows(context.engine, AR_CUST)
    assert (row["NAM"], row["CUST_NAM_TYP"]) == ("Åse Bjørnsdøttir", "P")
    assert rows(context.engine, USER_CUSTOMER_MAP)[0]["WOO_USER_ID"] == 5


def test_a_second_buyer_is_refused_for_the_map_only(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="a@x.test", EMAIL_ADRS_2="b@x.test")
    shop.add_customer(user(5, email="a@x.test"))
    shop.add_customer(user(6, email="b@x.test"))
    report = sync_customers(context)
    assert codes(report) == {"6": "CUSTOMER_ALREADY_MAPPED"}
    raw = order(7, customer_id=6, email="b@x.test")
    cust_no = resolve_customer(context.engine, context.settings, order_customer(raw), NOW)
    assert cust_no == "00042"


def test_orders_that_are_not_paid_or_not_pending_make_no_customer(context):
    stage_orders(context.engine, order(7), ORD_PAID_GMT=None)
    stage_orders(context.engine, order(8), STATUS="HELD")
    assert sync_customers(context).read == 0


def test_a_buyer_who_cannot_be_decided_is_left_to_order_creation(context):
    stage_orders(context.engine, order(7, email="bad"), order(8, country="Norway"))
    report = sync_customers(context)
    assert (report.waiting, report.refused, report.created) == (2, [], 0)


def test_guests_are_left_alone_where_they_are_walk_in_customers(engine, make_context):
    seed_codes(engine)
    stage_orders(engine, order(7))
    report = sync_customers(make_context(engine, customers={"guests": "walk_in"}))
    assert (report.unchanged, rows(engine, AR_CUST)) == (1, [])


def test_every_role_is_read(context, shop):
    shop.add_customer({**user(5), "role": "shop_manager"})
    assert sync_customers(context).created == 1


@pytest.mark.cp_bug(51)
def test_a_plan_writes_nothing_and_shows_what_it_would_do(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="known@x.test")
    shop.add_customer(user(5))
    shop.add_customer(user(6, email="known@x.test"))
    shop.add_customer(user(7, email="bot@x.test", company=""))
    stage_orders(context.engine, order(8), order(9, email="guest@x.test"))
    before = everything(context.engine)
    plan = sync_customers(context, mode="plan")
    assert (plan.created, plan.updated, plan.unchanged) == (2, 1, 1)
    assert codes(plan) == {"7": "INCOMPLETE_REGISTRATION"}
    assert [(change.key, change.what) for change in plan.changes] == [
        ("5", "create customer"),
        ("5", "map the new customer"),
        ("6", "link by e-mail"),
        ("order W9", "create customer"),
        ("6", "user meta"),
        ("5", "user meta"),
    ]
    assert plan.changes[0].after.startswith("CUST_NO: (new 1)\nNAM: Nordlys & Søn\n")
    assert everything(context.engine) == before
    assert rows(context.engine, USER_SYNC_LOG) == rows(context.engine, USER_DEAD_LETTER) == []


def test_what_was_planned_is_what_is_done(context, shop):
    shop.add_customer(user(5))
    stage_orders(context.engine, order(9, email="guest@x.test", shipping=block(city="Utica")))
    plan, done = sync_customers(context, mode="plan"), sync_customers(context)
    assert (plan.created, plan.updated) == (done.created, done.updated) == (2, 0)
    assert [row["CITY"] for row in rows(context.engine, AR_SHIP_ADRS)] == ["UTICA"]


def test_a_plan_works_before_our_tables_exist(new_database, make_context, shop):
    engine = new_database()
    create_vendor_tables(engine)
    seed_codes(engine)
    shop.add_customer(user(5))
    assert sync_customers(make_context(engine), mode="plan").created == 1


def test_a_store_that_cannot_be_read_changes_nothing_and_raises(context, shop, server):
    for number in range(1, 131):
        shop.add_customer(user(number, email=f"u{number}@x.test"))
    server.faults.add(Fault("server_error", path="customers", after=1, times=9))
    with pytest.raises(StoreError):
        sync_customers(context)
    assert rows(context.engine, AR_CUST) == []
    assert rows(context.engine, USER_SYNC_LOG)[0]["SUCCESS"] is False


def test_a_second_comer_is_skipped(context):
    with flow_lock(context.engine, "customer_sync"):
        assert sync_customers(context).outcome == "skipped"


def test_rows_of_the_old_pulls_are_left_as_they_are(context, shop):
    with writing(context.engine) as connection:
        connection.execute(
            USER_CUSTOMER_STAGING.insert().values(BATCH_ID="WOO_PULL_OLD", WOO_USER_ID=5, NAM="Old")
        )
    shop.add_customer(user(5))
    sync_customers(context)
    names = [row["NAM"] for row in rows(context.engine, USER_CUSTOMER_STAGING)]
    assert names == ["Old", "Nordlys & Søn"]


def test_the_staging_table_may_be_emptied_at_any_time(context, shop):
    shop.add_customer(user(5))
    stage_orders(context.engine, order(7, email="guest@x.test"))
    sync_customers(context)
    with writing(context.engine) as connection:
        connection.execute(delete(USER_CUSTOMER_STAGING))
    assert sync_customers(context).written == 0
    assert len(rows(context.engine, AR_CUST)) == 2


def test_a_plan_names_every_column_that_would_be_written(context, shop):
    shop.add_customer({**user(5), "shipping": block(address_1="9 Dock Road")})
    plan = sync_customers(context, mode="plan")
    told = {each.what: each for each in plan.changes}
    sync_customers(context)
    (row,), (address,) = rows(context.engine, AR_CUST), rows(context.engine, AR_SHIP_ADRS)
    named = told["create customer"].after + plan.facts["every_web_customer_has"]
    for name, value in row.items():
        assert value is None or name in named, name
    for name, value in address.items():
        if value is not None and not name.endswith("_UPR") and "MAINT" not in name:
            assert f"{name}: " in told["add ship-to address"].after, name
    assert told["map the new customer"].before == "Nordlys & Søn: no map row"


def test_a_plan_refuses_what_applying_would_refuse(engine, make_context, shop):
    seed_codes(engine)
    shop.add_customer(user(5))
    context = make_context(engine, tax={"default": "GONE"})
    assert codes(sync_customers(context, mode="plan")) == {"5": "NO_TAX_CODE"}
    assert codes(sync_customers(context)) == {"5": "NO_TAX_CODE"}


def test_outcomes_are_counted_one_by_one(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="known@x.test")
    shop.add_customer(user(5))
    shop.add_customer(user(6, email="known@x.test"))
    shop.add_customer(user(7, email="bot@x.test", company=""))
    stage_orders(context.engine, order(8, email="bad"))
    report = sync_customers(context)
    counts = {
        "linked_to_existing_customers": 1,
        "unchanged_in_counterpoint": 0,
        "refused_incomplete_registration": 1,
    }
    assert {name: report.facts[name] for name in counts} == counts
    assert (report.created, report.waiting) == (1, 1)
