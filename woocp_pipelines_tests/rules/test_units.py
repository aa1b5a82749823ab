"""SKUs become items and units in the order of CP §3.3; quantities convert without loss."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.units import (
    SellableItem,
    SellingUnit,
    SoldAs,
    resolve_sku,
    selling_quantity,
    sku_key,
    stocking_quantity,
)

D = Decimal
CARTON = SellingUnit("2", "CT", D(12), D(1))
PAPER = SellableItem("P-100", "PK", (SellingUnit("1", "", D(0), D(0)), CARTON))
PAPER_CT = SellableItem("P-200-CT", "EACH")
BALLS = SellableItem("B-7", "DOZEN", (SellingUnit("1", "EACH", D(1), D(12)),))
ITEMS = {sku_key(item.item_no): item for item in (PAPER, PAPER_CT, BALLS)}
SUFFIXES = {"CARTON": "CT", "case": "cs"}


def resolve(sku, mapped=None, barcodes=None):
    return resolve_sku(
        sku, items_by_no=ITEMS, mapped=mapped, suffixes=SUFFIXES, barcodes=barcodes or {}
    )


def code_of(result):
    assert isinstance(result, Problem)
    return result.code


def test_an_exact_item_number_is_the_item_in_its_stocking_unit():
    assert resolve(" p-100 ") == SoldAs("P-100", "0")


@pytest.mark.cp_bug(21)
def test_a_unit_suffix_selects_the_unit_and_is_not_dropped():
    assert resolve("P-100-carton") == SoldAs("P-100", "2")


@pytest.mark.cp_bug(21)
def test_an_item_number_that_ends_like_a_suffix_is_itself():
    assert resolve("P-200-CT") == SoldAs("P-200-CT", "0")


def test_the_exact_number_wins_over_the_map_and_the_map_over_the_suffix():
    mapped = SoldAs("B-7", "1")
    assert resolve("P-100", mapped) == SoldAs("P-100", "0")
    assert resolve("P-100-CARTON", mapped) == mapped


def test_a_map_row_of_an_item_or_unit_that_is_gone_does_not_count():
    assert code_of(resolve("X", SoldAs("GONE", "0"))) == "SKU_NOT_FOUND"
    assert code_of(resolve("X", SoldAs("P-100", "1"))) == "SKU_NOT_FOUND"


def test_an_unknown_sku_names_the_map_among_the_ways_out():
    problem = resolve("X")
    assert isinstance(problem, Problem)
    assert "USER_PRODUCT_MAP" in problem.next_step


@pytest.mark.parametrize("sku", [None, "", "   "])
def test_no_sku_is_a_problem_also_where_the_product_is_mapped(sku):
    assert code_of(resolve(sku, SoldAs("P-100", "0"))) == "NO_SKU"


def test_a_suffix_that_the_item_lacks_as_unit_is_unit_unknown():
    problem = resolve("P-100-CASE")
    assert code_of(problem) == "UNIT_UNKNOWN"
    assert "PK (0), CT (2)" in problem.expected


def test_a_usual_suffix_without_setting_says_which_setting_is_missing():
    problem = resolve("P-100-PALLET")
    assert code_of(problem) == "UNIT_UNKNOWN"
    assert "units.suffixes.PALLET" in problem.expected


def test_an_unknown_tail_of_a_known_item_is_not_found():
    assert code_of(resolve("P-100-BLUE")) == "SKU_NOT_FOUND"


def test_two_units_of_one_name_with_different_factors_are_not_guessed():
    twice = SellableItem("T", "EA", (CARTON, SellingUnit("3", "CT", D(10), D(1))))
    result = resolve_sku(
        "T-CARTON", items_by_no={"T": twice}, mapped=None, suffixes=SUFFIXES, barcodes={}
    )
    assert code_of(result) == "UNIT_UNKNOWN"


def test_a_barcode_brings_its_unit_and_an_unmarked_one_the_stocking_unit():
    barcodes = {"4006": [SoldAs("P-100", "2")], "4007": [SoldAs("P-100", "!")]}
    assert resolve("4006", barcodes=barcodes) == SoldAs("P-100", "2")
    assert resolve("4007", barcodes=barcodes) == SoldAs("P-100", "0")


def test_a_barcode_of_two_items_is_no_answer():
    barcodes = {"4006": [SoldAs("P-100", "0"), SoldAs("B-7", "0")]}
    assert "B-7 unit 0, P-100 unit 0" in resolve("4006", barcodes=barcodes).found


def test_a_barcode_of_a_unit_that_is_gone_is_unit_unknown():
    assert code_of(resolve("4006", barcodes={"4006": [SoldAs("P-100", "5")]})) == "UNIT_UNKNOWN"


@pytest.mark.cp_bug(29)
def test_three_sleeves_of_a_quarter_dozen_are_three_quarters():
    assert stocking_quantity(D(3), D(1), D(4)) == D("0.7500")
    assert stocking_quantity(D(2), D(12), D(1)) == D(24)


def test_one_of_a_dozen_is_what_four_decimals_can_hold_of_it():
    assert stocking_quantity(D(1), D(1), D(12)) == D("0.0833")
    assert stocking_quantity(D(12), D(1), D(12)) == D(1)


def test_selling_units_are_floored_also_below_zero():
    assert selling_quantity(D("23.9999"), D(12), D(1)) == 1
    assert selling_quantity(D("0.75"), D(1), D(1)) == 0
    assert selling_quantity(D("-0.5"), D(1), D(1)) == -1
    assert selling_quantity(D("0.7500"), D(1), D(4)) == 3
    assert selling_quantity(D("0.8333"), D(1), D(12)) == 10
    assert selling_quantity(D("0.8332"), D(1), D(12)) == 9
    assert selling_quantity(D(0), D(1), D(30_000)) == 0


@given(
    st.decimals(min_value=0, max_value=D("99999999.9999"), places=4),
    st.integers(1, 1000),
    st.integers(1, 1000),
)
def test_published_units_never_exceed_the_stock(stock, numer, denom):
    units = selling_quantity(stock, D(numer), D(denom))
    stored_as = stocking_quantity(D(units), D(numer), D(denom))
    assert units * numer <= stock * denom or stored_as == stock
    assert stock * denom < (units + 1) * numer


@given(st.integers(0, 100_000), st.integers(1, 1000), st.integers(1, 1000))
def test_what_units_are_stored_as_makes_these_units_again(units, numer, denom):
    stock = stocking_quantity(D(units), D(numer), D(denom))
    again = selling_quantity(stock, D(numer), D(denom))
    # Units of less than a ten-thousandth of the stocking unit could not be told apart; these can.
    assert again == units
