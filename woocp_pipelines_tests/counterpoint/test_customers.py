"""The customer of an order: found, linked, created once, walk-in, or refused."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, update

from woocp_pipelines.counterpoint.customers import resolve_customer
from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.locks import flow_lock
from woocp_pipelines.counterpoint.ship_addresses import put_ship_address
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    AR_SHIP_ADRS,
    PS_STR_CFG_PS,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
)
from woocp_pipelines.rules.addresses import read_address
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.customer_world import (
    NOW,
    block,
    known_customer,
    order,
    rows,
    seed_codes,
    settings_for,
)


@pytest.fixture
def counterpoint(engine):
    seed_codes(engine)
    return engine


def resolve(engine, raw, **tables):
    settings = settings_for(**tables)
    return resolve_customer(engine, settings, order_customer(raw), NOW, wait_seconds=0.05)


def refusal(engine, raw, **tables):
    with pytest.raises(RefusedError) as refused:
        resolve(engine, raw, **tables)
    return refused.value.first


def mapped(engine, cust_no, user_id, **values):
    with writing(engine) as connection:
        row = {"CUST_NO": cust_no, "WOO_USER_ID": user_id, "IS_ACTIVE": True, **values}
        connection.execute(insert(USER_CUSTOMER_MAP).values(**row))


@pytest.mark.cp_bug(3)
def test_an_unknown_guest_becomes_a_customer_with_the_counter_s_number(counterpoint):
    assert resolve(counterpoint, order(7)) == "00100"
    (row,) = rows(counterpoint, AR_CUST)
    assert (row["CUST_NO"], row["NAM"]) == ("00100", "Nordlys & Søn")
    assert (row["EMAIL_ADRS_1"], row["TAX_COD"]) == ("aase@nordlys.test", "NY-STATE")
    assert rows(counterpoint, USER_CUSTOMER_MAP) == []
    (staged,) = rows(counterpoint, USER_CUSTOMER_STAGING)
    assert (staged["WOO_ORDER_ID"], staged["CUST_NO"]) == (7, "00100")
    assert (staged["ACTION_TAKEN"], staged["IS_APPLIED"]) == ("INSERT", True)


@pytest.mark.cp_bug(45)
def test_a_guest_s_second_order_books_on_the_same_customer(counterpoint):
    numbers = [resolve(counterpoint, order(number, email="A@x.test")) for number in (7, 8, 7)]
    assert numbers == ["00100"] * 3
    assert len(rows(counterpoint, AR_CUST)) == 1


def test_a_guest_without_e_mail_is_found_again_by_the_order(counterpoint):
    assert resolve(counterpoint, order(7, email="")) == "00100"
    assert resolve(counterpoint, order(7, email="")) == "00100"
    assert resolve(counterpoint, order(8, email="")) == "00101"


def test_a_registered_buyer_gets_a_map_row(counterpoint):
    assert resolve(counterpoint, order(7, customer_id=5)) == "00100"
    (row,) = rows(counterpoint, USER_CUSTOMER_MAP)
    assert (row["CUST_NO"], row["WOO_USER_ID"]) == ("00100", 5)
    assert (row["MAPPING_SOURCE"], row["IS_ACTIVE"]) == ("AUTO_STAGING", True)


@pytest.mark.cp_bug(51)
def test_a_buyer_known_by_e_mail_is_linked_with_a_map_row(counterpoint):
    known_customer(counterpoint, "00042", EMAIL_ADRS_2=" Aase@Nordlys.TEST")
    assert resolve(counterpoint, order(7, customer_id=5)) == "00042"
    assert [row["CUST_NO"] for row in rows(counterpoint, USER_CUSTOMER_MAP)] == ["00042"]
    assert rows(counterpoint, USER_CUSTOMER_STAGING)[0]["ACTION_TAKEN"] == "LINKED_EXISTING"


def test_the_map_decides_before_the_e_mail(counterpoint):
    known_customer(counterpoint, "00042", EMAIL_ADRS_1="aase@nordlys.test")
    known_customer(counterpoint, "00043")
    mapped(counterpoint, "00043", 5)
    assert resolve(counterpoint, order(7, customer_id=5)) == "00043"


def test_an_inactive_map_row_counts_for_nothing(counterpoint):
    known_customer(counterpoint, "00042", EMAIL_ADRS_1="aase@nordlys.test")
    mapped(counterpoint, "00043", 5, IS_ACTIVE=False)
    assert resolve(counterpoint, order(7, customer_id=5)) == "00042"


def test_a_second_buyer_books_on_the_account_and_people_hear_of_it(counterpoint):
    known_customer(counterpoint, "00042", EMAIL_ADRS_1="aase@nordlys.test")
    mapped(counterpoint, "00042", 4)
    for order_id in (7, 8):
        assert resolve(counterpoint, order(order_id, customer_id=5)) == "00042"
    (letter,) = rows(counterpoint, USER_DEAD_LETTER)
    assert (letter["CODE"], letter["KIND"]) == ("CUSTOMER_ALREADY_MAPPED", "customer")
    assert (letter["WOO_CUSTOMER_ID"], letter["CUST_NO"]) == (5, "00042")
    assert letter["ATTEMPTS"] == 2
    assert len(rows(counterpoint, USER_CUSTOMER_MAP)) == 1


@pytest.mark.cp_bug(51)
def test_two_customers_with_the_e_mail_refuse_the_order(counterpoint):
    known_customer(counterpoint, "00042", EMAIL_ADRS_1="aase@nordlys.test")
    known_customer(counterpoint, "00043", EMAIL_ADRS_2="aase@nordlys.test")
    problem = refusal(counterpoint, order(7))
    assert problem.code == "AMBIGUOUS_CUSTOMER"
    assert problem.found == "aase@nordlys.test at customers 00042, 00043"
    assert len(rows(counterpoint, AR_CUST)) == 2


def test_guests_go_to_the_walk_in_customer_where_the_shop_wants_that(counterpoint):
    known_customer(counterpoint, "00001")
    known_customer(counterpoint, "00042", EMAIL_ADRS_1="known@x.test")
    walk_in = {"guests": "walk_in"}
    assert resolve(counterpoint, order(7), customers=walk_in) == "00001"
    assert resolve(counterpoint, order(8, email="known@x.test"), customers=walk_in) == "00042"
    assert resolve(counterpoint, order(9, customer_id=5), customers=walk_in) == "00100"


def test_a_missing_walk_in_customer_is_said_and_passes_by_itself(counterpoint):
    problem = refusal(counterpoint, order(7), customers={"guests": "walk_in"})
    assert (problem.code, problem.retryable) == ("NO_WALK_IN_CUSTOMER", True)


def test_a_customer_sync_at_work_makes_the_order_wait(counterpoint):
    with flow_lock(counterpoint, "customers"):
        problem = refusal(counterpoint, order(7))
    assert (problem.code, problem.retryable) == ("CUSTOMERS_BUSY", True)
    assert rows(counterpoint, AR_CUST) == []


@pytest.mark.cp_bug(3)
def test_two_orders_of_one_new_guest_at_once_make_one_customer(counterpoint):
    settings, start = settings_for(), threading.Barrier(4)

    def book(order_id):
        start.wait()
        return resolve_customer(counterpoint, settings, order_customer(order(order_id)), NOW)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(book, range(4))) == {"00100"}
    assert len(rows(counterpoint, AR_CUST)) == 1


def test_a_number_that_a_till_used_meanwhile_is_passed_by(counterpoint):
    known_customer(counterpoint, "00100")
    assert resolve(counterpoint, order(7)) == "00101"


def test_a_tax_code_that_does_not_exist_creates_nothing(counterpoint):
    problem = refusal(counterpoint, order(7), tax={"default": "NOWHERE"})
    assert (problem.code, problem.found) == ("NO_TAX_CODE", "'NOWHERE'")
    assert (problem.field, problem.retryable) == ("TAX_COD", True)
    assert rows(counterpoint, AR_CUST) == []


def test_a_new_customer_s_other_shipping_place_is_its_first_ship_to(counterpoint):
    resolve(counterpoint, order(7, shipping=block(address_1="9 Dock Rd")))
    (row,) = rows(counterpoint, AR_SHIP_ADRS)
    assert (row["CUST_NO"], row["SHIP_ADRS_ID"], row["ADRS_1"]) == ("00100", "1", "9 DOCK RD")


@pytest.mark.cp_bug(4)
def test_each_ship_to_gets_an_id_of_its_own_and_is_found_again(engine):
    known_customer(engine, "00042")
    with writing(engine) as connection:
        connection.execute(
            insert(AR_SHIP_ADRS).values(CUST_NO="00042", SHIP_ADRS_ID="(DEFAULT)", NAM="Home")
        )
        ids = [
            put_ship_address(connection, "00042", read_address(each), settings_for(), NOW)
            for each in (
                block(address_1="9 Dock Rd"),
                block(address_1="10 Dock Rd"),
                block(address_1="9  DOCK rd", country="us"),
            )
        ]
    assert ids == ["1", "2", "1"]
    assert len(rows(engine, AR_SHIP_ADRS)) == 3


def test_a_map_row_to_a_customer_that_is_gone_refuses_the_order(counterpoint):
    mapped(counterpoint, "00042", 5)
    assert refusal(counterpoint, order(7, customer_id=5)).code == "MAPPED_CUSTOMER_MISSING"


def test_a_store_without_configuration_has_no_walk_in_customer(counterpoint):
    with writing(counterpoint) as connection:
        connection.execute(update(PS_STR_CFG_PS).values(WALK_IN_CUST_NO=None))
    problem = refusal(counterpoint, order(7), customers={"guests": "walk_in"})
    assert problem.field == "PS_STR_CFG_PS.WALK_IN_CUST_NO"
