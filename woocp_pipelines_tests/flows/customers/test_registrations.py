"""What becomes of registrations: staff, bad e-mails, and the stamps and counts of new addresses."""

from datetime import datetime

import pytest

from woocp_pipelines.counterpoint.tables import AR_CUST, AR_SHIP_ADRS, USER_DEAD_LETTER
from woocp_pipelines.flows.customers import sync_customers
from woocp_pipelines_tests.customer_world import (
    NOW,
    block,
    codes,
    everything,
    order,
    rows,
    stage_orders,
    user,
)


def test_ship_to_addresses_of_new_customers_are_counted_and_stamped(context, shop):
    shop.add_customer({**user(5), "shipping": block(address_1="9 Dock Road")})
    stage_orders(context.engine, order(9, email="guest@x.test", shipping=block(city="Utica")))
    plan, done = sync_customers(context, mode="plan"), sync_customers(context)
    assert plan.facts["ship_to_addresses_added"] == done.facts["ship_to_addresses_added"] == 2
    added = [one.key for one in done.changes if one.what == "add ship-to address"]
    assert added == ["5", "order W9"]
    for row in rows(context.engine, AR_SHIP_ADRS):
        # As in AR_CUST: UTC for other sites, the store's time for people (CP §7 Q9).
        assert (row["RS_STAT"], row["RS_UTC_DT"]) == (0, datetime(2026, 11, 22, 17, 5, 9))
        assert (row["LST_MAINT_DT"], row["LST_MAINT_USR_ID"]) == (
            datetime(2026, 11, 22, 12, 5, 9),
            "INTEG",
        )


@pytest.mark.parametrize("role", ["administrator", "shop_manager", "editor"])
def test_an_idle_account_of_the_staff_is_counted_and_what_was_said_of_it_closes(
    context, shop, role
):
    shop.add_customer(user(5, company="", phone=""))
    assert codes(sync_customers(context)) == {"5": "INCOMPLETE_REGISTRATION"}
    shop.save("customer", {**shop.find("customer", 5), "role": role})
    report = sync_customers(context)
    assert (report.refused, report.unchanged, report.facts["staff_accounts_skipped"]) == ([], 1, 1)
    assert rows(context.engine, USER_DEAD_LETTER)[0]["CLOSED_GMT"] == NOW
    before = everything(context.engine)
    sync_customers(context)
    assert everything(context.engine) == before
    assert rows(context.engine, AR_CUST) == []


def test_a_bad_e_mail_and_what_is_missing_are_two_letters(context, shop):
    shop.add_customer(user(5, email="nobody", company=""))
    for _ in range(2):
        assert codes(sync_customers(context)) == {"5": "INCOMPLETE_REGISTRATION"}
    letters = {row["CODE"]: row["FOUND"] for row in rows(context.engine, USER_DEAD_LETTER)}
    assert letters == {"INCOMPLETE_REGISTRATION": "no company", "INVALID_EMAIL": "'nobody'"}
