"""`woocp reconcile DAY`: three totals, differences with causes, and an exit code for monitors."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from woocp_pipelines.counterpoint.engine import open_engine, writing
from woocp_pipelines.counterpoint.tables import PS_DOC_HDR, PS_DOC_HDR_TOT, PS_TKT_HIST
from woocp_pipelines.sandbox.shipping import post_ticket, release_order

EQUAL, REFUSED, REFUNDED = "2026-10-05", "2026-10-28", "2026-10-16"


@pytest.fixture
def synced(home_booked):
    """The sandbox with its orders booked."""
    return home_booked


def test_an_equal_day_ends_with_0_and_shows_three_totals(synced, woocp):
    ran = woocp("reconcile", EQUAL, "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["day"], answer["unexplained_cents"]) == (0, EQUAL, 0)
    (totals,) = answer["totals"]
    assert totals["web"] == totals["documents"] == totals["payments"] == "727.59"
    assert (totals["documents_above"], totals["payments_above"]) == ("0.00", "0.00")
    assert (answer["differences"], answer["stock"]) == ([], None)
    assert answer["at"].endswith("+00:00")


def test_differences_that_are_all_explained_end_with_1(synced, woocp):
    ran = woocp("reconcile", REFUSED, "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 1
    assert {each["cause"] for each in answer["differences"]} == {"refused"}
    codes = {each["woo_order_number"]: each["code"] for each in answer["differences"]}
    assert codes["7036"] == "NO_PAY_CODE"
    assert [each["currency"] for each in answer["totals"]] == ["CAD", "USD"]
    (customer,) = answer["customers_without_map"]
    assert customer == {"woo_customer_id": 22, "orders": ["7030"], "code": None}


def test_unexplained_cents_end_with_2(synced, woocp):
    _change_a_document(synced)
    ran = woocp("reconcile", EQUAL, "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["unexplained_cents"]) == (2, 3)
    (found,) = answer["differences"]
    assert (found["cause"], found["documents_above"]) == ("amount", "0.03")
    assert found["open"] is True
    assert found["tickets"]


def test_people_read_the_cause_and_what_to_do_next(synced, woocp):
    ran = woocp("reconcile", REFUNDED, "--sandbox")
    text = " ".join(ran.out.split())
    assert ran.code == 1
    assert "1 differences, all explained" in text
    assert "refunded (REFUNDED_BEFORE_BOOKING): documents +8.90, payments +8.90 USD" in text
    assert "next step: take the refund into account in document" in text


def test_payments_that_cannot_be_read_are_counted_and_never_shown_as_paid(synced, woocp):
    _finish_an_order(synced)
    ran = woocp("reconcile", EQUAL, "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["unexplained_cents"]) == (0, 0)
    (totals,) = answer["totals"]
    left = Decimal(totals["due"]) - Decimal(totals["payments"])
    assert Decimal(totals["payments_not_read"]) == left > 0
    assert (totals["orders_with_payments_not_read"], totals["payments_above"]) == (1, "0.00")
    text = " ".join(woocp("reconcile", EQUAL, "--sandbox").out.split())
    assert f"payments of 1 orders ({left} USD) are not compared: their tickets are posted" in text


def test_stock_is_compared_on_request(synced, woocp):
    answer = woocp("reconcile", EQUAL, "--sandbox", "--json", "--stock").json()
    assert answer["stock"]["compared"] > 0
    assert answer["stock"]["differing"]
    assert set(answer["stock"]["differing"][0]) == {"sku", "store_shows", "should_show"}


def test_before_the_first_sync_every_paid_order_is_missing(home, woocp):
    ran = woocp("reconcile", REFUSED, "--sandbox", "--json")
    assert ran.code == 1
    assert {each["cause"] for each in ran.json()["differences"]} == {"missing"}


def test_a_refund_and_a_wrong_document_never_make_up_for_each_other(synced, woocp):
    _change_a_document(synced, "7024", "-20.00")
    ran = woocp("reconcile", REFUNDED, "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["unexplained_cents"]) == (2, 2000)
    found = {
        each["cause"]: (each["documents_above"], each["payments_above"], each["unexplained"])
        for each in answer["differences"]
    }
    assert found == {
        "amount": ("-20.00", "0.00", "20.00"),
        "refunded": ("8.90", "8.90", "0.00"),
    }


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("yesterday", "expected a day of the calendar"),
        ("2026-13-01", "expected a day of the calendar"),
        ("05.10.2026", "expected a day of the calendar"),
        ("2026-10-5", "found '2026-10-5', expected a day of the calendar as YYYY-MM-DD"),
        ("", "expected a day of the calendar"),
        ("9999-12-31", "name a day that has begun"),
        ("0001-01-01", "expected a day from 2000-01-01"),
    ],
)
def test_a_day_that_cannot_be_compared_is_refused_with_every_key_of_the_answer(
    home, woocp, day, says
):
    ran = woocp("reconcile", day, "--sandbox", "--json")
    answer = ran.json()
    assert (ran.code, answer["day"], answer["unexplained_cents"]) == (2, day, None)
    assert says in answer["error"]
    assert ran.err == f"woocp: {answer['error']}\n"
    right = woocp("reconcile", EQUAL, "--sandbox", "--json").json()
    assert set(answer) == {*right, "error"}


def test_a_day_to_come_is_refused_before_anything_is_asked(home, woocp):
    # Not tomorrow: at midnight that becomes today while the command starts.
    coming = datetime.now(ZoneInfo("America/New_York")).date() + timedelta(days=2)
    ran = woocp("reconcile", str(coming), "--sandbox")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"woocp: DAY: found {coming}, expected a day from")


def _finish_an_order(home, number="7011"):
    """It is shipped whole, and its tickets are posted."""
    engine = open_engine(f"sqlite:///{home / 'sandbox' / 'counterpoint.db'}")
    now = datetime(2026, 10, 6, 10)
    header, total, posted = PS_DOC_HDR.c, PS_DOC_HDR_TOT.c, PS_TKT_HIST.c
    with writing(engine) as connection:
        found = select(header.DOC_TYP, header.DOC_ID).where(header.REF == f"WOO {number}")
        documents = {row.DOC_TYP: row.DOC_ID for row in connection.execute(found)}
        whole = select(total.TOT).where(total.DOC_ID == documents["O"], total.TOT_TYP == "O")
        amount = connection.execute(whole).scalar_one()
        released = release_order(connection, documents["O"], now)
        for ticket in (documents["T"], released):
            post_ticket(connection, ticket, now)
        connection.execute(update(PS_TKT_HIST).where(posted.DOC_ID == released).values(TOT=amount))
    engine.dispose()


def _change_a_document(home, number="7011", off="0.03"):
    """Somebody makes the document of an order dearer, three cents unless told otherwise."""
    engine = open_engine(f"sqlite:///{home / 'sandbox' / 'counterpoint.db'}")
    total, header = PS_DOC_HDR_TOT, PS_DOC_HDR
    with writing(engine) as connection:
        order = select(header.c.DOC_ID).where(
            header.c.REF == f"WOO {number}", header.c.DOC_TYP == "O"
        )
        statement = update(total).where(
            total.c.DOC_ID == order.scalar_subquery(), total.c.TOT_TYP == "O"
        )
        connection.execute(statement.values(TOT=total.c.TOT + Decimal(off)))
    engine.dispose()
