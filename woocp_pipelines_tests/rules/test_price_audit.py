"""The cause of a charged price: the first explanation that fits, and never one that does not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.price_audit import Charged, EnginePrice, Offers, cause_of

D = Decimal
CONTRACT = EnginePrice(D("21.0955"), D("210.96"), "C", "C 144319, rule 1")
TIER = EnginePrice(D("30.0737"), D("300.74"), "S", "S TIERED, rule 1")
LIST = EnginePrice(D("41.7690"), D("417.69"))


def charged(total, before=None, booked=None, quantity="10"):
    total = D(total)
    return Charged(D(quantity), total, total if before is None else D(before), booked)


def offers(then=CONTRACT, now=CONTRACT, without=TIER, own=LIST):
    return Offers(then, now, without, own)


@pytest.mark.parametrize(
    ("what", "given_offers", "cause"),
    [
        (charged("210.96"), offers(), "equal"),
        # 21.10 for each of ten: the shop keeps two decimals.
        (charged("211.00"), offers(), "rounding"),
        (charged("210.95"), offers(), "rounding"),
        (charged("189.86", before="210.96"), offers(), "discount"),
        (charged("417.69"), offers(), "contract_not_applied"),
        (charged("300.74"), offers(), "contract_not_applied"),
        (charged("375.92", before="417.69"), offers(), "contract_not_applied"),
        (charged("417.69"), offers(then=TIER, now=TIER), "rule_not_applied"),
        # Prices of today do not excuse that a contract of that day was not applied.
        (charged("417.69"), offers(now=LIST), "contract_not_applied"),
        (charged("417.69", booked=D("21.0955")), offers(now=LIST), "contract_not_applied"),
        (charged("417.69", booked=D("41.7690")), offers(now=LIST), "price_changed"),
        (charged("417.69", booked=D("30.0737")), offers(then=TIER, now=LIST), "rule_not_applied"),
        (charged("300.74"), offers(now=TIER, without=LIST), "price_changed"),
        (charged("210.96"), offers(then=LIST, now=CONTRACT), "price_changed"),
        (charged("250.00", booked=D("25.0000")), offers(), "price_changed"),
        (charged("250.00"), offers(), "unexplained"),
        (charged("250.00"), offers(now=None, without=None, own=None), "unexplained"),
        (charged("300.74"), offers(then=LIST, now=LIST, without=LIST), "unexplained"),
    ],
)
def test_each_cause_is_told_by_what_was_charged(what, given_offers, cause):
    assert cause_of(what, given_offers) == cause


def test_a_line_without_discount_is_never_called_discounted():
    assert cause_of(charged("189.86", before="189.86"), offers()) == "unexplained"


def test_the_charged_unit_price_is_the_one_that_booking_writes():
    assert charged("37.98", quantity="3").unit == D("12.6600")
    assert charged("10.00", quantity="3").unit == D("3.3333")


@given(st.decimals(min_value=1, max_value=9999, places=4), st.integers(1, 5000))
def test_a_shop_of_two_decimals_is_told_as_rounding_at_every_quantity(unit, quantity):
    extended = (unit * quantity).quantize(D("0.01"))
    then = EnginePrice(unit, extended, "C", "C A, rule 1")
    by_cents = (unit.quantize(D("0.01"), "ROUND_HALF_UP") * quantity).quantize(D("0.01"))
    found = cause_of(Charged(D(quantity), by_cents, by_cents), Offers(then, then, None, None))
    assert found in ("equal", "rounding")


@given(st.decimals(min_value="0.05", max_value=500, places=2))
def test_more_than_roundings_worth_is_never_explained_away(off):
    then = EnginePrice(D("10.00"), D("100.00"), "C", "C A, rule 1")
    total = D("100.00") + off
    found = cause_of(Charged(D(10), total, total), Offers(then, then, None, None))
    assert found == "unexplained"


@pytest.mark.parametrize(
    ("unit", "quantity", "total", "cause"),
    [
        ("0.0149", "100000", "1000.00", "unexplained"),
        ("0.0049", "1000", "0.00", "unexplained"),
        ("0.0149", "1", "0.02", "rounding"),
        ("0.0149", "1", "0.01", "equal"),
        ("0.1449", "10", "1.40", "unexplained"),
        ("1.0049", "1000", "1000.00", "rounding"),
        ("0.9949", "1000", "990.00", "rounding"),
        ("0.5049", "1000", "500.00", "unexplained"),
    ],
)
def test_cents_that_add_up_are_no_rounding(unit, quantity, total, cause):
    extended = (D(unit) * D(quantity)).quantize(D("0.01"))
    price = EnginePrice(D(unit), extended)
    same = Offers(price, price, price, price)
    assert cause_of(charged(total, quantity=quantity), same) == cause
