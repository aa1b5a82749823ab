"""Refusals by what was read before: bookings make customers while the sync reads."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from woocp_pipelines.counterpoint.customer_writing import write_customer
from woocp_pipelines.counterpoint.tables import (
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
)
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines_tests.customer_world import (
    NOW,
    change,
    codes,
    known_customer,
    order,
    rows,
    settings_for,
    user,
)


@contextmanager
def while_reading(engine, do):
    """Run something once, when the sync has read the customers and not yet decided."""
    begun = []

    def hook(_connection, _cursor, text, *_):
        if "SY_TAX_COD" in text and not begun:
            begun.append(text)
            do()

    event.listen(engine, "after_cursor_execute", hook)
    yield
    event.remove(engine, "after_cursor_execute", hook)
    assert begun


def test_a_user_whom_a_booking_made_meanwhile_is_known_and_not_refused(context, shop):
    engine = context.engine
    shop.add_customer(user(5, email="a@x.test", company=""))
    buyer = order_customer(order(7, 5, "a@x.test"))
    with while_reading(engine, lambda: write_customer(engine, settings_for(), buyer, NOW)):
        report = sync_customers(context)
    # The account has a ship-to address that the order has not.
    assert (codes(report), report.updated, report.created) == ({}, 1, 0)
    (mapped,) = rows(engine, USER_CUSTOMER_MAP)
    (staged,) = rows(engine, USER_CUSTOMER_STAGING)
    assert (staged["CUST_NO"], staged["IS_APPLIED"]) == (mapped["CUST_NO"], True)
    assert (staged["ACTION_TAKEN"], staged["VALIDATION_ERROR"]) == ("INSERT", None)
    assert rows(engine, USER_DEAD_LETTER) == []
    assert codes(sync_customers(context)) == {}


def test_a_user_whom_somebody_entered_meanwhile_is_linked(context, shop):
    engine = context.engine
    shop.add_customer(user(5, email="a@x.test", company=""))
    with while_reading(engine, lambda: known_customer(engine, "00042", EMAIL_ADRS_1="a@x.test")):
        report = sync_customers(context)
    assert (codes(report), report.updated) == ({}, 1)
    assert [row["CUST_NO"] for row in rows(engine, USER_CUSTOMER_MAP)] == ["00042"]
    assert rows(engine, USER_DEAD_LETTER) == []


@pytest.mark.parametrize("code", ["INCOMPLETE_REGISTRATION", "INVALID_EMAIL"])
def test_who_is_refused_all_the_same_is_refused_once(context, shop, code):
    mistake = {"company": ""} if code == "INCOMPLETE_REGISTRATION" else {"email": "no e-mail"}
    for user_id in range(5, 35):
        shop.add_customer(user(user_id, **{"email": f"u{user_id}@x.test", **mistake}))
    report = sync_customers(context)
    assert set(codes(report).values()) == {code}
    assert (len(report.refused), report.read, report.unchanged) == (30, 30, 0)
    assert {row["ATTEMPTS"] for row in rows(context.engine, USER_DEAD_LETTER)} == {1}
    assert codes(sync_customers(context)) == codes(report)
    letters = rows(context.engine, USER_DEAD_LETTER)
    assert (len(letters), {row["ATTEMPTS"] for row in letters}) == (30, {2})


def test_a_refusal_whose_letter_was_lost_is_looked_at_again(context, shop):
    engine = context.engine
    shop.add_customer(user(5, email="a@x.test", company=""))
    sync_customers(context)
    change(engine, USER_DEAD_LETTER, "RECORD_KEY", "5", CLOSED_GMT=NOW)
    buyer = order_customer(order(7, 5, "a@x.test"))
    with while_reading(engine, lambda: write_customer(engine, settings_for(), buyer, NOW)):
        report = sync_customers(context)
    assert (codes(report), report.updated, report.created) == ({}, 1, 0)
    assert len(rows(engine, USER_CUSTOMER_MAP)) == 1
