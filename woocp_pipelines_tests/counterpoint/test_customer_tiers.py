"""Reading web customers with their users, and the column that holds the bid number."""

import pytest
from sqlalchemy import event, insert

from woocp_pipelines.counterpoint.customer_tiers import check_bid_column, read_web_accounts
from woocp_pipelines.counterpoint.engine import reading, writing
from woocp_pipelines.counterpoint.tables import USER_CUSTOMER_MAP
from woocp_pipelines.rules.customer_push import WebAccount
from woocp_pipelines.settings_loading import SettingsError
from woocp_pipelines_tests.customer_world import known_customer


def map_user(engine, cust_no, user_id, *, active=True):
    row = {"CUST_NO": cust_no, "WOO_USER_ID": user_id, "IS_ACTIVE": active}
    with writing(engine) as connection:
        connection.execute(insert(USER_CUSTOMER_MAP).values(**row))


def accounts(engine, bid_column="", **more):
    with reading(engine) as connection:
        return read_web_accounts(connection, bid_column, **more)


def test_web_customers_come_with_the_user_of_their_active_map_row(engine):
    known_customer(engine, "00001", PROF_COD_1="TIER1", CATEG_COD="WEB")
    known_customer(engine, "00002", PROF_COD_1=None, CATEG_COD=None)
    known_customer(engine, "00003", IS_ECOMM_CUST="N")
    known_customer(engine, "00004", PROF_COD_1="GOV TIER1")
    map_user(engine, "00001", 11)
    map_user(engine, "00002", 12, active=False)
    map_user(engine, "00003", 13)
    assert accounts(engine) == [
        WebAccount("00001", "WEB", "TIER1", None, 11),
        WebAccount("00002", None, None, None, None),
        WebAccount("00003", "RETAIL", "RETAIL", None, 13, on_web=False),
        WebAccount("00004", "RETAIL", "GOV TIER1", None, None),
    ]
    assert [one.user_id for one in accounts(engine, map_exists=False)] == [None] * 3


def test_all_of_them_are_one_statement(engine):
    for number in range(30):
        known_customer(engine, f"{number:05d}")
        map_user(engine, f"{number:05d}", number + 1)
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    assert len(accounts(engine, "COMMNT")) == 30
    assert len([one for one in seen if "AR_CUST" in one]) == 1


@pytest.mark.parametrize("column", ["EMAIL_ADRS_2", "email_adrs_2", "PROF_COD_1"])
def test_the_bid_number_is_read_from_the_column_that_is_named(engine, column):
    known_customer(engine, "00001", EMAIL_ADRS_2="B99", PROF_COD_1="B99")
    with reading(engine) as connection:
        check_bid_column(connection, column)
    (one,) = accounts(engine, column)
    assert (one.bid_no, one.tier) == ("B99", "B99")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("NCR_BID_NO", "'NCR_BID_NO' is no column of AR_CUST"),
        ("CUST_NO; DROP TABLE AR_CUST", "is no column"),
        ("NO_OF_ORDS", "not text"),
        ("RS_UTC_DT", "not text"),
    ],
)
def test_a_column_that_cannot_hold_a_bid_number_is_refused(engine, name, said):
    with reading(engine) as connection, pytest.raises(SettingsError, match=said) as error:
        check_bid_column(connection, name)
    assert str(error.value).startswith("customers.bid_no_source: ")
    assert "PROF_COD_1" in str(error.value)


def test_no_bid_number_needs_no_look_at_the_catalog(engine):
    seen = []
    with reading(engine) as connection:
        event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
        check_bid_column(connection, "")
    assert seen == []
