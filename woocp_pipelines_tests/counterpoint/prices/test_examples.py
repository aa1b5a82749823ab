"""The 16 examples of CP §5.5, each by its number."""

from datetime import datetime
from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.facts import Validity

CONTRACT_PERCENT = "49.4949"


def tier_group(make):
    percents = {
        "TIER1": "28", "TIER2": "33", "TIER3": "35", "TIER4": "37", "TIER5": "39",
        "GOV2": "37.5", "GOV3": "44.44", "RESELLER": "38",
    }  # fmt: skip
    rules = [
        make.rule(
            sequence,
            make.price_break(amount=percent, basis="1"),
            item_filter=None,
            customer_filter=f"(AR_CUST.PROF_COD_1='{tier}')",
            description=tier,
        )
        for sequence, (tier, percent) in enumerate(percents.items(), start=1)
    ]
    return make.group(*rules, kind="S", code="TIERED", customer_no=None)


def contract(make, percent=CONTRACT_PERCENT, **more):
    return make.group(make.rule(1, make.price_break(amount=percent)), **more)


@pytest.mark.parametrize(("decimals", "unit"), [(4, "21.0955"), (2, "21.10")])
def test_example_1_contract_discount_on_the_regular_price(make, decimals, unit):
    book = make.book(contract(make), items=[make.item(decimals=decimals)])
    answer = make.ask_contract(book, "144319")
    assert str(answer.unit_price) == unit
    assert (answer.basis, answer.method, answer.amount) == (
        Decimal("41.769"), "D", Decimal("49.4949"),
    )  # fmt: skip


@pytest.mark.parametrize(("decimals", "extended"), [(4, "210.96"), (2, "211.00")])
def test_example_2_the_unit_price_is_rounded_before_it_is_extended(make, decimals, extended):
    book = make.book(contract(make), items=[make.item(decimals=decimals)])
    assert str(make.ask_contract(book, "144319", "10").extended) == extended


@pytest.mark.parametrize(
    ("tier", "four", "two"),
    [
        ("TIER1", "30.0737", "30.07"),
        ("TIER2", "27.9852", "27.99"),
        ("TIER3", "27.1499", "27.15"),
        ("TIER4", "26.3145", "26.31"),
        ("TIER5", "25.4791", "25.48"),
        ("GOV2", "26.1056", "26.11"),
        ("GOV3", "23.2069", "23.21"),
        ("RESELLER", "25.8968", "25.90"),
    ],
)
def test_examples_3_to_5_tier_prices(make, tier, four, two):
    for decimals, expected in ((4, four), (2, two)):
        book = make.book(
            tier_group(make),
            items=[make.item(decimals=decimals)],
            customers=[make.customer(tier=tier)],
        )
        answer = make.ask(book)
        assert str(answer.unit_price) == expected
        assert (answer.group_type, answer.rule_descr) == ("S", tier)


def test_example_6_a_price_match_needs_its_smallest_quantity(make):
    match = make.rule(
        1,
        make.price_break("F", "57.00", "!", "1"),
        customer_no="10001",
        item_no="01-10100",
        item_filter=None,
        min_quantity=Decimal(1),
    )
    other = make.rule(2, make.price_break(amount="5"))
    book = make.book(make.group(match, other, kind="S", code="CUST#1", customer_no=None))
    fixed = make.ask(book, "1")
    assert (str(fixed.unit_price), fixed.method, fixed.basis) == ("57.0000", "F", None)
    assert make.ask(book, "0.5").rule_seq == 2


def test_example_7_a_contract_at_zero_percent_blocks_the_tier(make):
    book = make.book(contract(make, "0"), tier_group(make), customers=[make.customer(tier="TIER1")])
    answer = make.ask(book)
    assert (str(answer.unit_price), answer.group_type) == ("41.7690", "C")
    assert answer.discount_pct == 0


def test_example_8_an_item_outside_the_contract_gets_the_tier(make):
    book = make.book(
        contract(make),
        tier_group(make),
        items=[make.item(kind="PC XF")],
        customers=[make.customer(tier="TIER1")],
    )
    assert make.ask(book).group_code == "TIERED"
    assert make.ask_contract(book, "144319") is None


def test_example_9_an_item_without_type_matches_only_by_number_or_all(make):
    items = [make.item(kind=None)]
    assert make.ask(make.book(contract(make), items=items)).group_type is None
    for rule in (
        make.rule(1, item_filter=None),
        make.rule(1, item_filter="(IM_ITEM.ITEM_NO = '01-10100')"),
    ):
        assert make.ask(make.book(make.group(rule), items=items)).group_type == "C"


@pytest.mark.parametrize(("quantity", "percent"), [("9.9999", 10), ("10", 15), ("1000", 20)])
def test_example_10_the_largest_break_within_the_quantity(make, quantity, percent):
    breaks = [make.price_break(amount=a, from_quantity=q) for q, a in
              (("1", "10"), ("10", "15"), ("100", "20"))]  # fmt: skip
    answer = make.ask(make.book(make.group(make.rule(1, *breaks))), quantity)
    assert answer.amount == percent


def test_example_11_the_first_group_wins_although_the_second_is_cheaper(make):
    first = contract(make, "5", code="B", sequence=1)
    second = contract(make, "30", code="A", sequence=2)
    assert make.ask(make.book(second, first)).amount == 5


def test_example_12_expired_and_disabled_groups_are_ignored(make):
    expired = contract(make, validity=Validity(ends=datetime(2026, 11, 22)))
    disabled = contract(make, enabled=False)
    for group in (expired, disabled):
        assert make.ask(make.book(group)).group_type is None
        assert make.ask_contract(make.book(group), "144319") is None


@pytest.mark.parametrize(
    ("kind", "filtered"), [("PC S", "PC S CS"), ("PC S CS", "PC S"), ("PC XF", "PC XF MP")]
)
def test_example_13_types_match_exactly_not_by_prefix(make, kind, filtered):
    rule = make.rule(1, item_filter=f"(IM_ITEM.PROF_COD_1 = '{filtered}')")
    assert make.ask(make.book(make.group(rule), items=[make.item(kind=kind)])).group_type is None


def test_example_14_item_numbers_match_exactly_not_by_prefix(make):
    rule = make.rule(1, item_filter="(IM_ITEM.ITEM_NO = '01-10100')")
    book = make.book(make.group(rule), items=[make.item("01-1010"), make.item("01-10100")])
    assert make.ask(book, item_no="01-1010").group_type is None
    assert make.ask(book, item_no="01-10100").group_type == "C"


def test_example_15_blanks_inside_a_group_code_survive(make):
    book = make.book(contract(make, code="NCR CASH"))
    assert make.ask_contract(book, "NCR CASH").group_code == "NCR CASH"
    assert make.ask_contract(book, "NCRCASH") is None


def test_example_16_a_location_without_prices_uses_those_of_every_location(make):
    answer = make.ask_contract(make.book(contract(make)), "144319", location="01")
    assert str(answer.unit_price) == "21.0955"
