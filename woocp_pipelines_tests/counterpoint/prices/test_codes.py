"""Methods whose codes only the site knows: computed once the settings name them (CP §5.3)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.settings import Prices

CODES = RuleCodes({"M": "markup", "T": "margin"})


def priced(make, method, amount, basis="1", codes=CODES, **more):
    group = make.group(make.rule(1, make.price_break(method, amount, basis)))
    return make.ask(PriceBook(make.book(group, **more).facts, codes))


@pytest.mark.parametrize(
    ("method", "percent", "expected"), [("M", "25", "52.2113"), ("T", "25", "55.6920")]
)
def test_markup_and_margin_are_computed_once_their_codes_stand_in_the_settings(
    make, method, percent, expected
):
    answer = priced(make, method, percent)
    assert (str(answer.unit_price), answer.method) == (expected, method)
    assert answer.discount_pct is None
    with pytest.raises(UndecidableError, match=f"method '{method}'"):
        priced(make, method, percent, codes=RuleCodes())


@given(st.decimals(0, "99.9999", places=4), st.decimals("0.0001", "99999", places=4))
def test_a_margin_is_that_share_of_the_price_to_half_a_last_digit(make, percent, basis):
    item = make.item(prices={"*": make.prices(basis, basis)})
    answer = priced(make, "T", percent, items=[item])
    exact = Fraction(basis) / (1 - Fraction(percent) / 100)
    assert abs(Fraction(answer.unit_price) - exact) <= Fraction(1, 20000)


@pytest.mark.parametrize("percent", ["100", "150"])
def test_a_margin_of_the_whole_price_is_no_price(make, percent):
    with pytest.raises(UndecidableError, match="must be below 100"):
        priced(make, "T", percent)


def test_a_basis_that_may_be_a_cost_stays_undecidable(make):
    with pytest.raises(UndecidableError, match="basis 'C'"):
        priced(make, "M", "25", "C")


def test_the_settings_name_codes_but_never_counterpoints_own():
    assert Prices(methods={"M": "markup"}).methods == {"M": "markup"}
    for code in ("D", "A", "F", "P", "MM", "", "m"):
        with pytest.raises(ValueError, match="methods"):
            Prices(methods={code: "markup"})
    with pytest.raises(ValueError, match="methods"):
        Prices(methods={"M": "discount"})


def test_a_price_below_zero_is_no_price_whatever_the_rounding_says(make):
    with pytest.raises(UndecidableError, match="below zero"):
        priced(make, "D", "100.0001", items=[make.item(prices={"*": make.prices("0.1", "0.1")})])
