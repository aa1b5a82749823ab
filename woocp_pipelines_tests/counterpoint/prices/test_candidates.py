"""Which groups and rules are asked at all: none that may hold is left out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.counterpoint.prices.engine import ask, every_group, likely_groups
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.explain import explain

STRANGE = "(LEN(AR_CUST.CUST_NO) > 2)"


def sale(make, book, customer="10001", **more):
    return ask(
        book, customer=customer, item_no="01-10100", quantity=Decimal(1), at=make.now, **more
    )


def asked_groups(make, book, customer="10001", **more):
    groups = likely_groups(book, sale(make, book, customer, **more))
    return [each.group.code for each in groups]


def rules_asked(make, book, customer="10001", **more):
    about = sale(make, book, customer, **more)
    (group,) = every_group(book)
    rules = group.rules.likely(about.item, about.customer, whoever=about.by_contract)
    return [each.rule.sequence for each in rules]


@pytest.mark.parametrize(
    ("customer_filter", "is_asked"),
    [
        ("(AR_CUST.PROF_COD_1 = 'TIER1')", True),
        ("(AR_CUST.PROF_COD_1='tier1  ')", True),
        ("PROF_COD_1 IN ('X', 'TIER1')", True),
        ("(AR_CUST.CATEG_COD IS NULL AND (AR_CUST.PROF_COD_1='TIER1'))", True),
        ("(AR_CUST.PROF_COD_1 = 'TIER1') OR (AR_CUST.CATEG_COD = 'A')", True),
        ("NOT (AR_CUST.PROF_COD_1 = 'TIER1')", True),
        (STRANGE, True),
        ("(AR_CUST.PROF_COD_1 = 'TIER2')", False),
        ("AR_CUST.PROF_COD_1 IN ('X', 'Y')", False),
        ("(AR_CUST.CATEG_COD = 'A')", False),
        ("(AR_CUST.CUST_NO <> '1' AND AR_CUST.PROF_COD_1='TIER2')", False),
    ],
)
def test_a_group_is_left_out_only_when_an_equality_it_needs_is_false(
    make, customer_filter, is_asked
):
    group = make.group(customer_no=None, customer_filter=customer_filter)
    book = make.book(group, customers=[make.customer(tier="Tier1")])
    assert asked_groups(make, book) == (["144319"] if is_asked else [])


def test_a_doubt_beside_a_false_equality_still_comes_up(make):
    group = make.group(
        customer_no=None, customer_filter="(AR_CUST.CUST_NO > 'A-B' AND AR_CUST.PROF_COD_1 = 'X')"
    )
    book = make.book(group, customers=[make.customer("A.B", tier="TIER1")])
    assert asked_groups(make, book, "A.B") == ["144319"]


def test_groups_of_thousands_of_other_customers_are_not_asked(make):
    groups = [
        make.group(code=f"{n}", customer_no=None, customer_filter=f"(AR_CUST.PROF_COD_1 = 'T{n}')")
        for n in range(2000)
    ]
    book = make.book(*groups, customers=[make.customer(tier="T1500")])
    assert asked_groups(make, book) == ["1500"]


def test_open_contracts_are_asked_only_where_they_are_used(make):
    book = make.book(make.group(customer_no=None))
    assert asked_groups(make, book) == []
    assert asked_groups(make, book, open_contracts=True) == ["144319"]


def test_rules_of_other_items_are_not_asked(make):
    rules = [make.rule(n, item_filter=f"(IM_ITEM.PROF_COD_1 = 'T{n}')") for n in range(5)]
    book = make.book(
        make.group(
            *rules,
            make.rule(5, item_no="01-10100"),
            make.rule(6, item_no="01-1010"),
            make.rule(7, item_filter=None),
        ),
        items=[make.item(kind="t3 ")],
    )
    assert rules_asked(make, book) == [3, 5, 7]


def test_rules_about_customers_are_asked_when_the_customer_was_not_named(make):
    rules = [
        make.rule(1, item_filter=None, customer_filter="(AR_CUST.PROF_COD_1 = 'X')"),
        make.rule(2, item_filter=None, customer_no="10002"),
        make.rule(3, item_filter=None),
    ]
    book = make.book(make.group(*rules))
    assert rules_asked(make, book) == [3]
    assert rules_asked(make, book, None) == [3]
    assert rules_asked(make, book, None, by_contract=True) == [1, 2, 3]


def answered(make, book, code, quantity, customer, open_contracts):
    try:
        if code is not None:
            return make.ask_contract(book, code, quantity, customer=customer), None
        return make.ask(book, quantity, customer, open_contracts=open_contracts), None
    except UndecidableError as error:
        return None, str(error)


CUSTOMER_FILTERS = st.sampled_from([
    None, "(AR_CUST.PROF_COD_1 = 'T1')", "(AR_CUST.PROF_COD_1='t2 ')", "PROF_COD_1 IN ('T1','T3')",
    "AR_CUST.PROF_COD_1 IS NULL", "NOT (AR_CUST.PROF_COD_1 = 'T1')", "AR_CUST.PROF_COD_1 > 'T-1'",
    "(AR_CUST.PROF_COD_1 > 'T-1' AND AR_CUST.CUST_NO = '10002')", STRANGE,
    "(AR_CUST.CUST_NO = '10001' AND AR_CUST.PROF_COD_1 = 'T2')",
])  # fmt: skip
ITEM_FILTERS = st.sampled_from([
    None, "(IM_ITEM.PROF_COD_1 = 'PC S CS')", "(IM_ITEM.PROF_COD_1 = 'CF')",
    "(IM_ITEM.ITEM_NO = '01-10100' AND IM_ITEM.PRC_DECS = 4)", "IM_ITEM.PRC_DECS = 2",
    "(IM_ITEM.PROF_COD_1 = 'CF' OR IM_ITEM.IS_DISCNTBL = 'y')", "IM_ITEM.ITEM_NO < '01-2'",
])  # fmt: skip
NUMBERS = st.sampled_from([None, None, None, "10001", "10002"])
RULES = st.fixed_dictionaries({
    "item_filter": ITEM_FILTERS,
    "customer_filter": CUSTOMER_FILTERS,
    "customer_no": NUMBERS,
    "item_no": st.sampled_from([None, None, "01-10100 ", "01-1010"]),
    "min_quantity": st.sampled_from([Decimal(0), Decimal(0), Decimal(5)]),
    "is_custom": st.sampled_from([False, False, False, True]),
})  # fmt: skip
GROUPS = st.fixed_dictionaries({
    "kind": st.sampled_from("CPS"),
    "customer_filter": CUSTOMER_FILTERS,
    "customer_no": NUMBERS,
    "sequence": st.none() | st.integers(0, 3),
    "enabled": st.sampled_from([True, True, False]),
})  # fmt: skip


@given(
    groups=st.lists(st.tuples(GROUPS, st.lists(RULES, max_size=4)), max_size=5),
    tier=st.sampled_from([None, "T1", "t2", "T3 "]),
    customer=st.sampled_from([None, "10001"]),
    code=st.sampled_from([None, "G0", "G1"]),
    open_contracts=st.booleans(),
    quantity=st.sampled_from(["1", "7"]),
)
def test_the_short_way_and_the_explained_way_end_at_the_same_rule(
    make, groups, tier, customer, code, open_contracts, quantity
):
    book = make.book(
        *(
            make.group(*(make.rule(n, **rule) for n, rule in enumerate(rules, start=1)),
                       code=f"G{place}", **group)
            for place, (group, rules) in enumerate(groups)
        ),
        customers=[make.customer(tier=tier)],
    )  # fmt: skip
    asked = {"customer": customer, "item_no": "01-10100", "quantity": Decimal(quantity)}
    told = explain(book, at=make.now, open_contracts=open_contracts, group_code=code, **asked)
    answer, problem = answered(make, book, code, quantity, customer, open_contracts)
    outcomes = {step.outcome: (step.group_code, step.rule_seq) for step in told.steps}
    assert told.answer == answer
    assert ("undecidable" in outcomes) == (problem is not None)
    if problem is not None:
        assert told.problem == problem
    named = answer is not None and answer.group_code is not None
    assert outcomes.get("won") == ((answer.group_code, answer.rule_seq) if named else None)
