"""Which rule wins, which rules refuse, and for whom (CP §5.2)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.errors import (
    UndecidableError,
    UnknownCustomerError,
    UnknownItemError,
    UnknownUnitError,
)
from woocp_pipelines.counterpoint.prices.facts import Validity

STRANGE = "(LEFT(IM_ITEM.PROF_COD_1, 2) = 'PC')"


def test_contracts_come_before_promotions_before_specials(make):
    groups = [make.group(make.rule(1, make.price_break(amount=amount)), kind=kind)
              for kind, amount in (("S", "1"), ("P", "2"), ("C", "3"))]  # fmt: skip
    assert make.ask(make.book(*groups)).group_type == "C"
    assert make.ask(make.book(*groups[:2])).group_type == "P"
    assert make.ask(make.book(*groups[:1])).group_type == "S"


def test_without_a_rule_the_item_costs_price_1_and_regular_is_for_comparison(make):
    item = make.item(prices={"*": make.prices("50", "41.769")})
    answer = make.ask(make.book(items=[item]), "3")
    assert (str(answer.unit_price), str(answer.extended)) == ("41.7690", "125.31")
    assert (answer.regular, answer.group_type, answer.method) == (Decimal(50), None, None)


def tied(make, *codes, **more):
    """Contracts with one GRP_SEQ_NO, each with another price, in any order."""
    groups = [
        make.group(make.rule(1, make.price_break(amount=f"{place}0")), code=code, **more)
        for place, code in enumerate(codes, 1)
    ]
    return make.book(*reversed(groups))


@pytest.mark.parametrize(
    ("first", "second"),
    [("A_1", "A01"), ("A", "A0"), ("A1", "AB"), ("A 9", "A.1"), ("B.", "BA")],
)
def test_groups_with_one_sequence_are_asked_in_the_database_s_order(make, first, second):
    for codes in ((first, second), (second, first)):
        assert make.ask(tied(make, *codes)).group_code == first
        assert make.ask(tied(make, *codes, sequence=3)).group_code == first


@pytest.mark.parametrize(
    "codes", [("BWC-10", "BWC10"), ("A-1", "A.1"), ("A.1", "A/1"), ("AÉ", "AE")]
)
def test_two_groups_whose_order_is_the_collation_s_decide_nothing(make, codes):
    for book in (tied(make, *codes), tied(make, *reversed(codes), "ZZ")):
        with pytest.raises(UndecidableError, match="has the same GRP_SEQ_NO"):
            make.ask(book)


def test_an_order_that_nobody_knows_does_no_harm_where_only_one_group_decides(make):
    mine = make.group(code="BWC-10")
    assert make.ask(make.book(mine, make.group(code="BWC10", sequence=9))).group_code == "BWC10"
    assert make.ask(make.book(mine, make.group(code="BWC10", kind="P"))).group_code == "BWC-10"
    others = make.group(code="BWC10", customer_no="10002")
    off = make.group(code="BWC/10", enabled=False)
    elsewhere = make.group(make.rule(item_no="OTHER"), code="BWC.10")
    assert make.ask(make.book(mine, others, off, elsewhere)).group_code == "BWC-10"


def test_groups_without_a_sequence_come_last_then_by_code(make):
    def named(code, sequence):
        return make.group(make.rule(), code=code, sequence=sequence)

    groups = [named("A", None), named("B", 20), named("C", 3), named("D", 20)]
    order = []
    while groups:
        order.append(make.ask(make.book(*groups)).group_code)
        groups = [group for group in groups if group.code != order[-1]]
    assert order == ["C", "B", "D", "A"]


def test_a_rule_without_a_break_in_reach_gives_way_to_the_next(make):
    first = make.rule(1, make.price_break(from_quantity="10"))
    book = make.book(make.group(first, make.rule(2)))
    assert (make.ask(book, "9").rule_seq, make.ask(book, "10").rule_seq) == (2, 1)


def test_a_rule_below_its_own_smallest_quantity_gives_way_to_the_next(make):
    first = make.rule(1, min_quantity=Decimal(5))
    book = make.book(make.group(first, make.rule(2)))
    assert (make.ask(book, "4.9999").rule_seq, make.ask(book, "5").rule_seq) == (2, 1)


def test_a_group_for_another_customer_takes_no_part(make):
    book = make.book(
        make.group(customer_no="10002"), customers=[make.customer(), make.customer("10002")]
    )
    assert make.ask(book).group_type is None
    assert make.ask(book, customer="10002").group_type == "C"


def test_a_group_with_number_and_filter_needs_both(make):
    group = make.group(customer_filter="(AR_CUST.PROF_COD_1='TIER1')")
    assert make.ask(make.book(group)).group_type is None
    assert make.ask(make.book(group, customers=[make.customer(tier="TIER1")])).group_type == "C"


def test_customer_numbers_are_text_and_keep_their_zeros(make):
    book = make.book(make.group(customer_no="00001"), customers=[make.customer("1")])
    assert make.ask(book, customer="1").group_type is None


def test_a_contract_for_nobody_in_particular_is_used_only_when_allowed(make):
    book = make.book(make.group(customer_no=None))
    assert make.ask(book).group_type is None
    assert make.ask(book, customer=None).group_type is None
    assert make.ask(book, open_contracts=True).group_type == "C"
    assert book.open_contracts == ("144319",)


def test_a_rule_with_its_own_customers_is_used_although_its_group_is_open(make):
    book = make.book(make.group(make.rule(1), make.rule(2, customer_no="10001"), customer_no=None))
    assert make.ask(book).rule_seq == 2


def test_somebody_without_account_is_in_no_customer_filter(make):
    group = make.group(
        make.rule(1, customer_filter="(AR_CUST.PROF_COD_1 <> 'X')"),
        make.rule(2, customer_filter="AR_CUST.PROF_COD_1 IS NULL"),
        make.rule(3),
        kind="S",
        customer_no=None,
    )
    assert make.ask(make.book(group), customer=None).rule_seq == 3


@pytest.mark.parametrize(
    ("moment", "valid"),
    [
        (datetime(2026, 11, 22, 4, 59, 59, tzinfo=UTC), False),  # 23:59:59 on the 21st
        (datetime(2026, 11, 22, 5, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 4, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), False),
    ],
)
def test_group_dates_are_days_of_the_store_not_of_utc(make, moment, valid):
    day, after = datetime(2026, 11, 22), datetime(2026, 11, 23)
    book = make.book(make.group(validity=Validity(day, after)))
    assert (make.ask(book, at=moment).group_type == "C") is valid


@pytest.mark.parametrize(
    "more",
    [
        {"is_custom": True},
        {"is_bogo_twofer": True},
        {"item_filter": STRANGE},
        {"customer_filter": STRANGE},
        {"sale_filter": "(PS_DOC_HDR.STR_ID = '01')"},
    ],
)
def test_a_rule_that_may_apply_but_cannot_be_decided_refuses_the_price(make, more):
    book = make.book(make.group(make.rule(1, **more), make.rule(2)))
    with pytest.raises(UndecidableError, match="'144319' rule 1"):
        make.ask(book)
    with pytest.raises(UndecidableError, match="'144319' rule 1"):
        make.ask_contract(book, "144319")


@pytest.mark.parametrize(
    "more",
    [
        {"mix_match_code": "MIX"},
        {"customer_filter": STRANGE},
        {"validity": Validity(problem="END_TIM_FLG 99 is no hour")},
    ],
)
def test_a_group_that_cannot_be_decided_refuses_the_price(make, more):
    with pytest.raises(UndecidableError):
        make.ask(make.book(make.group(**more)))


@pytest.mark.parametrize("special", [{"is_custom": True}, {"is_bogo_twofer": True}])
def test_the_quantity_does_not_excuse_a_rule_that_counts_otherwise(make, special):
    rule = make.rule(1, make.price_break(from_quantity="10"), **special)
    with pytest.raises(UndecidableError):
        make.ask(make.book(make.group(rule)), "1")


def test_an_undecidable_rule_for_other_items_or_customers_does_no_harm(make):
    group = make.group(
        make.rule(1, item_no="01-99999", is_custom=True),
        make.rule(2, item_filter="(IM_ITEM.PROF_COD_1 = 'CF')", sale_filter=STRANGE),
        make.rule(3, customer_no="10002", item_filter=STRANGE),
        make.rule(4),
        make.rule(5, is_custom=True),
    )
    disabled = make.group(make.rule(1, is_custom=True), code="A", enabled=False)
    assert make.ask(make.book(disabled, group)).rule_seq == 4


def test_a_sale_filter_that_the_item_decides_is_decided(make):
    rule = make.rule(1, sale_filter="(IM_ITEM.IS_DISCNTBL = 'N')")
    assert make.ask(make.book(make.group(rule, make.rule(2)))).rule_seq == 2


@pytest.mark.parametrize(
    "bad",
    [("P", "5", "1"), ("M", "5", "1"), ("O", "5", "!"), ("Z", "5", "1"), ("D", "5", "!"),
     ("D", "5", "7"), ("D", "5", "R "), ("F", "5", "X"), ("D", None, "1"), ("F", None, "!"),
     ("D", "100.01", "1"), ("A", "42", "1"), ("F", "-1", "!")],
)  # fmt: skip
def test_a_method_or_basis_without_a_known_meaning_gives_no_price(make, bad):
    method, amount, basis = bad
    rule = make.rule(1, make.price_break(method, amount, basis))
    with pytest.raises(UndecidableError):
        make.ask(make.book(make.group(rule)))


def test_a_contract_asked_by_code_ignores_its_customers_but_not_its_rules_customers(make):
    book = make.book(make.group(make.rule(1, customer_no="10001"), customer_no="10002"))
    with pytest.raises(UndecidableError, match="not named"):
        make.ask_contract(book, "144319")
    assert make.ask_contract(book, "144319", customer="10001").rule_seq == 1
    assert make.ask_contract(book, "999999") is None


def test_a_contract_asked_by_code_never_answers_with_another_group(make):
    tier = make.group(make.rule(), kind="S", customer_no=None)
    other = make.group(make.rule(), code="211863")
    first = make.group(make.rule(1, item_filter="(IM_ITEM.PROF_COD_1 = 'CF')"))
    assert make.ask_contract(make.book(tier, other, first), "144319") is None
    assert make.ask_contract(make.book(tier), "144319") is None


def test_what_the_book_does_not_hold_is_named(make):
    book = make.book()
    with pytest.raises(UnknownItemError, match="01-99999"):
        make.ask(book, item_no="01-99999")
    with pytest.raises(UnknownCustomerError, match="55555"):
        make.ask(book, customer="55555")
    with pytest.raises(UnknownUnitError, match="'1'"):
        make.ask(book, unit="1")
    with pytest.raises(UndecidableError, match="fill IM_PRC"):
        make.ask(make.book(items=[make.item(prices={})]))
    with pytest.raises(UndecidableError, match="grid cell"):
        make.ask(make.book(items=[make.item(has_cell_prices=True)]))


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "Infinity", "1E+11", "0.00001", "1E+999"])
def test_a_quantity_that_counterpoint_cannot_hold_is_refused(make, quantity):
    with pytest.raises(ValueError, match="expected"):
        make.ask(make.book(), quantity)


def test_a_time_without_a_zone_is_refused(make):
    with pytest.raises(ValueError, match="zone"):
        make.ask(make.book(), at=datetime(2026, 11, 22))


def test_item_numbers_are_found_as_sql_server_finds_them(make):
    book = make.book(make.group(), items=[make.item("abc-1")])
    assert make.ask(book, item_no="ABC-1 ").item_no == "abc-1"
