"""Customers that share a transaction: one look, one swap of the counter, nobody's fault shared."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.exc import ProgrammingError

from woocp_pipelines.counterpoint.customer_writing import write_customers
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    AR_SHIP_ADRS,
    SY_WRKGRP,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
)
from woocp_pipelines.flows.customer_groups import CustomerGroup
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.broken_database import denied, refusing
from woocp_pipelines_tests.customer_world import (
    NOW,
    block,
    codes,
    everything,
    known_customer,
    order,
    registered,
    rows,
    seed_codes,
    settings_for,
    stage_orders,
    user,
)

# More than two groups.
MANY = 60


@contextmanager
def counted(engine):
    """Statements that the engine runs in the block."""
    seen = []

    def note(*given):
        seen.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def write(engine, *customers, **tables):
    with engine.connect() as connection:
        return write_customers(connection, settings_for(**tables), customers, NOW)


def numbers(results):
    return [each.first.code if isinstance(each, RefusedError) else each.cust_no for each in results]


def test_many_new_users_are_made_with_few_statements_for_each(context, shop):
    sync_customers(context)
    for number in range(MANY):
        shop.add_customer(user(10 + number, email=f"u{number}@x.test"))
    with counted(context.engine) as statements:
        report = sync_customers(context)
    assert report.created == MANY
    assert len(statements) / MANY <= 4
    made = [row["CUST_NO"] for row in rows(context.engine, AR_CUST)]
    assert made == [f"{100 + number:05d}" for number in range(MANY)]
    assert rows(context.engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == f"{100 + MANY:05d}"
    pairs = {row["WOO_USER_ID"]: row["CUST_NO"] for row in rows(context.engine, USER_CUSTOMER_MAP)}
    assert pairs == {10 + place: cust_no for place, cust_no in enumerate(made)}
    assert sync_customers(context).unchanged == MANY


def test_the_look_through_the_customers_is_one_for_a_group(engine):
    seed_codes(engine)
    with counted(engine) as statements:
        write(engine, *(registered(5 + number, email=f"u{number}@x.test") for number in range(25)))
    looks = [text for text in statements if "lower(" in text.lower()]
    swaps = [text for text in statements if text.upper().startswith("UPDATE") and "SY_WRK" in text]
    assert (len(looks), len(swaps)) == (1, 1)


def test_whom_the_database_refuses_stops_nobody_else_of_the_group(context, shop):
    for number in range(10):
        shop.add_customer(user(10 + number, email=f"u{number}@x.test"))
    # A constraint of the site, which one customer breaks.
    with refusing(context.engine, AR_CUST, "EMAIL_ADRS_1", "u7@x.test"):
        report = sync_customers(context)
    assert (report.created, codes(report)) == (9, {"17": "DATABASE_REFUSED"})
    (letter,) = rows(context.engine, USER_DEAD_LETTER)
    assert (letter["RECORD_KEY"], letter["CODE"]) == ("17", "DATABASE_REFUSED")
    assert len(rows(context.engine, USER_CUSTOMER_STAGING)) == 10
    # The number that was refused is the next one's.
    made = [row["CUST_NO"] for row in rows(context.engine, AR_CUST)]
    assert made == [f"{100 + number:05d}" for number in range(9)]


def test_a_right_that_is_missing_ends_the_run_and_refuses_nobody(context, shop):
    for number in range(10):
        shop.add_customer(user(10 + number, email=f"u{number}@x.test"))
    gone = denied(context.engine, AR_CUST)
    with gone, pytest.raises(ProgrammingError, match=r"\(229\)"):
        sync_customers(context)
    assert rows(context.engine, USER_DEAD_LETTER) == rows(context.engine, AR_CUST) == []
    assert sync_customers(context).created == 10


@pytest.mark.cp_bug(18)
def test_a_missing_tax_code_refuses_those_who_need_it_and_takes_no_number(engine):
    seed_codes(engine)
    people = [
        registered(5, email="a@x.test"),
        registered(6, email="b@x.test", state="FL"),
        registered(7, email="c@x.test"),
    ]
    tax = {"default": "OUT", "by_state": {"NY": "NY-STATE", "FL": "FL-GONE"}}
    assert numbers(write(engine, *people, tax=tax)) == ["00100", "NO_TAX_CODE", "00101"]
    assert rows(engine, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00102"
    assert [row["WOO_USER_ID"] for row in rows(engine, USER_CUSTOMER_STAGING)] == [5, 7]


def test_without_a_counter_the_known_ones_of_the_group_are_linked_all_the_same(engine):
    seed_codes(engine)
    known_customer(engine, "00042", EMAIL_ADRS_1="known@x.test")
    people = [registered(5, email="a@x.test"), registered(6, email="known@x.test")]
    place = {**settings_for().counterpoint.model_dump(), "workgroup": "NONE"}
    assert numbers(write(engine, *people, counterpoint=place)) == ["NO_COUNTER", "00042"]


def test_whom_a_till_made_since_the_reading_is_linked_and_not_made_again(context, shop):
    """The run has read AR_CUST; before it writes, somebody at a till enters the e-mail."""
    for number in range(3):
        shop.add_customer(user(10 + number, email=f"u{number}@x.test"))
    begun = []

    def at_the_till(_connection, _cursor, text, *_):
        # The last thing that is read before the first customer is written.
        if "SY_TAX_COD" in text and not begun:
            begun.append(text)
            known_customer(context.engine, "T-0001", EMAIL_ADRS_2=" U1@x.test ")

    event.listen(context.engine, "after_cursor_execute", at_the_till)
    report = sync_customers(context)
    assert (report.created, report.updated) == (2, 1)
    pairs = {row["WOO_USER_ID"]: row["CUST_NO"] for row in rows(context.engine, USER_CUSTOMER_MAP)}
    assert pairs == {10: "00100", 11: "T-0001", 12: "00101"}


def test_two_users_with_the_two_e_mails_of_one_customer_make_one_map_row(context, shop):
    known_customer(context.engine, "00042", EMAIL_ADRS_1="a@x.test", EMAIL_ADRS_2="b@x.test")
    shop.add_customer(user(5, email="a@x.test"))
    shop.add_customer(user(6, email="b@x.test"))
    report = sync_customers(context)
    assert (report.updated, codes(report)) == (1, {"6": "CUSTOMER_ALREADY_MAPPED"})
    assert [row["WOO_USER_ID"] for row in rows(context.engine, USER_CUSTOMER_MAP)] == [5]


def test_two_e_mails_that_came_to_one_customer_meanwhile_make_one_map_row(engine):
    seed_codes(engine)
    known_customer(engine, "00042", EMAIL_ADRS_1="a@x.test", EMAIL_ADRS_2="b@x.test")
    first, second = write(engine, registered(5, email="a@x.test"), registered(6, email="b@x.test"))
    assert (first.action, second.problem.code) == ("LINKED_EXISTING", "CUSTOMER_ALREADY_MAPPED")
    assert [row["WOO_USER_ID"] for row in rows(engine, USER_CUSTOMER_MAP)] == [5]


def test_a_guest_with_two_orders_is_one_customer_and_so_is_a_user_who_ordered(context, shop):
    shop.add_customer(user(5, email="u5@x.test"))
    orders = [order(7, email="g@x.test"), order(8, email="g@x.test"), order(9, 5, "u5@x.test")]
    stage_orders(context.engine, *orders, order(10, email=""), order(11, email=""))
    report = sync_customers(context)
    assert (report.created, report.unchanged) == (4, 2)
    staged = {
        (row["WOO_USER_ID"], row["WOO_ORDER_ID"]): row["CUST_NO"]
        for row in rows(context.engine, USER_CUSTOMER_STAGING)
    }
    assert staged == {
        (5, None): "00100",
        (None, 7): "00101",
        (None, 8): "00101",
        (None, 10): "00102",
        (None, 11): "00103",
    }
    before = everything(context.engine)
    assert sync_customers(context).unchanged == 6
    assert everything(context.engine) == before


def test_ship_to_addresses_of_a_group_belong_to_their_customers(engine):
    seed_codes(engine)
    people = [
        order_customer(
            order(place, email=f"u{place}@x.test", shipping=block(address_1=f"{place} DOCK"))
        )
        for place in (1, 2)
    ]
    assert numbers(write(engine, *people)) == ["00100", "00101"]
    found = {row["CUST_NO"]: row["ADRS_1"] for row in rows(engine, AR_SHIP_ADRS)}
    assert found == {"00100": "1 DOCK", "00101": "2 DOCK"}


def test_a_group_meets_its_users_e_mails_and_numbers_until_it_is_taken():
    group = CustomerGroup()
    group.add(registered(5, email="a@x.test"), "00042")
    other = registered(6, email="b@x.test")
    assert group.meets(registered(5, email="c@x.test"))
    assert group.meets(registered(7, email="a@x.test"))
    assert group.meets(other, "00042")
    assert not group.meets(other, "00043")
    assert not group.meets(order_customer(order(8, email="")))
    assert [each.user_id for each in group.take()] == [5]
    assert (group.customers, group.meets(registered(5, email="a@x.test"))) == ([], False)
