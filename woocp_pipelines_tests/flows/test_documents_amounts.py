"""Money of documents: charges, discounts, tax, prices, as they stand in Counterpoint."""

import pytest

from woocp_pipelines.flows.replay import replay_orders
from woocp_pipelines_tests.order_world import D, book_all, holds, line, plain_order, total_row
from woocp_pipelines_tests.worked_example import example_order

FEE = {"id": 8, "name": "Handling", "total": "3.00", "total_tax": "0.21", "taxes": []}


@pytest.mark.cp_bug(13)
def test_fees_and_several_shipping_lines_stand_in_their_slots_with_their_tax(world):
    goods = line(1, "01-10100", 2, "40.00", "2.80")
    shipping = [
        {"id": 3, "method_title": "UPS", "method_id": "flat_rate", "instance_id": "2",
         "total": "10.00", "total_tax": "0.70", "taxes": []},
        {"id": 4, "method_title": "Lift gate", "method_id": "flat_rate", "instance_id": "3",
         "total": "5.00", "total_tax": "0.35", "taxes": []},
    ]  # fmt: skip
    changes = plain_order([goods], shipping_lines=shipping, fee_lines=[FEE], shipping_total="15.00")
    world.order(**{**changes, "total_tax": "4.06", "cart_tax": "3.01", "total": "62.06"})
    book_all(world)
    charges = {row["MISC_CHRG_NO"]: row for row in world.rows("PS_DOC_HDR_MISC_CHRG")}
    holds(charges[1], MISC_AMT=D("15.00"), MISC_TAX_AMT_ALLOC=D("1.05"))
    holds(charges[2], MISC_AMT=D("3.00"), MISC_TAX_AMT_ALLOC=D("0.21"))
    whole = total_row(world, "O")
    holds(whole, SUB_TOT=D("40.00"), TOT_MISC=D("18.00"), TAX_AMT=D("4.06"), TOT=D("62.06"))
    (tax,) = world.rows("PS_DOC_TAX")
    holds(tax, TXBL_MISC_CHG_AMT_1=D("15.00"), TXBL_MISC_CHG_AMT_2=D("3.00"), TAX_AMT=D("4.06"))
    (goods_row,) = world.rows("PS_DOC_LIN", LIN_TYP="O")
    assert goods_row["TAX_AMT_ALLOC"] == D("2.80")


def test_tax_of_several_authorities_adds_up_to_the_cent(world):
    authorities = {"FL-BROWARD": [["FL", "TAX"], ["BROWARD", "TAX"]]}
    world.configure(tax={"default": "FL-BROWARD", "authorities": authorities})
    rates = [
        {"id": 5, "rate_id": 1, "rate_code": "A-1", "label": "FL", "tax_total": "12.54",
         "shipping_tax_total": "0.00", "compound": False},
        {"id": 6, "rate_id": 2, "rate_code": "B-2", "label": "County", "tax_total": "2.09",
         "shipping_tax_total": "0.00", "compound": False},
    ]  # fmt: skip
    world.order(tax_lines=rates)
    book_all(world)
    taxes = {row["AUTH_COD"]: row["TAX_AMT"] for row in world.rows("PS_DOC_TAX")}
    assert taxes == {"FL": D("12.54"), "BROWARD": D("2.09")}


def test_a_county_without_a_surtax_is_booked_once_the_shops_rates_have_names(world):
    authorities = {"FL-BROWARD": [["FL", "TAX"], ["BROWARD", "TAX"]]}
    tax = {"default": "FL-BROWARD", "authorities": authorities}
    world.configure(tax=tax)
    world.order()
    world.pull()
    planned = world.book(mode="plan")
    assert [item.problem.code for item in planned.refused] == ["TAX_RATES"]
    world.book()
    (letter,) = world.letter_rows()
    holds(letter, CODE="TAX_RATES", FIELD="tax_lines", RETRYABLE=False)
    assert '"US-FL-1" = ["FL", "TAX"]' in letter["NEXT_STEP"]
    replay_orders(world.configure(tax={**tax, "rates": {"US-FL-1": ["FL", "TAX"]}}), ["20001"])
    taxes = {row["AUTH_COD"]: row["TAX_AMT"] for row in world.rows("PS_DOC_TAX")}
    assert taxes == {"FL": D("14.63"), "BROWARD": D(0)}
    assert total_row(world, "O")["HAS_TAX_OVRD"] == "!"


@pytest.mark.parametrize(
    ("tax", "code", "authorities"),
    [
        ({"by_state": {"FL": "FL-BROWARD"}}, None, 0),
        ({"default": "FL-BROWARD"}, "FL-BROWARD", 0),
        (
            {"default": "FL-BROWARD", "authorities": {"FL-BROWARD": [["FL", "TAX"]]}},
            "FL-BROWARD",
            1,
        ),
    ],
)
@pytest.mark.parametrize("place", [{"state": "GA"}, {"state": "ON", "country": "CA"}])
def test_an_untaxed_order_to_elsewhere_is_booked_with_a_tax_code_or_without(
    world, tax, code, authorities, place
):
    world.configure(tax=tax)
    billing = {**example_order()["billing"], **place}
    goods = line(1, "01-10100", 2, "40.00")
    world.order(**plain_order([goods], billing=billing, shipping=billing))
    book_all(world)
    assert {row["TAX_COD"] for row in world.rows("PS_DOC_HDR")} == {code}
    assert {row["NORM_TAX_COD"] for row in world.rows("PS_DOC_HDR")} == {code}
    found = [(row["TAX_AMT"], row["TOT_TXBL_AMT"]) for row in world.rows("PS_DOC_TAX")]
    assert found == [(D(0), D(0))] * authorities


def test_a_negative_fee_is_folded_into_the_goods_with_its_tax(world):
    """CP §4.3, as stores send it (recorded order 439): a goodwill discount is a fee below zero."""
    lines = [
        line(1, "01-10100", 2, "30.00", "2.10"),
        line(2, "01-10251-CARTON", 1, "170.00", "11.90"),
    ]
    goodwill = {**FEE, "name": "Goodwill discount", "total": "-1.25", "total_tax": "-0.09"}
    order = plain_order(lines, fee_lines=[FEE, goodwill])
    world.order(**{**order, "total_tax": "14.12", "cart_tax": "14.12", "total": "215.87"})
    book_all(world)
    first, second = world.rows("PS_DOC_LIN", LIN_TYP="O")
    holds(first, EXT_PRC=D("29.81"), PRC=D("14.905"), TAX_AMT_ALLOC=D("2.09"))
    holds(second, EXT_PRC=D("168.94"), PRC=D("168.94"), TAX_AMT_ALLOC=D("11.82"))
    charges = {row["MISC_CHRG_NO"]: row for row in world.rows("PS_DOC_HDR_MISC_CHRG")}
    holds(charges[2], MISC_AMT=D("3.00"), MISC_TAX_AMT_ALLOC=D("0.21"))
    whole = total_row(world, "O")
    holds(whole, SUB_TOT=D("198.75"), TOT_MISC=D("3.00"), TAX_AMT=D("14.12"), TOT=D("215.87"))
    holds(whole, TOT_HDR_DISC=D(0), TOT_LIN_DISC=D(0), AMT_DUE=D(0))
    assert "Discount Goodwill discount -1.25" in world.rows("PS_DOC_NOTE")[0]["NOTE_TXT"]


@pytest.mark.cp_bug(12)
def test_a_fraction_is_booked_as_it_was_sold(world):
    """The old script cut quantities to whole ones; the item says how many decimals it has."""
    world.set_rows("IM_ITEM", {"ITEM_NO": "01-10100"}, QTY_DECS=2)
    world.order(**plain_order([line(1, "01-10100", 1.5, "60.00")]))
    book_all(world)
    (row,) = world.rows("PS_DOC_LIN", LIN_TYP="O")
    holds(row, QTY_SOLD=D("1.5"), ORIG_QTY=D("1.5"), PRC=D(40), EXT_PRC=D("60.00"), QTY_DECS=2)
    holds(world.rows("IM_INV", ITEM_NO="01-10100")[0], QTY_COMMIT=D("481.5"))


def test_a_contract_price_that_the_web_charged_names_its_rule(world):
    rule = {"GRP_TYP": "C", "GRP_COD": "144319", "RUL_SEQ_NO": 1}
    world.set_rows("IM_PRC_RUL_BRK", rule, PRC_BRK_DESCR="49.49% off")
    goods = [
        line(1, "01-10100", 20, "421.91"),
        line(2, "01-10251-CARTON", 1, "200.00"),
        line(3, "01-10100", 1, "30.00"),
    ]
    world.state.add_product({"id": 203, "name": "again", "sku": "01-10100"})
    world.order(**plain_order(goods))
    book_all(world)
    found = [
        tuple(row[f"PRC_{name}"] for name in ("GRP_TYP", "RUL_SEQ_NO", "BRK_DESCR", "JUST_STR"))
        for row in world.rows("PS_DOC_LIN_PRICE")
    ]
    assert found == [
        ("C", 1, "49.49% off", "144319 SUPERIOR PC S"),
        ("!", -1, "I", "Price-1"),
        ("!", -1, "I", "Web"),
    ]
    flags = [row["HAS_PRC_OVRD"] for row in world.rows("PS_DOC_LIN", LIN_TYP="O")]
    assert flags == ["N", "N", "Y"]


def test_the_calculated_extension_is_rounded_as_the_site_rounds(world):
    """CP §5.4: 2 x 21.0955 is 42.191; 'U' makes 42.20 of it."""
    world.set_rows("IM_CTL", {}, PRC_ROUND_METH="U")
    world.order(**plain_order([line(1, "01-10100", 2, "40.00")]))
    book_all(world)
    (row,) = world.rows("PS_DOC_LIN", LIN_TYP="O")
    holds(row, CALC_PRC=D("21.0955"), CALC_EXT_PRC=D("42.20"))


@pytest.mark.cp_bug(9, 10, 11, 12)
def test_discounts_are_taken_off_once_and_line_totals_are_the_webs(world):
    """3 at 33.33333…: no price of two or four decimals times 3 gives the line total back."""
    goods = {**line(1, "01-10100", 3, "100.00"), "subtotal": "110.00"}
    coupon = [{"id": 4, "code": "TEN", "discount": "10.00", "discount_tax": "0.00"}]
    world.order(**plain_order([goods], coupon_lines=coupon, discount_total="10.00"))
    book_all(world)
    (row,) = world.rows("PS_DOC_LIN", LIN_TYP="O")
    holds(row, PRC=D("33.3333"), EXT_PRC=D("100.00"), GROSS_EXT_PRC=D("100.00"))
    whole = total_row(world, "O")
    holds(whole, SUB_TOT=D("100.00"), TOT=D("100.00"), TOT_HDR_DISC=D(0), TOT_LIN_DISC=D(0))
