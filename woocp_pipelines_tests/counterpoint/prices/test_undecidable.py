"""Rules that nobody can decide, and rules that never win, found without a sale in mind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.engine import price_item
from woocp_pipelines.counterpoint.prices.errors import UndecidableError
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    Item,
    LocationPrices,
    PriceBreak,
    PriceGroup,
    PriceRule,
    Validity,
)
from woocp_pipelines.counterpoint.prices.overview import count_book
from woocp_pipelines.counterpoint.prices.undecidable import (
    rules_that_never_win,
    undecidable_rules,
)

D = Decimal
AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 12, 0)
DAY = timedelta(days=1)
BREAK = PriceBreak(D("0.0001"), "D", "R", D(10))
RULE = PriceRule(1, "TEN OFF", (BREAK,))
GROUP = PriceGroup("C", "144319", (RULE,), customer_no="10001")
ITEM = Item(
    "01-10100",
    2,
    (None,) * 5,
    {"*": LocationPrices((D(40),) + (None,) * 5, (D(40),) + (None,) * 5, (None,) * 5)},
)


def book_of(*groups, codes=None):
    facts = BookFacts(
        read_at=AT,
        time_zone="America/New_York",
        round_method="N",
        groups=groups,
        items=(ITEM,),
        customers=(Customer("10001"),),
        columns={"IM_ITEM": {}, "AR_CUST": {}},
    )
    return PriceBook(facts) if codes is None else PriceBook(facts, codes)


def with_rule(**changes):
    return replace(GROUP, rules=(replace(RULE, **changes),))


def with_break(**changes):
    return with_rule(breaks=(replace(BREAK, **changes),))


UNDECIDABLE = [
    (with_rule(is_custom=True), 1, "IS_CUSTOM"),
    (with_rule(is_bogo_twofer=True), 1, "USE_BOGO_TWOFER"),
    (replace(GROUP, mix_match_code="MM"), None, "MIX_MATCH_COD 'MM'"),
    (replace(GROUP, validity=Validity(problem="BEG_DAT is odd")), None, "BEG_DAT is odd"),
    (replace(GROUP, customer_filter="(LEN(AR_CUST.NAM) > 1)"), None, "CUST_FILT of the group"),
    (with_rule(customer_filter="(LEN(AR_CUST.NAM) > 1)"), 1, "CUST_FILT (LEN"),
    (with_rule(item_filter="(LEN(IM_ITEM.DESCR) > 1)"), 1, "ITEM_FILT (LEN"),
    (with_rule(sale_filter="(PS_DOC_HDR.TKT_TYP = 'T')"), 1, "SAL_FILT (PS_DOC_HDR"),
    (with_break(method="P"), 1, "PRC_METH 'P'"),
    (with_break(method="M"), 1, "PRC_METH 'M'"),
    (with_break(method="?"), 1, "PRC_METH '?'"),
    (with_break(basis="Z"), 1, "PRC_BASIS 'Z'"),
    (with_break(basis="!"), 1, "PRC_BASIS '!'"),
    (with_break(amount=None), 1, "AMT_OR_PCT"),
    (with_break(method="F", basis="Z"), 1, "PRC_BASIS 'Z'"),
]


@pytest.mark.parametrize(("group", "sequence", "reason"), UNDECIDABLE)
def test_a_rule_is_listed_when_the_engine_refuses_it(group, sequence, reason):
    book = book_of(group)
    (found,) = undecidable_rules(book, at=AT)
    assert (found.kind, found.group, found.sequence) == ("C", "144319", sequence)
    assert reason in found.reason
    with pytest.raises(UndecidableError):
        price_item(book, customer="10001", item_no="01-10100", quantity=D(1), at=AT)


@pytest.mark.parametrize(
    "group",
    [GROUP, with_break(method="A"), with_break(method="F", basis="!"), with_rule(breaks=())],
)
def test_a_rule_that_the_engine_decides_is_not_listed(group):
    book = book_of(group)
    assert undecidable_rules(book, at=AT) == ()
    assert price_item(book, customer="10001", item_no="01-10100", quantity=D(1), at=AT)


def test_a_method_that_the_settings_explain_is_no_doubt():
    codes = RuleCodes(methods={"M": "markup"})
    assert undecidable_rules(book_of(with_break(method="M"), codes=codes), at=AT) == ()


def test_groups_that_are_off_or_over_are_no_concern_and_coming_ones_are():
    bad = with_break(method="P")
    over = Validity(ends=NOON - DAY)
    coming = Validity(begins=NOON + DAY)
    unused = (replace(bad, code="OFF", enabled=False), replace(bad, code="OVER", validity=over))
    assert undecidable_rules(book_of(*unused), at=AT) == ()
    (found,) = undecidable_rules(book_of(replace(bad, validity=coming)), at=AT)
    assert found.group == "144319"


def test_every_reason_of_a_rule_is_told_and_each_once():
    breaks = (replace(BREAK, method="P"), replace(BREAK, method="P", min_quantity=D(10)))
    found = undecidable_rules(book_of(with_rule(breaks=breaks, is_custom=True)), at=AT)
    assert [each.reason.split(":")[0] for each in found] == [
        "IS_CUSTOM",
        "PRC_METH 'P' has no known meaning",
    ]


def test_rules_without_a_break_or_behind_one_that_always_holds_never_win():
    rules = (
        replace(RULE, sequence=1, breaks=()),
        replace(RULE, sequence=2, item_no="01-10100"),
        replace(RULE, sequence=3, min_quantity=D(5)),
        replace(RULE, sequence=4),
        replace(RULE, sequence=5, item_no="01-10100"),
    )
    found = rules_that_never_win(book_of(replace(GROUP, rules=rules)), at=AT)
    assert [(each.sequence, each.reason) for each in found] == [
        (1, "it has no quantity break"),
        (5, "rule 4 before it holds for everything"),
    ]


def test_a_rule_with_any_condition_hides_no_later_one():
    later = replace(RULE, sequence=2)
    for condition in (
        {"item_no": "01-10100"},
        {"customer_no": "10001"},
        {"item_filter": "(IM_ITEM.ITEM_NO = 'A')"},
        {"customer_filter": "(AR_CUST.CUST_NO = 'A')"},
        {"sale_filter": "(X = 'A')"},
        {"min_quantity": D(1)},
        {"breaks": (replace(BREAK, min_quantity=D(1)),)},
    ):
        group = replace(GROUP, rules=(replace(RULE, **condition), later))
        assert rules_that_never_win(book_of(group), at=AT) == (), condition


def test_a_book_is_counted_by_kind_method_and_state():
    special = replace(GROUP, kind="S", code="TIERED", rules=(RULE, replace(RULE, sequence=2)))
    off = replace(with_break(method="F", basis="!"), code="OFF", enabled=False)
    odd = replace(GROUP, code="ODD", validity=Validity(problem="?"))
    over = replace(GROUP, code="OVER", validity=Validity(ends=NOON))
    coming = replace(GROUP, code="NEXT", validity=Validity(begins=NOON + timedelta(seconds=1)))
    counts = count_book(book_of(GROUP, special, off, odd, over, coming), at=AT)
    assert (counts.rules, counts.groups, counts.items, counts.customers) == (7, 6, 1, 1)
    assert counts.rules_by_kind == {"C": 5, "S": 2}
    assert counts.breaks_by_method == {"D": 6, "F": 1}
    assert counts.groups_by_state == {
        "valid": 2, "off": 1, "unreadable": 1, "over": 1, "not_yet": 1
    }  # fmt: skip
