"""Explaining a price: every group and rule, why it lost, and the arithmetic of the answer."""

import json
from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.errors import (
    UndecidableError,
    UnknownCustomerError,
    UnknownItemError,
)
from woocp_pipelines.counterpoint.prices.explain import explain, explanation_document

OTHER_TYPE = "(IM_ITEM.PROF_COD_1 = 'CF')"


def told(make, book, quantity="1", customer="10001", **more):
    return explain(
        book,
        customer=customer,
        item_no="01-10100",
        quantity=Decimal(quantity),
        at=make.now,
        **more,
    )


def in_short(explanation):
    return [(s.group_code, s.rule_seq, s.outcome, s.reason) for s in explanation.steps]


def test_every_group_and_rule_is_told_in_order_with_its_reason(make):
    later = "an earlier rule decides"
    book = make.book(
        make.group(code="OLD", enabled=False, sequence=1),
        make.group(code="HERS", customer_no="10002", sequence=2),
        make.group(
            make.rule(1, item_filter=OTHER_TYPE),
            make.rule(2, item_no="01-99999"),
            make.rule(3, make.price_break(from_quantity="10")),
            make.rule(4),
            make.rule(5),
        ),
        make.group(kind="S", code="TIERED", customer_no=None),
    )
    assert in_short(told(make, book)) == [
        ("OLD", None, "lost", "the group is not enabled"),
        ("HERS", None, "lost", "the group is for another customer"),
        ("144319", 1, "lost", "the item is not in the rule's filter"),
        ("144319", 2, "lost", "the rule is for another item"),
        ("144319", 3, "lost", "the quantity reaches no break of the rule"),
        ("144319", 4, "won", ""),
        ("144319", 5, "not reached", later),
        ("TIERED", None, "not reached", later),
    ]


def test_the_arithmetic_goes_from_the_basis_to_the_extended_price(make):
    rule = make.rule(1, make.price_break(amount="49.4949"))
    book = make.book(make.group(rule), items=[make.item(decimals=2)])
    found = told(make, book, "10").arithmetic
    assert (found.method, found.basis_code, found.basis, found.amount) == (
        "D", "R", Decimal("41.769"), Decimal("49.4949"),
    )  # fmt: skip
    assert str(found.unrounded) == "21.0954752190"
    assert [str(each) for each in (found.held, found.unit_price, found.extended)] == [
        "21.0955", "21.10", "211.00",
    ]  # fmt: skip
    assert (found.decimals, found.round_method, found.quantity) == (2, "N", 10)


def test_without_a_rule_the_items_own_price_is_told(make):
    found = told(make, make.book(make.group(make.rule(1, item_filter=OTHER_TYPE))), "3")
    assert [step.outcome for step in found.steps] == ["lost"]
    assert found.answer.group_code is None
    assert (found.arithmetic.method, found.arithmetic.basis_code) == (None, "1")
    assert (found.arithmetic.held, found.arithmetic.extended) == (
        Decimal("41.769"),
        Decimal("125.31"),
    )


def test_a_fixed_price_has_no_basis(make):
    found = told(make, make.book(make.group(make.rule(1, make.price_break("F", "57", "!")))))
    assert (found.arithmetic.basis, found.arithmetic.held) == (None, 57)


def test_a_rule_in_doubt_is_told_as_undecidable_and_the_rest_as_not_reached(make):
    group = make.group(make.rule(1, is_custom=True), make.rule(2))
    found = told(make, make.book(group))
    assert [step.outcome for step in found.steps] == ["undecidable", "not reached"]
    assert (found.answer, found.arithmetic) == (None, None)
    assert "'144319' rule 1 cannot be decided" in found.problem


def test_a_winning_rule_of_an_unknown_method_is_told_as_undecidable(make):
    group = make.group(make.rule(1, make.price_break("P", "5", "1")), make.rule(2))
    found = told(make, make.book(group))
    assert [step.outcome for step in found.steps] == ["undecidable", "not reached"]
    assert found.steps[0].reason == found.problem
    assert "method 'P'" in found.problem


def test_one_contract_is_explained_by_its_code_alone(make):
    book = make.book(
        make.group(code="A", sequence=1), make.group(make.rule(1, item_filter=OTHER_TYPE))
    )
    found = told(make, book, customer=None, group_code="144319")
    assert [step.group_code for step in found.steps] == ["144319"]
    assert found.answer is None
    assert found.problem == "the contract gives no price for this item in this quantity"
    assert told(make, book, customer=None, group_code="999999").steps == ()


def test_what_the_book_does_not_hold_is_an_error_as_for_a_price(make):
    with pytest.raises(UnknownCustomerError):
        told(make, make.book(), customer="55555")
    with pytest.raises(UnknownItemError):
        told(make, make.book(items=[make.item("X")]))
    with pytest.raises(UndecidableError):
        told(make, make.book(items=[make.item(has_cell_prices=True)]))


def test_too_many_steps_are_left_out_from_the_least_telling_and_counted(make):
    groups = [make.group(code=f"G{n:04}", customer_no="10002", sequence=n) for n in range(40)]
    mine = make.group(make.rule(1, item_filter=OTHER_TYPE), make.rule(2), make.rule(3))
    found = told(make, make.book(*groups, mine), most_steps=3)
    assert [(step.rule_seq, step.outcome) for step in found.steps] == [
        (1, "lost"), (2, "won"), (3, "not reached"),
    ]  # fmt: skip
    assert found.left_out == 40


def test_the_document_is_json_with_numbers_as_strings(make):
    found = explanation_document(told(make, make.book(make.group())))
    assert json.loads(json.dumps(found)) == found
    assert found["arithmetic"]["unit_price"] == found["answer"]["unit_price"] == "37.5921"
    assert found["at"] == "2026-11-22T17:00:00+00:00"
    assert found["steps"][0]["outcome"] == "won"


def test_a_rule_that_leaves_out_the_item_whoever_buys_is_told_as_lost(make):
    of_both = "(IM_ITEM.PROF_COD_1 = 'CF' AND AR_CUST.CATEG_COD = 'W')"
    book = make.book(make.group(make.rule(1, item_filter=of_both), make.rule(2)))
    found = told(make, book, customer=None, group_code="144319")
    assert found.answer == make.ask_contract(book, "144319")
    assert in_short(found) == [
        ("144319", 1, "lost", "the item is not in the rule's filter"),
        ("144319", 2, "won", ""),
    ]


def test_groups_in_an_order_that_nobody_knows_are_told_as_undecidable(make):
    found = told(make, make.book(make.group(code="BWC-10"), make.group(code="BWC10")))
    outcomes = [(step.group_code, step.outcome) for step in found.steps]
    assert outcomes == [("BWC-10", "undecidable"), ("BWC10", "not reached")]
    assert "has the same GRP_SEQ_NO and may be asked first" in found.problem
