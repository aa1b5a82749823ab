"""A new customer's rows: number, value set, template codes, first address, map (CP §1.1)."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import event, insert, update

from woocp_pipelines.counterpoint.customer_creation import create_customer
from woocp_pipelines.counterpoint.customer_index import read_customer_index
from woocp_pipelines.counterpoint.customer_writing import write_customer
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.ship_addresses import (
    DEFAULT_ADDRESS,
    add_ship_address,
    put_ship_address,
    ship_address_id,
)
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    AR_SHIP_ADRS,
    SY_WRKGRP,
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
)
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.rules.addresses import read_address
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_matching import Linked
from woocp_pipelines.rules.customer_reading import order_customer
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.customer_world import (
    NOW,
    block,
    known_customer,
    mapped,
    order,
    registered,
    rows,
    seed_codes,
    settings_for,
)

LOCAL = store_local(NOW, settings_for().store.zone)


@pytest.fixture
def counterpoint(engine):
    seed_codes(engine)
    return engine


def create(engine, customer, **tables):
    return in_transaction(
        engine, lambda one: create_customer(one, settings_for(**tables), customer, NOW)
    )


def put_address(engine, cust_no="00042", **changes):
    address = read_address(block(**changes))
    return in_transaction(
        engine, lambda one: put_ship_address(one, cust_no, address, settings_for(), NOW)
    )


def test_the_row_holds_the_retailer_s_value_set_to_the_last_column(counterpoint):
    create(counterpoint, registered(5))
    (row,) = rows(counterpoint, AR_CUST)
    expected = (
        "CUST_TYP C, PROMPT_NAM_ADRS N, ALLOW_AR_CHRG N, ALLOW_TKTS Y, NO_CR_LIM Y, "
        "NO_MAX_CHK_AMT Y, BAL_METH O, USE_ORD_SHIP_TO N, ALLOW_ORDS Y, LST_AGE_FUTR_DOCS Y, "
        "LST_AGE_METH I, LST_AGE_NO_CUTOFF N, LST_STMNT_METH !, WRK_STMNT_ACTIV N, "
        "USE_LWY_SHIP_TO N, ALLOW_LWYS Y, IS_ECOMM_CUST Y, ECOMM_NXT_PUB_UPDT N, "
        "ECOMM_NXT_PUB_FULL N, PROMPT_FOR_CUSTOM_FLDS N, REQ_PO_NO N, EMAIL_STATEMENT N, "
        "INCLUDE_IN_MARKETING_MAILOUTS N, RPT_EMAIL N, CATEG_COD RETAIL, PROF_COD_1 RETAIL, "
        "STR_ID 01, SLS_REP INTEG, LST_MAINT_USR_ID INTEG, CUST_NAM_TYP B, CUST_NO 00100, "
        "TAX_COD NY-STATE"
    )
    assert {pair.split()[0]: row[pair.split()[0]] for pair in expected.split(", ")} == {
        pair.split()[0]: pair.split()[1] for pair in expected.split(", ")
    }
    money = ("UNPSTD_BAL", "BAL", "ORD_BAL", "LWY_BAL")
    assert {row[name] for name in money} == {Decimal(0)}
    counts = ("NO_OF_ORDS", "NO_OF_LWYS", "LOY_PTS_BAL", "RS_STAT")
    points = ("TOT_LOY_PTS_EARND", "TOT_LOY_PTS_RDM", "TOT_LOY_PTS_ADJ")
    assert {row[name] for name in (*counts, *points)} == {0}
    assert (row["NAM_UPR"], row["FST_NAM_UPR"]) == ("NORDLYS & SØN", "ÅSE")
    assert row["LST_NAM_UPR"] == "BJØRNSDØTTIR"
    assert row["LST_MAINT_DT"] == LOCAL
    assert (row["DISC_PCT"], row["TAX_EXEMPT_NO"], row["EMAIL_ADRS_2"]) == (None, None, None)


@pytest.mark.cp_bug(3)
@pytest.mark.parametrize(
    ("counter", "number", "following"),
    [
        ("00100", "00100", "00101"),
        ("A0099", "A0099", "A0100"),
        ("9", "9", "10"),
        ("AZ", "AZ", "BA"),
    ],
)
def test_numbers_go_up_as_the_tills_count_and_keep_their_zeros(engine, counter, number, following):
    seed_codes(engine, counter)
    assert create(engine, registered(5)) == number
    (group,) = rows(engine, SY_WRKGRP)
    assert group["NXT_CUST_NO"] == following


@pytest.mark.cp_bug(52)
def test_unspecified_codes_come_from_the_template_customer_and_nothing_else_does(counterpoint):
    known_customer(
        counterpoint,
        "T-WEB",
        TERMS_COD="NET30",
        SHIP_VIA_COD=" ",
        STMNT_COD="MONTH",
        DISC_PCT=Decimal(5),
        TAX_EXEMPT_NO="X1",
        TAX_COD="OUT",
        CATEG_COD="OTHER",
        PROF_COD_1="TIER5",
        EMAIL_ADRS_2="template@x.test",
        BAL=Decimal(7),
        CUST_TYP="A",
    )
    with writing(counterpoint) as connection:
        connection.execute(update(SY_WRKGRP).values(TMPLT_CUST_NO="T-WEB"))
    create(counterpoint, registered(5))
    row = rows(counterpoint, AR_CUST)[0]
    assert row["CUST_NO"] == "00100"
    assert (row["TERMS_COD"], row["STMNT_COD"]) == ("NET30", "MONTH")
    assert (row["SHIP_VIA_COD"], row["SHIP_ZONE_COD"]) == (None, None)
    assert (row["DISC_PCT"], row["TAX_EXEMPT_NO"], row["EMAIL_ADRS_2"]) == (None, None, None)
    assert (row["TAX_COD"], row["PROF_COD_1"], row["CATEG_COD"]) == ("NY-STATE", "RETAIL", "RETAIL")
    assert (row["BAL"], row["CUST_TYP"]) == (Decimal(0), "C")


def test_a_template_that_does_not_exist_gives_nothing(counterpoint):
    with writing(counterpoint) as connection:
        connection.execute(update(SY_WRKGRP).values(TMPLT_CUST_NO="NOBODY"))
    create(counterpoint, registered(5))
    assert rows(counterpoint, AR_CUST)[0]["TERMS_COD"] is None


@pytest.mark.cp_bug(18)
def test_a_tax_code_that_counterpoint_lacks_refuses_and_gives_the_number_back(counterpoint):
    with pytest.raises(RefusedError) as refused:
        create(counterpoint, registered(5), tax={"default": "FL-BROWAR"})
    assert (refused.value.first.code, refused.value.first.retryable) == ("NO_TAX_CODE", True)
    assert rows(counterpoint, SY_WRKGRP)[0]["NXT_CUST_NO"] == "00100"


@pytest.mark.cp_bug(43)
def test_no_e_mail_is_ever_invented(counterpoint):
    create(counterpoint, order_customer(order(7, email="")))
    assert rows(counterpoint, AR_CUST)[0]["EMAIL_ADRS_1"] is None


def test_the_staging_row_says_what_was_done_and_why(counterpoint):
    known_customer(counterpoint, "00042", EMAIL_ADRS_1="known@x.test")
    settings = settings_for()
    for customer in (
        registered(5),
        registered(6, email="known@x.test"),
        registered(5),
        order_customer(order(7, email="known@x.test")),
    ):
        write_customer(counterpoint, settings, customer, NOW)
    made, linked, guest = rows(counterpoint, USER_CUSTOMER_STAGING)
    assert (made["ACTION_TAKEN"], made["CUST_NO"], made["TAX_COD"]) == (
        "INSERT",
        "00100",
        "NY-STATE",
    )
    assert (made["CATEG_COD"], made["PROF_COD_1"], made["STR_ID"]) == ("RETAIL", "RETAIL", "01")
    assert (linked["ACTION_TAKEN"], linked["CUST_NO"]) == ("LINKED_EXISTING", "00042")
    assert linked["VALIDATION_NOTES"] == "the customer's e-mail"
    assert (guest["ACTION_TAKEN"], guest["WOO_ORDER_ID"]) == ("SKIPPED", 7)
    assert guest["VALIDATION_NOTES"] == "known by the e-mail or the order"
    sources = [row["MAPPING_SOURCE"] for row in rows(counterpoint, USER_CUSTOMER_MAP)]
    assert sources == ["AUTO_STAGING", "AUTO_EMAIL"]


@pytest.mark.cp_bug(4)
def test_the_next_id_counts_numbers_only(engine):
    known_customer(engine, "00042")
    with writing(engine) as connection:
        for ship_adrs_id in ("(DEFAULT)", "007", "WAREHOUSE", "9999999999", "3"):
            row = {"CUST_NO": "00042", "SHIP_ADRS_ID": ship_adrs_id, "NAM": ship_adrs_id}
            connection.execute(insert(AR_SHIP_ADRS).values(**row))
    assert put_address(engine, address_1="9 Dock Rd") == "8"


@pytest.mark.cp_bug(4)
def test_addresses_added_at_once_get_ids_of_their_own(engine):
    known_customer(engine, "00042")
    start = Barrier(4)

    def add(number):
        start.wait()
        return put_address(engine, address_1=f"{number} Dock Rd")

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(add, (1, 2, 3, 4)))
    assert sorted(ids) == ["1", "2", "3", "4"]


def test_what_the_till_wrote_is_recognised_and_stays_as_it_is(engine):
    known_customer(engine, "00042")
    till = {
        "CUST_NO": "00042",
        "SHIP_ADRS_ID": "DOCK",
        "NAM": "Nordlys & Son Inc",
        "ADRS_1": "9 N. Dock Ct., Suite 4",
        "CITY": "Saint Cloud",
        "STATE": "NY",
        "ZIP_COD": "14604-0001",
    }
    with writing(engine) as connection:
        connection.execute(insert(AR_SHIP_ADRS).values(**till))
    given = {"company": "NORDLYS AND SON, INC.", "city": "St. Cloud", "postcode": "14604"}
    address = {"address_1": "9 North Dock Court", "address_2": "STE4"}
    before = rows(engine, AR_SHIP_ADRS)
    assert put_address(engine, **given, **address) == "DOCK"
    assert rows(engine, AR_SHIP_ADRS) == before


def test_the_customer_s_own_address_is_the_default_one_and_is_not_added(engine):
    known_customer(engine, "00042")
    address = read_address(block(address_1="12 MAIN STREET", postcode="14604-1111"))
    with writing(engine) as connection:
        assert ship_address_id(connection, "00042", address, settings_for(), NOW) == DEFAULT_ADDRESS
        assert add_ship_address(connection, "00042", address, settings_for(), NOW) is None
    assert rows(engine, AR_SHIP_ADRS) == []


@pytest.mark.parametrize("many", [3, 1_500])
def test_matching_is_three_statements_however_many_are_asked_for(engine, many):
    known_customer(engine, "00042", EMAIL_ADRS_2=" U2@x.test ")
    mapped(engine, "00042", 9_999)
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    emails = {f"u{number}@x.test" for number in range(many)}
    with reading(engine) as connection:
        connection.execute(AR_CUST.select())
        statements.clear()
        index = read_customer_index(connection, set(range(2 * many)), emails)
    assert len(statements) == 3
    assert index.match(2, "u2@x.test") == Linked("00042", mapped_user_id=9_999)
