"""Single rules of the documents: unit prices, costs, notes, prompts, contacts."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from woocp_pipelines.rules.addresses import read_address
from woocp_pipelines.rules.document_building import build_documents, document_ref
from woocp_pipelines.rules.document_building.inputs import (
    CatalogueItem,
    CounterpointPrice,
    ItemCost,
    UnitPrices,
)
from woocp_pipelines.rules.document_building.line_money import LineMoney, line_money
from woocp_pipelines.rules.money import unit_price
from woocp_pipelines.rules.web_order import WebCharge, WebCoupon
from woocp_pipelines_tests.rules.catalogue import CARTON, SHEET, item
from woocp_pipelines_tests.rules.document_building_cases import Case, make_case

D = Decimal
CASE = make_case(1, "B")


def money(unit: Any, quantity: str = "1", ext: str = "171.00", **changes: Any) -> LineMoney:
    line = CASE.booking.lines[0]
    found: CatalogueItem = item(**changes)
    web = replace(line.web, quantity=D(quantity))
    return line_money(replace(line, web=web, item=found, unit=unit), D(ext), None)


def rebuilt(order: dict[str, Any] | None = None, **booking: Any) -> Case:
    """The case again, with other values in its order or its booking."""
    changed = replace(CASE.order, **(order or {}))
    again = replace(CASE.booking, **booking)
    documents = build_documents(changed, again, CASE.place, uuid4)
    return replace(CASE, order=changed, booking=again, documents=documents)


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ({"0": ("20.9", "21.5"), "1": ("200", None)}, ("200", "200")),
        ({"0": ("20.9", "21.5"), "1": ("200", "210")}, ("200", "210")),
        ({"0": ("20.9", "21.5"), "1": (None, None)}, ("209.0", "215.0")),
        ({"0": ("20.9", "21.5")}, ("209.0", "215.0")),
        ({"0": ("20.9", None), "1": (None, None)}, ("209.0", "209.0")),
        ({}, (None, None)),
    ],
)
def test_a_blank_alternate_price_follows_the_stocking_unit(prices, expected):
    """CP §4.6; a unit that the price row does not name is a blank one, never a pack's price."""
    found = {code: UnitPrices(*(one and D(one) for one in pair)) for code, pair in prices.items()}
    got = money(CARTON, prices=found).prices
    assert (got.prc_1, got.reg_prc) == tuple(one and D(one) for one in expected)


def test_the_price_of_a_twelfth_of_a_dozen_is_that_of_the_reference():
    """CP §4.6: 29.99 a dozen, EACH 1/12."""
    each = replace(SHEET, numer=D(1), denom=D(12))
    blank = money(
        each, prices={"0": UnitPrices(D("29.99"), D("29.99")), "2": UnitPrices(None, None)}
    )
    assert blank.prices.reg_prc == D("2.4992")
    filled = {"0": UnitPrices(D("29.99"), None), "2": UnitPrices(D("3.00"), None)}
    assert money(each, prices=filled).prices.prc_1 == D("3.00")


@pytest.mark.parametrize(
    ("on_hand", "value", "last", "expected"),
    [
        ("495", "6187.50", "12.00", "125.0000"),
        ("0", "0.00", "12.00", "120.0000"),
        ("-7000", "-900.00", "12.00", "120.0000"),
        ("10", "0.00", "12.00", "120.0000"),
    ],
)
def test_a_carton_costs_its_packs_at_average_else_last_cost(on_hand, value, last, expected):
    cost = ItemCost(D(on_hand), D(value), D(last), D(0))
    found = money(CARTON, quantity="3", cost=cost)
    assert found.unit_cost == D(expected)
    assert found.ext_cost == D(expected) * 3


def test_the_extension_wins_over_the_unit_price():
    """CP §4.2 rule 2: three for ten."""
    found = money(CARTON, quantity="3", ext="10.00")
    assert (found.prc, found.ext_prc) == (D("3.3333"), D("10.00"))
    assert (found.calc_prc, found.calc_ext_prc, found.overridden) == (found.prc, D("10.00"), False)


def test_an_amount_in_the_note_is_rounded_like_every_other():
    coupon = WebCoupon("TEN", D("5.125"))
    (note,) = rebuilt({"coupons": (coupon,)}).rows("PS_DOC_NOTE")
    assert "Coupon TEN -5.13" in note["NOTE"]
    assert note["NOTE"] == note["NOTE_TXT"]


def test_a_transaction_id_is_prompted_only_where_the_code_asks_and_there_is_one():
    assert CASE.booking.pay is not None
    asked = replace(CASE.booking.pay, prompts=True)
    order = {"transaction_id": " TX-1 "}
    (prompt,) = rebuilt(order, pay=asked).rows("PS_DOC_PMT_PROMPT")
    assert (prompt["PROMPT_TXT"], prompt["PROMPT_VAL"]) == ("Transaction", "TX-1")
    assert rebuilt({"transaction_id": ""}, pay=asked).rows("PS_DOC_PMT_PROMPT") == []
    silent = replace(asked, prompts=False)
    assert rebuilt(order, pay=silent).rows("PS_DOC_PMT_PROMPT") == []


def test_the_reference_of_a_document_is_the_cleaned_order_number():
    order = replace(CASE.order, number="Nr.\u00a07\u20138")
    assert document_ref(order) == "WOO Nr. 7-8"


def test_the_price_that_counterpoint_would_charge_is_told_apart_from_the_webs():
    line = CASE.order.lines[0]
    own = unit_price(CASE.rows("PS_DOC_LIN")[0]["PRC"])
    for calc, flag in ((own, "N"), (own + D("0.0001"), "Y")):
        price = CounterpointPrice(calc, D("1.00"))
        row = rebuilt(calc_prices={line.line_id: price}).rows("PS_DOC_LIN")[0]
        assert (row["CALC_PRC"], row["HAS_PRC_OVRD"], row["USR_ENTD_PRC"]) == (calc, flag, flag)


@pytest.mark.parametrize(
    ("quantity", "ext", "rounded"),
    [("3", "10.00", False), ("200", "66.67", False), ("30000", "10000.00", True)],
)
def test_a_unit_price_of_four_decimals_that_cannot_meet_the_extension_is_said(
    quantity, ext, rounded
):
    """CP §4.2 rule 2: the extension is what was paid, so the order is booked all the same."""
    found = money(SHEET, quantity=quantity, ext=ext)
    assert (found.rounded, found.ext_prc) == (rounded, D(ext))
    lines = tuple(
        replace(line, web=replace(line.web, quantity=D(quantity), total=D(ext)))
        for line in CASE.booking.lines
    )
    goods = sum((line.web.total for line in lines), D(0))
    order = {
        "lines": tuple(line.web for line in lines),
        "fee_lines": (),
        "total": goods + CASE.order.shipping_total + CASE.order.total_tax,
    }
    (note,) = rebuilt(order, lines=lines).rows("PS_DOC_NOTE")
    said = "Line 1: unit price rounded, 0.3333 x 30000 is not 10000.00, which was charged"
    assert (said in note["NOTE"]) == rounded


def test_what_an_address_column_cannot_hold_stands_in_the_note():
    """CP §3.8: cut texts are kept with their original; a long e-mail is never cut."""
    block = {"first_name": "Maximiliana Theodora", "email": f"{'x' * 60}@printers.test"}
    address = read_address(block)
    assert address.EMAIL_ADRS_1 is None
    (note,) = rebuilt({"billing": block}, bill_to=address, ship_to=address).rows("PS_DOC_NOTE")
    lines = note["NOTE"].splitlines()
    assert "Bill-to FST_NAM in full: Maximiliana Theodora" in lines
    assert "Ship-to FST_NAM in full: Maximiliana Theodora" in lines
    assert f"E-mail, which Counterpoint cannot hold: {block['email']}" in lines


def test_a_negative_fee_is_told_as_the_discount_that_it_is():
    fees = (WebCharge("Handling", "", D("3.00"), D(0)), WebCharge("Goodwill", "", D("-1.25"), D(0)))
    order = {"fee_lines": fees, "total": CASE.order.total - CASE.order.fee_total + D("1.75")}
    (note,) = rebuilt(order).rows("PS_DOC_NOTE")
    lines = note["NOTE"].splitlines()
    assert ("Fee: Handling 3.00" in lines, "Discount Goodwill -1.25" in lines) == (True, True)


def test_the_person_behind_a_business_is_the_contact_that_is_printed():
    """CP §1.14: CONTCT_1; a person alone is the name itself."""
    person = {"first_name": "Ann", "last_name": "Lee"}
    business = read_address({**person, "company": "Printers & Sons"})
    bill, ship = rebuilt(bill_to=business, ship_to=read_address(person)).rows("PS_DOC_CONTACT")
    assert (bill["NAM"], bill["CONTCT_1"], bill["NAM_TYP"]) == ("Printers & Sons", "Ann Lee", "B")
    assert (ship["NAM"], ship["CONTCT_1"], ship["NAM_TYP"]) == ("Ann Lee", None, "P")


def test_a_discontinued_item_is_sold_with_a_warning():
    lines = tuple(replace(line, item=item(stat="D")) for line in CASE.booking.lines)
    (note,) = rebuilt(lines=lines).rows("PS_DOC_NOTE")
    said = "Item 01-10100 is not active in Counterpoint: its status is D"
    assert note["NOTE"].splitlines().count(said) == 1
