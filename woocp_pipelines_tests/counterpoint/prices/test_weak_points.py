"""The weak points of the retailer's pricing function and service, each as a regression (CP §5.10).

Belongs here: those that are about which price comes out. HTTP's are in pricing_service/, that of
breaks joined without their group type in test_reading.py.
"""

from datetime import datetime
from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.errors import UndecidableError, UnknownItemError
from woocp_pipelines.counterpoint.prices.facts import Validity
from woocp_pipelines.counterpoint.prices.memo import AnswerMemo

MULTI_PART = "(IM_ITEM.PROF_COD_1 = 'PC XF MP')"
SINGLE = "(IM_ITEM.PROF_COD_1 = 'PC XF')"


def test_function_a_type_that_is_the_beginning_of_another_does_not_match(make):
    rules = (make.rule(1, item_filter=SINGLE), make.rule(2, item_filter=MULTI_PART))
    for kind, expected in (("PC XF", 1), ("PC XF MP", 2), ("PC XF MPX", None), ("X PC XF", None)):
        book = make.book(make.group(*rules), items=[make.item(kind=kind)])
        assert make.ask(book).rule_seq == expected, kind


def test_function_the_type_is_the_items_column_not_a_guess_from_its_name(make):
    rule = make.rule(1, item_filter="(IM_ITEM.PROF_COD_1 = 'CF S F')", description="CF S F")
    item = make.item("SUPERIOR-CF-S-F", kind=None)
    answer = make.ask(make.book(make.group(rule), items=[item]), item_no=item.number)
    assert answer.group_code is None


@pytest.mark.parametrize(
    "more",
    [
        {"enabled": False},
        {"validity": Validity(begins=datetime(2026, 11, 23))},
        {"validity": Validity(ends=datetime(2026, 11, 22))},
        {"customer_filter": "(AR_CUST.PROF_COD_1 = 'TIER9')"},
        {"customer_no": "10002"},
    ],
    ids=["ENABLED", "BEG_DAT", "END_DAT", "CUST_FILT", "CUST_NO"],
)
def test_function_a_groups_conditions_are_not_ignored(make, more):
    later = make.group(make.rule(1, make.price_break(amount="1")), code="LATER", sequence=2)
    first = make.group(sequence=1, **more)
    assert make.ask(make.book(first, later)).group_code == "LATER"


@pytest.mark.parametrize(
    "more",
    [
        {"customer_filter": "(AR_CUST.PROF_COD_1 = 'TIER9')"},
        {"sale_filter": "(IM_ITEM.IS_DISCNTBL = 'N')"},
        {"min_quantity": Decimal(2)},
        {"customer_no": "10002"},
    ],
    ids=["CUST_FILT", "SAL_FILT", "MIN_QTY", "CUST_NO"],
)
def test_function_a_rules_conditions_are_not_ignored(make, more):
    assert make.ask(make.book(make.group(make.rule(1, **more), make.rule(2)))).rule_seq == 2


def test_function_the_order_of_groups_is_their_sequence_not_their_code(make):
    groups = [make.group(code="A", sequence=9), make.group(code="B", sequence=1)]
    assert make.ask(make.book(*groups)).group_code == "B"


def test_function_a_rule_by_item_number_does_not_overtake_one_by_type(make):
    by_number = make.rule(2, make.price_break(amount="50"), item_no="01-10100", item_filter=None)
    assert make.ask(make.book(make.group(make.rule(1), by_number))).rule_seq == 1


def test_function_a_rule_without_a_break_in_reach_is_not_the_end(make):
    first = make.rule(1, make.price_break(from_quantity="100"))
    assert make.ask_contract(make.book(make.group(first, make.rule(2))), "144319").rule_seq == 2


@pytest.mark.parametrize("level", "456")
def test_function_levels_4_to_6_are_not_the_regular_price(make, level):
    levels = [None, None, "4.44", "5.55", "6.66"]
    item = make.item(prices={"*": make.prices("9", "8", levels=levels)})
    group = make.group(make.rule(1, make.price_break("D", "0", level)))
    assert make.ask(make.book(group, items=[item])).basis == Decimal(f"{level}.{level}{level}")


def test_function_no_basis_is_not_the_regular_price(make):
    group = make.group(make.rule(1, make.price_break("D", "10", "!")))
    with pytest.raises(UndecidableError, match="basis '!'"):
        make.ask(make.book(group))


def test_function_a_fixed_price_is_the_fixed_price(make):
    group = make.group(make.rule(1, make.price_break("F", "20.50", "!")))
    answer = make.ask_contract(make.book(group), "144319")
    assert (str(answer.unit_price), answer.regular) == ("20.5000", Decimal("41.769"))


@pytest.mark.parametrize("location", ["*", "01"])
def test_function_prices_of_every_location_answer_for_a_location_without_its_own(make, location):
    assert make.ask_contract(make.book(make.group()), "144319", location=location) is not None


def test_function_a_rule_for_all_items_holds_for_all_items(make):
    book = make.book(make.group(make.rule(1, item_filter="  ")), items=[make.item(kind=None)])
    assert make.ask_contract(book, "144319").rule_seq == 1


@pytest.mark.parametrize("bad", [("A", "50"), ("D", "101"), ("F", "-0.01")])
def test_function_a_price_below_zero_is_refused(make, bad):
    method, amount = bad
    group = make.group(make.rule(1, make.price_break(method, amount, "1")))
    with pytest.raises(UndecidableError, match="below zero"):
        make.ask(make.book(group))


def test_service_what_one_caller_does_with_an_answer_never_reaches_the_next(make):
    memo, book = AnswerMemo(), make.book(make.group())
    asked = {"group_code": "144319", "item_no": "01-10100", "at": make.now}
    first = memo.contract_price(book, quantity=Decimal(1), **asked)
    for field in ("item_no", "quantity", "unit_price"):
        with pytest.raises(AttributeError):
            setattr(first, field, "changed")
    memo.contract_price(book, quantity=Decimal(7), **asked)
    again = memo.contract_price(book, quantity=Decimal(1), **asked)
    assert (again.item_no, again.quantity) == ("01-10100", 1)


def test_service_hits_and_misses_are_counted_and_no_contract_is_remembered(make):
    memo, book = AnswerMemo(), make.book()
    asked = {"group_code": "144319", "item_no": "01-10100", "at": make.now}
    for _ in range(3):
        assert memo.contract_price(book, quantity=Decimal(1), **asked) is None
    assert (memo.hits, memo.misses) == (2, 1)


def test_service_a_failure_is_never_answered_as_no_contract(make):
    book = make.book(make.group(make.rule(1, item_filter="(LEN(IM_ITEM.ITEM_NO) > 2)")))
    with pytest.raises(UndecidableError):
        make.ask_contract(book, "144319")
    with pytest.raises(UnknownItemError):
        make.ask_contract(book, "144319", item_no="01-99999")


@pytest.mark.parametrize("quantity", ["-1", "0", "NaN", "-Infinity", "1E+12", "1E-5"])
def test_service_a_quantity_that_nobody_can_buy_is_refused(make, quantity):
    with pytest.raises(ValueError, match="expected"):
        make.ask_contract(make.book(make.group()), "144319", quantity)


@pytest.mark.parametrize(("decimals", "expected"), [(2, "37.59"), (3, "37.592"), (4, "37.5921")])
def test_service_a_price_has_the_items_decimals_and_is_no_float(make, decimals, expected):
    book = make.book(make.group(), items=[make.item(decimals=decimals)])
    price = make.ask_contract(book, "144319").unit_price
    assert isinstance(price, Decimal)
    assert str(price) == expected


def test_service_one_customers_price_is_never_anothers(make):
    mine = make.group(make.rule(1, make.price_break(amount="50")))
    memo = AnswerMemo()
    book = make.book(mine, customers=[make.customer(), make.customer("10002")])
    asked = {"item_no": "01-10100", "quantity": Decimal(1), "at": make.now}
    prices = [memo.price_item(book, customer=each, **asked) for each in ("10001", "10002", None)]
    assert [each.group_code for each in prices] == ["144319", None, None]
