"""What happens to customers after they were made: edits, deletions, people's decisions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.customers import resolve_customer
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.settlements import (
    Signature,
    read_letters_by_id,
    settle_letters,
)
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    AR_SHIP_ADRS,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
)
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines_tests.customer_world import (
    NOW,
    block,
    change,
    codes,
    everything,
    known_customer,
    mapped,
    order,
    rows,
    stage_orders,
    user,
)


def staged(engine):
    (row,) = rows(engine, USER_CUSTOMER_STAGING)
    return row


def edit(shop, user_id, **changes):
    """A user edits the account; what others keep in it stays."""
    edited = user(user_id, **changes)
    names = ("email", "billing", "shipping")
    shop.save("customer", {**shop.find("customer", user_id), **{n: edited[n] for n in names}})


def settle(engine):
    with reading(engine) as connection:
        ids = [row["DEAD_LETTER_ID"] for row in rows(engine, USER_DEAD_LETTER)]
        letters = read_letters_by_id(connection, "main", ids)
    with writing(engine) as connection:
        settle_letters(connection, list(letters.values()), Signature("Ida", "a bot"), NOW)


def order_of(context, user_id, email):
    raw = order(70, customer_id=user_id, email=email)
    return resolve_customer(context.engine, context.settings, order_customer(raw), NOW)


@pytest.mark.cp_bug(45)
def test_refused_customers_are_not_written_again_either(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="a@x.test", EMAIL_ADRS_2="b@x.test")
    known_customer(context.engine, "00043", EMAIL_ADRS_1="twice@x.test")
    known_customer(context.engine, "00044", EMAIL_ADRS_1="twice@x.test")
    shop.add_customer(user(4, email="twice@x.test"))
    shop.add_customer(user(5, email="a@x.test"))
    shop.add_customer(user(6, email="b@x.test"))
    shop.add_customer(user(7, email="bot@x.test", company=""))
    shop.add_customer(user(8, email="odd@x.test", country="Norway"))
    first = sync_customers(context)
    before = everything(context.engine)
    again = sync_customers(replace(context, clock=lambda: NOW + timedelta(days=1)))
    assert codes(again) == codes(first)
    assert set(codes(first)) == {"4", "6", "7", "8"}
    for letter in before["USER_DEAD_LETTER"]:
        letter |= {"ATTEMPTS": 2, "LAST_SEEN_GMT": NOW + timedelta(days=1)}
    assert everything(context.engine) == before


def test_counterpoint_wins_over_what_is_edited_in_the_store(context, shop):
    shop.add_customer(user(5))
    sync_customers(context)
    before = rows(context.engine, AR_CUST)
    edit(shop, 5, company="Renamed", address_1="1 Other Street", city="Utica")
    report = sync_customers(context)
    assert (report.unchanged, report.facts["store_edits_not_copied"]) == (1, 1)
    assert rows(context.engine, AR_CUST) == before
    row = staged(context.engine)
    assert (row["NAM"], row["ADRS_1"], row["CITY"]) == ("Renamed", "1 OTHER ST", "UTICA")
    assert (row["ACTION_TAKEN"], row["IS_APPLIED"]) == ("INSERT", True)
    assert "known by the map row" in row["VALIDATION_NOTES"]


def test_an_e_mail_changed_in_the_store_keeps_the_customer_and_is_noted(context, shop):
    known_customer(context.engine, "00043", EMAIL_ADRS_1="new@x.test")
    shop.add_customer(user(5))
    sync_customers(context)
    edit(shop, 5, email="new@x.test")
    report = sync_customers(context)
    assert (report.written, report.refused) == (0, [])
    assert [row["CUST_NO"] for row in rows(context.engine, USER_CUSTOMER_MAP)] == ["00100"]
    assert (
        "not the one of customer 00100, but of 00043" in staged(context.engine)["VALIDATION_NOTES"]
    )
    assert order_of(context, 5, "new@x.test") == "00100"


def test_an_e_mail_changed_in_counterpoint_keeps_the_pair(context, shop):
    shop.add_customer(user(5))
    sync_customers(context)
    change(context.engine, AR_CUST, "CUST_NO", "00100", EMAIL_ADRS_1="office@x.test")
    before = everything(context.engine)
    assert sync_customers(context).written == 0
    assert everything(context.engine) == before
    assert order_of(context, 5, "aase@nordlys.test") == "00100"


def test_a_mapping_that_a_person_ended_is_not_made_again(context, shop):
    shop.add_customer(user(5))
    sync_customers(context)
    change(context.engine, USER_CUSTOMER_MAP, "WOO_USER_ID", 5, IS_ACTIVE=False)
    report = sync_customers(context)
    assert codes(report) == {"5": "MAPPING_SWITCHED_OFF"}
    (row,) = rows(context.engine, USER_CUSTOMER_MAP)
    assert row["IS_ACTIVE"] is False
    (letter,) = rows(context.engine, USER_DEAD_LETTER)
    assert "switch the row on" in letter["NEXT_STEP"]
    assert order_of(context, 5, "aase@nordlys.test") == "00100"
    change(context.engine, USER_CUSTOMER_MAP, "WOO_USER_ID", 5, IS_ACTIVE=True)
    assert sync_customers(context).refused == []
    assert rows(context.engine, USER_DEAD_LETTER)[0]["CLOSED_GMT"] is not None


def test_an_ended_mapping_gives_way_to_the_customer_whom_the_e_mail_names_now(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="old@x.test")
    known_customer(context.engine, "00043", EMAIL_ADRS_1="aase@nordlys.test")
    mapped(context.engine, "00042", 5, IS_ACTIVE=False)
    shop.add_customer(user(5))
    assert sync_customers(context).refused == []
    active = [row for row in rows(context.engine, USER_CUSTOMER_MAP) if row["IS_ACTIVE"]]
    assert [row["CUST_NO"] for row in active] == ["00043"]


def test_a_map_row_to_a_missing_customer_is_said_and_nobody_is_made(context, shop):
    mapped(context.engine, "00042", 5)
    shop.add_customer(user(5))
    assert codes(sync_customers(context)) == {"5": "MAPPED_CUSTOMER_MISSING"}
    assert rows(context.engine, AR_CUST) == []
    change(context.engine, USER_CUSTOMER_MAP, "WOO_USER_ID", 5, IS_ACTIVE=False)
    assert sync_customers(context).created == 1
    assert rows(context.engine, USER_DEAD_LETTER)[0]["CLOSED_GMT"] is not None


def test_the_letters_of_a_deleted_user_close_and_the_map_row_stays(context, shop):
    shop.add_customer(user(4))
    shop.add_customer(user(5, email="bot@x.test", company=""))
    sync_customers(context)
    pairs = rows(context.engine, USER_CUSTOMER_MAP)
    shop.remove("customer", 5)
    plan = sync_customers(context, mode="plan")
    assert ("5", "close dead letters") in [(each.key, each.what) for each in plan.changes]
    report = sync_customers(context)
    assert (report.facts["letters_closed_as_user_is_gone"], report.refused) == (1, [])
    assert rows(context.engine, USER_DEAD_LETTER)[0]["CLOSED_GMT"] is not None
    shop.remove("customer", 4)
    shop.add_customer(user(9, email="other@x.test"))
    sync_customers(context)
    assert rows(context.engine, USER_CUSTOMER_MAP)[:1] == pairs


def test_an_empty_list_closes_no_letter(context, shop):
    shop.add_customer(user(5, company=""))
    sync_customers(context)
    shop.remove("customer", 5)
    sync_customers(context)
    assert rows(context.engine, USER_DEAD_LETTER)[0]["CLOSED_GMT"] is None


def test_what_a_person_settled_stays_settled_until_the_record_changes(context, shop):
    shop.add_customer(user(5, company=""))
    shop.add_customer(user(6, email="odd@x.test", country="Norway"))
    assert len(sync_customers(context).refused) == 2
    settle(context.engine)
    before = everything(context.engine)
    report = sync_customers(context)
    assert (report.refused, report.facts["settled_by_hand"]) == ([], 2)
    assert everything(context.engine) == before
    edit(shop, 5, company="", city="Utica")
    assert codes(sync_customers(context)) == {"5": "INCOMPLETE_REGISTRATION"}


def test_a_second_buyer_is_said_once_and_can_be_settled(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="a@x.test", EMAIL_ADRS_2="b@x.test")
    shop.add_customer(user(5, email="a@x.test"))
    shop.add_customer(user(6, email="b@x.test"))
    for _ in range(2):
        assert codes(sync_customers(context)) == {"6": "CUSTOMER_ALREADY_MAPPED"}
    (letter,) = rows(context.engine, USER_DEAD_LETTER)
    assert letter["ATTEMPTS"] == 2
    settle(context.engine)
    assert sync_customers(context).refused == []
    assert order_of(context, 6, "b@x.test") == "00042"
    report = sync_customers(context)
    assert (report.refused, report.facts["settled_by_hand"]) == ([], 1)
    assert len(rows(context.engine, USER_DEAD_LETTER)) == 1
    before = everything(context.engine)
    sync_customers(context)
    assert everything(context.engine) == before


def test_a_known_customer_s_new_shipping_address_is_added_once(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="aase@nordlys.test")
    shipping = block(address_1="9 Dock Road", address_2="Suite 4")
    shop.add_customer({**user(5), "shipping": shipping})
    plan = sync_customers(context, mode="plan")
    planned = {each.what for each in plan.changes}
    assert {"link by e-mail", "add ship-to address"} <= planned
    assert sync_customers(context).facts["ship_to_addresses_added"] == 1
    shop.save("customer", {**user(5), "shipping": block(address_1="9 DOCK RD., STE 4")})
    assert sync_customers(context).facts["ship_to_addresses_added"] == 0
    (row,) = rows(context.engine, AR_SHIP_ADRS)
    assert (row["SHIP_ADRS_ID"], row["ADRS_1"], row["ADRS_2"]) == ("1", "9 DOCK ROAD", "SUITE 4")


@pytest.mark.cp_bug(41)
def test_an_address_that_counterpoint_deleted_comes_back_only_with_new_content(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="aase@nordlys.test")
    shop.add_customer({**user(5), "shipping": block(address_1="9 Dock Road")})
    sync_customers(context)
    with writing(context.engine) as connection:
        connection.execute(AR_SHIP_ADRS.delete())
    sync_customers(context)
    assert rows(context.engine, AR_SHIP_ADRS) == []


@pytest.mark.parametrize(("status", "made"), [("REFUSED", 1), ("CLAIMED", 1), ("HELD", 0)])
def test_whoever_paid_becomes_a_customer_whatever_is_wrong_with_the_order(context, status, made):
    stage_orders(context.engine, order(7), STATUS=status)
    assert sync_customers(context).created == made


@pytest.mark.cp_bug(46)
def test_an_idle_run_reads_pages_and_few_statements_however_many_there_are(context, shop, server):
    def idle_cost():
        sync_customers(context)
        statements, requests = [], len(server.requests.rows())
        note = lambda *given: statements.append(given[2])  # noqa: E731
        event.listen(context.engine, "before_cursor_execute", note)
        report = sync_customers(context)
        event.remove(context.engine, "before_cursor_execute", note)
        assert report.written == 0
        return len(statements), len(server.requests.rows()) - requests

    for number in range(1, 11):
        company = "" if number == 10 else "Firm"
        shop.add_customer(user(number, email=f"u{number}@x.test", company=company))
    few, _ = idle_cost()
    for number in range(11, 251):
        company = "" if number % 10 == 0 else "Firm"
        shop.add_customer(user(number, email=f"u{number}@x.test", company=company))
    many, pages = idle_cost()
    assert many == few
    assert pages == 3
