"""A sale to nobody we know: what asks for a customer in any column holds for none."""

from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.explain import explain

CONDITIONS = (
    "(AR_CUST.CATEG_COD IS NULL)",
    "(AR_CUST.CUST_NO IS NULL)",
    "(AR_CUST.CATEG_COD <> 'W')",
    "(IM_ITEM.PROF_COD_1 = 'PC S CS' OR AR_CUST.CATEG_COD = 'W')",
    "(AR_CUST.CATEG_COD = 'W' OR IM_ITEM.PROF_COD_1 = 'PC S CS')",
    "(IM_ITEM.PROF_COD_1 = 'nix' OR AR_CUST.CATEG_COD IS NULL)",
    "(NOT (IM_ITEM.PROF_COD_1 IS NOT NULL AND AR_CUST.CATEG_COD IS NOT NULL))",
)
# By the three-valued logic of SQL, for a customer whose CATEG_COD is NULL.
OF_A_CUSTOMER = ("SALE", None, None, "SALE", "SALE", "SALE", "SALE")


def price(make, book, customer=None, **more):
    """The group of the price, which the explanation must name as well."""
    answer = make.ask(book, customer=customer, **more)
    told = explain(
        book, customer=customer, item_no="01-10100", quantity=Decimal(1), at=make.now, **more
    )
    assert told.answer == answer
    if customer is None:
        assert told.steps[0].reason == "it asks for a customer, and there is none"
    return answer.group_code


@pytest.mark.parametrize("kind", ["C", "P", "S"])
@pytest.mark.parametrize("column", ["customer_filter", "item_filter", "sale_filter"])
@pytest.mark.parametrize(
    ("condition", "group"), list(zip(CONDITIONS, OF_A_CUSTOMER, strict=True)), ids=CONDITIONS
)
def test_a_rule_that_asks_for_the_customer_never_holds_for_nobody(
    make, kind, column, condition, group
):
    rule = make.rule(1, **({"item_filter": None} | {column: condition}))
    book = make.book(make.group(rule, kind=kind, code="SALE", customer_no=None))
    assert price(make, book, open_contracts=True) is None
    assert price(make, book, "10001", open_contracts=True) == group


@pytest.mark.parametrize("column", ["customer_filter", "item_filter", "sale_filter"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_under_the_contract_that_is_asked_by_code_such_a_rule_is_undecidable(
    make, column, condition
):
    rule = make.rule(1, **({"item_filter": None} | {column: condition}))
    with pytest.raises(UndecidableError, match="asks for the customer, who was not named"):
        make.ask_contract(make.book(make.group(rule)), "144319")


@pytest.mark.parametrize("kind", ["C", "S"])
@pytest.mark.parametrize("of_group", [True, False])
def test_nobody_is_no_customer_that_a_customer_filter_chooses(make, kind, of_group):
    chosen = {"customer_filter": "(AR_CUST.CATEG_COD IS NULL)"}
    rule = make.rule(1, **({} if of_group else chosen))
    more = chosen if of_group else {}
    book = make.book(make.group(rule, kind=kind, code="NEW", customer_no=None, **more))
    assert price(make, book) is None
    assert price(make, book, "10001") == "NEW"
