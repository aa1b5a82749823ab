"""What changes between the reading of a claim and the writing of its orders."""

import re

import pytest
from sqlalchemy import event, insert, select, update

from woocp_pipelines.counterpoint.tables import PS_DRW_SESSION
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.order_world import add_foreign_document, line, plain_order

FENCE = re.compile(r'UPDATE ["\[]USER_ORDER_STAGING["\]] SET ["\[]?ATTEMPTS["\]]?=\? WHERE')


@pytest.fixture
def meanwhile(world):
    """Does something, in the booking's own transaction, right after its fence."""
    done = []

    def start(change):
        def act(connection, cursor, statement, *_):
            # The fence is the one statement that sets nothing but the attempts.
            if not done and FENCE.match(statement):
                done.append(True)
                change(connection)

        event.listen(world.engine, "after_cursor_execute", act)

    yield start
    assert done


def close_drawer(connection):
    connection.execute(update(PS_DRW_SESSION).values(STAT="C"))


def open_another(connection):
    close_drawer(connection)
    sessions = vendor_tables()["PS_DRW_SESSION"]
    row = dict(connection.execute(select(sessions)).mappings().one())
    connection.execute(insert(sessions).values({**row, "DRW_SESSION_ID": 4712, "STAT": "A"}))


def test_a_drawer_that_closes_after_the_claim_was_read_takes_no_ticket(world, meanwhile):
    world.orders(1, 2)
    world.pull()
    meanwhile(close_drawer)
    world.book()
    # The first order's refusal rolled the closing back with it.
    assert world.statuses() == {1: "PENDING", 2: "BOOKED"}
    assert world.letters() == [("order", "1", "NO_DRAWER_SESSION")]
    assert world.orders_booked() == ["WOO 2"]
    world.due_again()
    assert world.book().created == 1


def test_a_ticket_is_written_into_the_session_that_is_open_then(world, meanwhile):
    world.order()
    world.pull()
    meanwhile(open_another)
    world.book()
    tickets = [row["DRW_SESSION_ID"] for row in world.rows("PS_DOC_HDR", DOC_TYP="T")]
    assert tickets == [4712]


@pytest.mark.cp_bug(5)
def test_a_document_that_appears_after_the_claim_was_read_is_never_doubled(world, meanwhile):
    world.orders(1, 2)
    world.pull()
    meanwhile(lambda connection: add_foreign_document(connection, "PS_DOC_HDR", REF="WOO 1"))
    world.book()
    assert world.statuses() == {1: "REFUSED", 2: "BOOKED"}
    assert world.letters() == [("order", "1", "DUPLICATE_REF")]


def test_two_orders_of_one_claim_with_one_number_are_not_both_booked(world):
    """A numbering plugin that starts again: the second looks like the first to everybody."""
    world.orders(1, 2)
    for order_id in (1, 2):
        world.overwrite(order_id, number="500")
    world.pull()
    assert world.book().created == 1
    assert world.letters() == [("order", "2", "DUPLICATE_REF")]
    assert world.orders_booked() == ["WOO 500"]


def test_a_new_address_is_added_once_for_all_orders_of_a_claim(world):
    world.orders(1, 2, 3)
    world.pull()
    assert world.book().created == 3
    assert len(world.rows("AR_SHIP_ADRS")) == 1
    contacts = [row["ADRS_ID"] for row in world.rows("PS_DOC_CONTACT", CONTACT_ID=2)]
    assert set(contacts) == {world.rows("AR_SHIP_ADRS")[0]["SHIP_ADRS_ID"]}


def test_a_new_guest_with_two_orders_in_one_claim_becomes_one_customer(world):
    address = {"email": "new@guest.test", "first_name": "New", "last_name": "Guest",
               "address_1": "2 Pier Rd", "city": "Davie", "state": "FL", "postcode": "33314",
               "country": "US", "phone": "", "company": "", "address_2": ""}  # fmt: skip
    guest = {"customer_id": 0, "billing": address, "shipping": {**address, "email": ""}}
    world.order(1, **guest)
    world.order(2, **guest)
    world.pull()
    assert world.book().created == 2
    assert {row["CUST_NO"] for row in world.rows("PS_DOC_HDR")} == {"20001"}
    assert len(world.rows("USER_CUSTOMER_STAGING")) == 1


def test_guests_are_booked_on_the_walk_in_customer_where_the_shop_wants_it(world):
    world.configure(customers={"guests": "walk_in"})
    world.set_rows("PS_STR_CFG_PS", {}, WALK_IN_CUST_NO="10001")
    goods = plain_order([line(1, "01-10100", 1, "20.00")])
    world.order(1, **goods, customer_id=0, billing={**BILLING, "email": "x@guest.test"})
    world.order(2, **goods, customer_id=0, billing={**BILLING, "email": ""})
    world.pull()
    assert world.book().created == 2
    assert {row["CUST_NO"] for row in world.rows("PS_DOC_HDR")} == {"10001"}
    # Strangers' addresses are not collected.
    assert world.rows("AR_SHIP_ADRS") == []


BILLING = {"first_name": "Guest", "last_name": "One", "address_1": "3 Pier Rd", "city": "Davie",
           "state": "FL", "postcode": "33314", "country": "US"}  # fmt: skip
