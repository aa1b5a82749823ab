"""A sale to nobody we know: item filters see NULL in every column of the customer."""

from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.explain import explain


def price(make, book, customer=None):
    """The group of the price, which the explanation must name as well."""
    answer = make.ask(book, customer=customer)
    told = explain(
        book, customer=customer, item_no="01-10100", quantity=Decimal(1), at=make.now
    ).answer
    assert told == answer
    return answer.group_code


@pytest.mark.parametrize(
    ("condition", "group"),
    [
        ("(IM_ITEM.PROF_COD_1 = 'PC S CS' OR AR_CUST.CATEG_COD = 'W')", "SALE"),
        ("(AR_CUST.CATEG_COD = 'W' OR IM_ITEM.PROF_COD_1 = 'PC S CS')", "SALE"),
        ("(IM_ITEM.PROF_COD_1 = 'other' OR AR_CUST.CATEG_COD = 'W')", None),
        ("(IM_ITEM.PROF_COD_1 = 'PC S CS' AND AR_CUST.CATEG_COD = 'W')", None),
        ("(IM_ITEM.PROF_COD_1 = 'PC S CS' AND NOT (AR_CUST.CATEG_COD = 'W'))", None),
        ("(AR_CUST.CATEG_COD IS NULL)", "SALE"),
        ("(AR_CUST.CATEG_COD <> 'W')", None),
    ],
)
def test_nobody_is_priced_as_a_customer_whose_columns_are_null(make, condition, group):
    rule = make.rule(1, item_filter=condition)
    book = make.book(make.group(rule, kind="P", code="SALE", customer_no=None))
    assert price(make, book) == group
    assert price(make, book, "10001") == group


@pytest.mark.parametrize("kind", ["C", "S"])
@pytest.mark.parametrize("of_group", [True, False])
def test_nobody_is_no_customer_that_a_customer_filter_chooses(make, kind, of_group):
    chosen = {"customer_filter": "(AR_CUST.CATEG_COD IS NULL)"}
    rule = make.rule(1, **({} if of_group else chosen))
    more = chosen if of_group else {}
    book = make.book(make.group(rule, kind=kind, code="NEW", customer_no=None, **more))
    assert price(make, book) is None
    assert price(make, book, "10001") == "NEW"
