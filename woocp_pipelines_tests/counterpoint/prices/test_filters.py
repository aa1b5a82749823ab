"""The grammar and the three-valued logic of price filters (CP §5.6)."""

from decimal import Decimal

import pytest

from woocp_pipelines.counterpoint.prices.conditions import Rows
from woocp_pipelines.counterpoint.prices.errors import UnsupportedFilterError
from woocp_pipelines.counterpoint.prices.facts import FilterValues
from woocp_pipelines.counterpoint.prices.filters import parse_filter

ITEM = FilterValues(
    {"ITEM_NO": "01-10100", "PROF_COD_1": "PC S CS", "CATEG_COD": None, "IS_DISCNTBL": "Y"},
    {"WEIGHT": Decimal("2.5"), "PRC_DECS": Decimal(4)},
)
CUSTOMER = FilterValues({"CUST_NO": "00001", "PROF_COD_1": "TIER1", "CATEG_COD": "B2B"})


def holds(text, make, table="IM_ITEM"):
    return parse_filter(text, table, make.columns).holds(Rows(ITEM, CUSTOMER))


@pytest.mark.parametrize(
    "text",
    [
        "(IM_ITEM.PROF_COD_1 = 'PC S CS')",
        "(IM_ITEM.PROF_COD_1='PC S CS')",
        "im_item.prof_cod_1 = 'pc s cs'",
        "IM_ITEM.PROF_COD_1 = 'PC S CS   '",
        "PROF_COD_1 = 'PC S CS'",
        "(AR_CUST.PROF_COD_1 = 'TIER1')",
        "((IM_ITEM.ITEM_NO = '01-10100') AND (IM_ITEM.IS_DISCNTBL = 'Y'))",
        "IM_ITEM.ITEM_NO = 'X' OR IM_ITEM.ITEM_NO = 'Y' OR IM_ITEM.IS_DISCNTBL = 'Y'",
        "IM_ITEM.IS_DISCNTBL = 'Y' OR IM_ITEM.ITEM_NO = 'X' AND IM_ITEM.ITEM_NO = 'Y'",
        "NOT (IM_ITEM.ITEM_NO = 'X')",
        "IM_ITEM.ITEM_NO <> 'X'",
        "IM_ITEM.ITEM_NO != 'X'",
        "IM_ITEM.PROF_COD_1 IN ('A', 'pc s cs')",
        "IM_ITEM.PROF_COD_1 NOT IN ('A','B')",
        "IM_ITEM.PROF_COD_1 LIKE 'PC%'",
        "IM_ITEM.PROF_COD_1 LIKE 'pc _ cs'",
        "IM_ITEM.PROF_COD_1 NOT LIKE '%XF%'",
        "IM_ITEM.ITEM_NO BETWEEN '01-10000' AND '01-10200'",
        "IM_ITEM.ITEM_NO NOT BETWEEN '01-10200' AND '01-10300'",
        "IM_ITEM.CATEG_COD IS NULL",
        "IM_ITEM.PROF_COD_1 IS NOT NULL",
        "IM_ITEM.WEIGHT > 2 AND IM_ITEM.WEIGHT <= 2.50",
        "IM_ITEM.PRC_DECS = '4'",
        "IM_ITEM.PRC_DECS IN (2, 4)",
    ],
)
def test_a_true_filter_holds(make, text):
    assert holds(text, make)


@pytest.mark.parametrize(
    "text",
    [
        "IM_ITEM.PROF_COD_1 = 'PC S'",
        "IM_ITEM.PROF_COD_1 = ' PC S CS'",
        "IM_ITEM.PROF_COD_1 LIKE 'PC'",
        "IM_ITEM.PROF_COD_1 LIKE 'PC.S.CS'",
        "(IM_ITEM.IS_DISCNTBL = 'Y' OR IM_ITEM.ITEM_NO = 'X') AND IM_ITEM.ITEM_NO = 'Y'",
        "IM_ITEM.WEIGHT BETWEEN 3 AND 2",
    ],
)
def test_a_false_filter_does_not_hold(make, text):
    assert not holds(text, make)


@pytest.mark.parametrize(
    "condition",
    [
        "IM_ITEM.CATEG_COD = 'X'",
        "IM_ITEM.CATEG_COD <> 'X'",
        "IM_ITEM.CATEG_COD IN ('X')",
        "IM_ITEM.CATEG_COD LIKE '%'",
        "IM_ITEM.CATEG_COD > 'X'",
        "IM_ITEM.CATEG_COD BETWEEN 'A' AND 'Z'",
        "(IM_ITEM.CATEG_COD = 'X' AND IM_ITEM.IS_DISCNTBL = 'Y')",
        "(IM_ITEM.CATEG_COD = 'X' OR IM_ITEM.IS_DISCNTBL = 'N')",
    ],
)
def test_null_neither_matches_nor_matches_when_negated(make, condition):
    assert not holds(condition, make)
    assert not holds(f"NOT ({condition})", make)


def test_a_part_that_decides_makes_null_beside_it_harmless(make):
    assert holds("IM_ITEM.CATEG_COD = 'X' OR IM_ITEM.IS_DISCNTBL = 'Y'", make)
    assert holds("NOT (IM_ITEM.CATEG_COD = 'X' AND IM_ITEM.IS_DISCNTBL = 'N')", make)


def test_quotes_inside_a_text_are_doubled(make):
    rows = Rows(FilterValues({"PROF_COD_1": "O'NEIL"}), CUSTOMER)
    parsed = parse_filter("IM_ITEM.PROF_COD_1 = 'o''neil'", "IM_ITEM", make.columns)
    assert parsed.holds(rows)


@pytest.mark.parametrize(
    "text",
    [
        "IM_ITEM.PROF_COD_1 = 'PC S CS",
        "IM_ITEM.PROF_COD_1 = NULL",
        "IM_ITEM.PROF_COD_1 = N'PC'",
        "IM_ITEM.PROF_COD_1 = IM_ITEM.CATEG_COD",
        "'A' = IM_ITEM.PROF_COD_1",
        "IM_ITEM.PROF_COD_1 = 'A' -- comment",
        "IM_ITEM.PROF_COD_1 = 'A'; DROP TABLE IM_ITEM",
        "IM_ITEM.PROF_COD_1 IN (SELECT PROF_COD FROM IM_PROF)",
        "LEFT(IM_ITEM.PROF_COD_1, 2) = 'PC'",
        "dbo.IM_ITEM.PROF_COD_1 = 'A'",
        "IM_ITEM.PROF_COD_1 LIKE '[A-C]%'",
        "IM_ITEM.PROF_COD_1 LIKE 'PC '",
        "IM_ITEM.PROF_COD_1 LIKE 5",
        "IM_ITEM.PROF_COD_1 = 5",
        "IM_ITEM.WEIGHT = 'heavy'",
        "IM_ITEM.WEIGHT LIKE '2%'",
        "IM_ITEM.PROF_COD_1 = 'Straße'",
        "IM_ITEM.LST_RECV_DAT > '20260101'",
        "IM_ITEM.NO_SUCH_COLUMN = 'A'",
        "PS_DOC_HDR.STR_ID = '01'",
        "NOT NOT (IM_ITEM.PROF_COD_1 = 'A')",
        "IM_ITEM.PROF_COD_1 IN ()",
        "()",
        "IM_ITEM.WEIGHT",
        "NOT (" * 2000 + "IM_ITEM.PROF_COD_1 = 'A'" + ")" * 2000,
    ],
)
def test_what_is_not_understood_is_refused_never_guessed(make, text):
    with pytest.raises(UnsupportedFilterError) as refused:
        parse_filter(text, "IM_ITEM", make.columns)
    assert refused.value.reason


def test_unqualified_columns_of_a_sale_filter_are_refused(make):
    with pytest.raises(UnsupportedFilterError, match="no column of the sale"):
        parse_filter("QTY_SOLD > 5", None, make.columns)


def test_an_order_that_the_collation_decides_is_refused_only_when_it_is_asked(make):
    parsed = parse_filter("IM_ITEM.ITEM_NO < '01.10100'", "IM_ITEM", make.columns)
    with pytest.raises(UnsupportedFilterError, match="collation"):
        parsed.holds(Rows(ITEM, CUSTOMER))
