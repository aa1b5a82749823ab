"""Other shapes than the worked example's: unpaid, free, sale tickets, guests, times, stock."""

import pytest

from woocp_pipelines_tests.order_world import D, book_all, holds, line, plain_order, total_row


def test_an_unpaid_order_is_an_order_without_deposit(world):
    world.order(date_paid_gmt=None, payment_method="cod", payment_method_title="On delivery")
    book_all(world)
    assert world.documents() == [("WOO 20001", "O")]
    holds(total_row(world, "O"), TOT=D("236.11"), TOT_TND=D(0), AMT_DUE=D("236.11"))
    holds(total_row(world, "R"), AMT_DUE=D("208.98"))
    holds(world.rows("PS_DOC_HDR_DOC_STAT")[0], TOT_DEP_RECEIVED=D(0))
    assert world.rows("PS_DOC_PMT") == world.rows("PS_DOC_PMT_APPLY") == []
    assert world.rows("PS_STA_CFG_PS")[0]["NXT_TKT_NO"] == "109-000001"


def test_an_unpaid_order_needs_no_open_drawer(world):
    world.set_rows("PS_DRW_SESSION", {}, STAT="C")
    world.order(date_paid_gmt=None)
    assert book_all(world).created == 1


def test_a_free_order_is_an_order_without_deposit(world):
    world.order(**plain_order([line(1, "01-10100", 2, "0.00")], payment_method=""))
    book_all(world)
    assert world.documents() == [("WOO 20001", "O")]
    holds(total_row(world, "O"), TOT=D(0), AMT_DUE=D(0), LINS=1)
    assert world.rows("IM_INV", ITEM_NO="01-10100")[0]["QTY_COMMIT"] == D(482)


def test_payments_may_be_left_to_staff(world):
    world.configure(documents={"payments": "none"})
    world.order()
    book_all(world)
    assert world.documents() == [("WOO 20001", "O")]
    holds(total_row(world, "O"), TOT_TND=D(0), AMT_DUE=D("236.11"))


@pytest.mark.cp_bug(19)
@pytest.mark.parametrize("payments", ["deposit", "tender"])
def test_option_c_is_one_paid_sale_ticket(world, payments):
    world.configure(documents={"type": "T", "payments": payments})
    world.order()
    book_all(world)
    (header,) = world.rows("PS_DOC_HDR")
    holds(header, DOC_TYP="T", TKT_NO="109-000001", DRW_SESSION_ID=4711, SAL_LINS=2, ORD_LINS=0)
    holds(header, SAL_LIN_TOT=D("208.98"), HAS_ENTD_LINS="N", TO_REL_LINS=2)
    assert {(row["LIN_TYP"], row["QTY_ENTD"]) for row in world.rows("PS_DOC_LIN")} == {("S", D(0))}
    holds(total_row(world, "S"), TOT=D("236.11"), TOT_TND=D("236.11"), AMT_DUE=D(0))
    assert world.rows("PS_DOC_HDR_DOC_STAT") == []
    assert [row["APPL_TYP"] for row in world.rows("PS_DOC_PMT_APPLY")] == ["S"]
    assert [row["TAX_DOC_PART"] for row in world.rows("PS_DOC_TAX")] == ["S"]
    holds(world.rows("IM_INV", ITEM_NO="01-10251")[0], QTY_COMMIT=D(10), QTY_ON_ORD=D(0))
    assert world.rows("AR_CUST")[0]["NO_OF_ORDS"] == 0
    holds(world.rows("PS_STA_CFG_PS")[0], NXT_ORD_NO="O109-000001", NXT_TKT_NO="109-000002")


def test_a_sale_ticket_must_be_paid(world):
    world.configure(documents={"type": "T"})
    world.order(date_paid_gmt=None)
    world.pull()
    world.book()
    assert world.letters() == [("order", "20001", "NOT_PAID")]
    assert world.documents() == []


@pytest.mark.cp_bug(23, 39)
def test_the_time_of_an_order_is_the_stores_also_in_the_repeated_hour(world):
    world.order(1, date_created_gmt="2026-11-01T05:30:00")
    world.order(2, date_created_gmt="2026-11-01T06:30:00")
    world.order(3, date_created_gmt="2026-07-01T03:30:00")
    book_all(world)
    times = {row["REF"]: row["TKT_DT"].isoformat() for row in world.rows("PS_DOC_HDR")}
    assert times == {
        "WOO 1": "2026-11-01T01:30:00",
        "WOO 2": "2026-11-01T01:30:00",
        "WOO 3": "2026-06-30T23:30:00",
    }


def test_two_orders_of_one_new_guest_in_one_claim_make_one_customer(world):
    guest = {"first_name": "Zoë", "last_name": "Quill", "address_1": "5 Elm St", "city": "Davie",
             "state": "FL", "postcode": "33314", "country": "US", "email": "zoe@quill.test",
             "company": "", "phone": ""}  # fmt: skip
    shouted = {**guest, "email": "ZOE@Quill.test"}
    world.order(1, customer_id=0, billing=guest, shipping=guest)
    world.order(2, customer_id=0, billing=shouted, shipping=shouted)
    book_all(world)
    new = [row for row in world.rows("AR_CUST") if row["CUST_NO"] != "10001"]
    assert [(row["EMAIL_ADRS_1"], row["NO_OF_ORDS"]) for row in new] == [("zoe@quill.test", 2)]
    assert {row["CUST_NO"] for row in world.rows("PS_DOC_HDR")} == {new[0]["CUST_NO"]}


def test_goods_without_stock_are_sold_and_no_stock_is_touched(world):
    world.set_rows("IM_ITEM", {"ITEM_NO": "01-10251"}, ITEM_TYP="N")
    world.order()
    book_all(world)
    holds(world.rows("IM_INV", ITEM_NO="01-10251")[0], QTY_COMMIT=D(0), QTY_ON_ORD=D(0))
    holds(world.rows("IM_INV", ITEM_NO="01-10100")[0], QTY_COMMIT=D(482), QTY_ON_ORD=D(2))


@pytest.mark.cp_bug(27, 29)
def test_one_item_on_two_lines_and_in_two_units_is_committed_as_one_sum(world):
    lines = [
        line(1, "01-10251", 3, "60.00"),
        line(2, "01-10251-CARTON", 2, "400.00"),
        line(3, "01-10251", 1, "20.00"),
    ]
    world.state.add_product({"id": 203, "name": "again", "sku": "01-10251"})
    world.order(**plain_order(lines))
    book_all(world)
    (row,) = world.rows("IM_INV", ITEM_NO="01-10251")
    holds(row, QTY_COMMIT=D(24), QTY_ON_ORD=D(24), QTY_ON_SO=D(0), QTY_ON_HND=D(40))
