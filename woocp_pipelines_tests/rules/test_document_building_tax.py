"""Where the store's tax goes: lines, charges, authorities; and when nobody can say."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.document_building import build_documents
from woocp_pipelines.rules.document_building.inputs import TaxCode
from woocp_pipelines.rules.document_building.tax import tax_shares
from woocp_pipelines.rules.order_mapping import read_order
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines_tests.rules.document_building_cases import make_case
from woocp_pipelines_tests.worked_example import example_order

D = Decimal
BASE = make_case(1, "B")
STATE, COUNTY = ("FL", "TAX"), ("BROWARD", "SURTAX")
TWO = TaxCode("FL-BROWARD", (STATE, COUNTY))
CENTS = st.integers(0, 10**6).map(lambda count: D(count).scaleb(-2))


def rate(rate_id: int, total: str, code: str, label: str = "", shipping: str = "0.00") -> dict:
    return {
        "rate_id": rate_id,
        "rate_code": code,
        "label": label,
        "tax_total": total,
        "shipping_tax_total": shipping,
    }


def rows(tax: TaxCode | None, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    """Rows by table of the worked example's order with another tax code."""
    order = read_order(example_order(**changes))
    lines = tuple(
        replace(BASE.booking.lines[0], web=web, stocking_qty=web.quantity) for web in order.lines
    )
    booking = replace(BASE.booking, lines=lines, tax=tax, calc_prices={})
    place = replace(
        BASE.place,
        documents=BASE.place.documents.model_copy(update={"shipping_slot": 1, "fee_slot": 2}),
    )
    return build_documents(order, booking, place, uuid4).rows


def by_authority(tax: TaxCode | None, **changes: Any) -> dict[str, dict[str, Any]]:
    return {row["AUTH_COD"]: row for row in rows(tax, **changes)["PS_DOC_TAX"]}


def refusal(tax: TaxCode | None, **changes: Any) -> Problem:
    with pytest.raises(RefusedError) as refused:
        rows(tax, **changes)
    return refused.value.first


TWO_RATES = [rate(1, "12.54", "US-FL-STATE-1"), rate(2, "2.09", "US-FL-BROWARD-2")]


def test_two_rates_are_the_two_authorities():
    found = by_authority(TWO, tax_lines=TWO_RATES)
    assert {name: row["TAX_AMT"] for name, row in found.items()} == {
        "FL": D("12.54"),
        "BROWARD": D("2.09"),
    }


def test_rates_are_taken_by_their_priority_not_as_the_first_lines_happened_to_use_them():
    found = by_authority(TWO, tax_lines=TWO_RATES[::-1])
    assert [row["TAX_AMT"] for row in found.values()] == [D("12.54"), D("2.09")]


def test_rates_without_a_priority_are_taken_as_they_come():
    lines = [rate(2, "2.09", "COUNTY"), rate(1, "12.54", "STATE")]
    assert [row["TAX_AMT"] for row in by_authority(TWO, tax_lines=lines).values()] == [
        D("2.09"),
        D("12.54"),
    ]


def test_fewer_rates_than_authorities_are_refused_with_what_to_write_down():
    """Goods sent to a county without a surtax: only the state's rate is on the order."""
    problem = refusal(TWO, tax_lines=[rate(1, "14.63", "US-FL-STATE-1", "FL Sales Tax")])
    assert (problem.code, problem.field) == ("TAX_RATES", "tax_lines")
    assert problem.found == "1 tax rates in the store: US-FL-STATE-1 (FL Sales Tax) 14.63"
    assert "FL/TAX, BROWARD/SURTAX" in problem.expected
    assert '"US-FL-STATE-1" = ["FL", "TAX"]' in problem.next_step
    assert "[tax.rates]" in problem.next_step
    assert problem.arithmetic == "14.63 = tax 14.63"


@pytest.mark.parametrize("name", ["US-FL-STATE-1", "FL SALES TAX"])
def test_named_rates_find_their_authority_whatever_their_number(name):
    named = replace(TWO, rates={name: STATE})
    lines = [rate(1, "14.63", "us-fl-state-1", "FL Sales Tax")]
    found = by_authority(named, tax_lines=lines)
    assert (found["FL"]["TAX_AMT"], found["BROWARD"]["TAX_AMT"]) == (D("14.63"), D(0))
    assert (found["FL"]["TXBL_LIN_AMT"], found["BROWARD"]["TXBL_LIN_AMT"]) == (D("208.98"), D(0))


def test_two_rates_of_one_authority_are_added():
    """A reduced class has a rate of its own: three rates, two authorities."""
    rates = {"A-1": STATE, "B-2": COUNTY, "C-1": STATE}
    lines = [rate(1, "10.00", "A-1"), rate(2, "2.63", "B-2"), rate(3, "2.00", "C-1")]
    found = by_authority(replace(TWO, rates=rates), tax_lines=lines)
    assert (found["FL"]["TAX_AMT"], found["BROWARD"]["TAX_AMT"]) == (D("12.00"), D("2.63"))


def test_a_name_for_some_rates_only_is_refused():
    named = replace(TWO, rates={"US-FL-STATE-1": STATE})
    assert refusal(named, tax_lines=TWO_RATES).code == "TAX_RATES"


def test_a_rate_of_an_authority_that_the_tax_code_lacks_is_refused():
    named = replace(TWO, rates={"US-FL-STATE-1": ("OHIO", "SALES"), "US-FL-BROWARD-2": COUNTY})
    problem = refusal(named, tax_lines=TWO_RATES)
    assert (problem.code, "OHIO/SALES" in problem.found) == ("TAX_RATES", True)
    assert "FL/TAX, BROWARD/SURTAX" in problem.expected


def test_one_authority_takes_the_tax_of_all_rates():
    (row,) = rows(TaxCode("EC", (STATE,)), tax_lines=TWO_RATES)["PS_DOC_TAX"]
    assert (row["TAX_AMT"], row["TXBL_LIN_AMT"]) == (D("14.63"), D("208.98"))


def test_an_authority_is_told_only_of_what_its_own_rates_taxed():
    """The county taxes neither freight nor the second line."""
    both = [{"id": 1, "total": "2.28"}, {"id": 2, "total": "0.38"}]
    first, second = example_order()["line_items"]
    lines = [
        first | {"taxes": both},
        second | {"taxes": [{"id": 1, "total": "11.97"}, {"id": 2, "total": ""}]},
    ]
    freight = example_order()["shipping_lines"][0]
    freight |= {"total_tax": "0.75", "taxes": [{"id": 1, "total": "0.75"}, {"id": 2, "total": ""}]}
    tax_lines = [rate(1, "14.25", "S-1", shipping="0.75"), rate(2, "0.38", "C-2")]
    found = by_authority(
        TWO,
        line_items=lines,
        shipping_lines=[freight],
        tax_lines=tax_lines,
        total_tax="15.38",
        total="236.86",
    )
    state, county = found["FL"], found["BROWARD"]
    assert (state["TXBL_LIN_AMT"], state["TXBL_MISC_CHG_AMT_1"]) == (D("208.98"), D("12.50"))
    assert (county["TXBL_LIN_AMT"], county["TXBL_MISC_CHG_AMT_1"]) == (D("37.98"), D(0))
    assert (state["TXBL_QTY"], county["TXBL_QTY"]) == (3, 2)
    assert (state["TOT_TXBL_AMT"], county["TOT_TXBL_AMT"]) == (D("221.48"), D("37.98"))
    assert (state["TAX_AMT"], county["TAX_AMT"]) == (D("15.00"), D("0.38"))


def test_of_several_charges_in_a_slot_the_taxed_ones_are_taxable():
    ups = example_order()["shipping_lines"][0]
    crane = ups | {"id": 9, "total": "5.00", "total_tax": "0.35"}
    (row,) = rows(
        TaxCode("EC", (STATE,)),
        shipping_lines=[ups, crane],
        shipping_total="17.50",
        total_tax="14.98",
        total="241.46",
    )["PS_DOC_TAX"]
    assert row["TXBL_MISC_CHG_AMT_1"] == D("5.00")


def tiny(line_id: int, quantity: int, total: str, *taxes: str) -> dict[str, Any]:
    """A line whose tax is too little to be shown; '' for a rate that does not apply."""
    return example_order()["line_items"][0] | {
        "id": line_id,
        "quantity": quantity,
        "subtotal": total,
        "total": total,
        "total_tax": "0.00",
        "taxes": [{"id": number, "total": tax} for number, tax in enumerate(taxes, 1)],
    }


def small_order(*lines: dict[str, Any], tax: str = "0.00", **changes: Any) -> dict[str, Any]:
    goods = sum((D(line["total"]) for line in lines), D(0))
    return {
        "line_items": list(lines),
        "shipping_lines": [],
        "shipping_total": "0.00",
        "total_tax": tax,
        "total": str(goods + D(tax)),
        **changes,
    }


def test_a_line_whose_tax_rounds_to_nothing_is_taxable_all_the_same():
    order = small_order(tiny(1, 1, "0.01", "0.00"), tax_lines=[rate(1, "0.00", "US-FL-1")])
    (row,) = rows(TaxCode("EC", (STATE,)), **order)["PS_DOC_TAX"]
    assert (row["TXBL_LIN_AMT"], row["TXBL_QTY"], row["TAX_AMT"]) == (D("0.01"), 1, D(0))


def test_lines_that_share_a_cent_of_tax_are_all_taxable():
    lines = [tiny(1, 1, "0.05", "0.00"), tiny(2, 1, "0.05", "0.01"), tiny(3, 1, "0.05", "0.00")]
    lines[1]["total_tax"] = "0.01"
    order = small_order(*lines, tax="0.01", tax_lines=[rate(1, "0.01", "US-FL-1")])
    (row,) = rows(TaxCode("EC", (STATE,)), **order)["PS_DOC_TAX"]
    assert (row["TXBL_LIN_AMT"], row["TXBL_QTY"], row["TAX_AMT"]) == (D("0.15"), 3, D("0.01"))


def test_of_an_order_whose_tax_rounds_to_nothing_each_authority_hears_what_it_taxes():
    lines = [tiny(1, 1, "0.01", "0.00", "0.00"), tiny(2, 3, "0.03", "0.00", "")]
    nothing = [rate(1, "0.00", "US-FL-STATE-1"), rate(2, "0.00", "US-FL-BROWARD-2")]
    found = by_authority(TWO, **small_order(*lines, tax_lines=nothing))
    taxable = {name: (row["TXBL_LIN_AMT"], row["TXBL_QTY"]) for name, row in found.items()}
    assert taxable == {"FL": (D("0.04"), 4), "BROWARD": (D("0.01"), 1)}
    assert {row["TAX_AMT"] for row in found.values()} == {D(0)}


@pytest.mark.parametrize("rates", [{}, {"US-FL-STATE-1": ("OHIO", "SALES")}])
def test_rates_without_an_amount_refuse_no_order(rates):
    """Nothing is to be placed, so it does not matter whose it would be."""
    order = small_order(
        tiny(1, 1, "0.01", "0.00"), tax_lines=[rate(1, "0.00", "US-FL-STATE-1", "FL")]
    )
    found = by_authority(replace(TWO, rates=rates), **order)
    assert [row["TXBL_LIN_AMT"] for row in found.values()] == [D(0), D(0)]


def test_a_charge_whose_tax_rounds_to_nothing_is_taxable_and_one_without_rates_is_not():
    ups = example_order()["shipping_lines"][0]
    freight = [
        ups | {"total": "0.03", "taxes": [{"id": 1, "total": "0.00"}]},
        ups | {"id": 9, "total": "0.02", "taxes": [{"id": 1, "total": ""}]},
    ]
    order = small_order(
        tiny(1, 1, "0.01", "0.00"),
        shipping_lines=freight,
        shipping_total="0.05",
        total="0.06",
        tax_lines=[rate(1, "0.00", "US-FL-1")],
    )
    (row,) = rows(TaxCode("EC", (STATE,)), **order)["PS_DOC_TAX"]
    assert (row["TXBL_MISC_CHG_AMT_1"], row["TOT_TXBL_AMT"]) == (D("0.03"), D("0.04"))


UNTAXED = {
    "line_items": [
        line | {"total_tax": "0.00", "taxes": []} for line in example_order()["line_items"]
    ],
    "total_tax": "0.00",
    "total": "221.48",
    "tax_lines": [],
}


@pytest.mark.parametrize("tax", [None, TaxCode("OUT", ()), TaxCode("EC", (STATE,)), TWO])
def test_an_order_without_tax_is_booked_with_whatever_code_there_is(tax):
    """An exempt customer, or another state; with authorities, each of them gets nothing."""
    built = rows(tax, **UNTAXED)
    amounts = [
        (row["TAX_AMT"], row["TXBL_LIN_AMT"], row["TXBL_QTY"]) for row in built["PS_DOC_TAX"]
    ]
    assert amounts == [(0, 0, 0)] * len(tax.authorities if tax else ())
    assert {row["TAX_COD"] for row in built["PS_DOC_HDR"]} == {tax and tax.tax_cod}
    assert {row["HAS_TAX_OVRD"] for row in built["PS_DOC_HDR_TOT"]} == {"!"}


@pytest.mark.parametrize(
    ("country", "state", "advice"),
    [("US", "GA", '"GA"'), ("AU", "WA", '"AU:WA"'), ("MT", "", "tax.default")],
)
def test_tax_without_a_code_says_where_to_put_one(country, state, advice):
    ship_to = example_order()["shipping"] | {"country": country, "state": state}
    problem = refusal(None, shipping=ship_to)
    assert problem.code == "NO_TAX_AUTHORITY"
    assert advice in problem.next_step


def test_a_code_without_authorities_says_what_to_write_down():
    problem = refusal(TaxCode("GA-STATE", ()))
    assert 'GA-STATE = [["AUTH_COD", "RUL_COD"]]' in problem.next_step


def test_tax_of_a_negative_fee_is_taken_off_the_lines_tax():
    shares = tax_shares(D("6.30"), [D("2.80"), D("4.20")], [D("0.70")], D("-1.40"))
    assert shares == ([D("2.24"), D("3.36")], [D("0.70")])


def test_what_the_lines_cannot_give_is_taken_off_the_charges_tax():
    shares = tax_shares(D("0.50"), [D("0.30"), D(0)], [D("0.70"), D("0.30")], D("-0.80"))
    assert shares == ([D(0), D(0)], [D("0.35"), D("0.15")])
    assert tax_shares(D("0.50"), [D(0)], [D("0.70")], D("-0.20")) == ([D(0)], [D("0.50")])


@given(st.lists(CENTS, min_size=1, max_size=9), st.lists(CENTS, max_size=5), CENTS)
def test_shares_of_tax_add_up_and_none_is_negative(lines, charges, discount):
    total = max(sum(lines, D(0)) + sum(charges, D(0)) - discount, D(0))
    of_lines, of_charges = tax_shares(total, lines, charges, -discount)
    assert sum(of_lines) + sum(of_charges) == total
    assert min([*of_lines, *of_charges]) >= 0
    if discount == 0:
        assert (of_lines, of_charges) == (lines, charges)
