"""Texts of built rows against the live columns: prose is cut, nothing else ever is."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woocp_pipelines.rules.document_building.fitting import fit_rows
from woocp_pipelines.rules.problems import RefusedError
from woocp_pipelines_tests.rules.document_building_cases import LENGTHS, make_case


def fitted(column: str, value: Any, length: int | None = None) -> Any:
    lengths = {} if length is None else {("T", column): length}
    ((row,),) = fit_rows({"T": [{"DOC_ID": 1, column: value}]}, lengths).values()
    return row[column]


def refusal(column: str, value: str, length: int | None = None):
    with pytest.raises(RefusedError) as refused:
        fitted(column, value, length)
    return refused.value.first


def test_prose_is_cut_to_the_live_column_and_leaves_no_blank_at_its_end():
    assert fitted("DESCR", "Superior PC 8.5 x 11", 12) == "Superior PC"
    assert fitted("DESCR", "Superior PC 8.5 x 11", 20) == "Superior PC 8.5 x 11"
    assert fitted("NOTE", "x" * 100_000) == "x" * 100_000


@pytest.mark.parametrize(
    "column", ["ITEM_NO", "REF", "TKT_NO", "EMAIL_ADRS_1", "TAX_COD", "SHIP_VIA_COD", "QTY_UNIT"]
)
def test_what_names_something_is_never_cut(column):
    """CP §3.8: a cut code is another code, a cut address somebody else's."""
    problem = refusal(column, "ann@printers.test", 10)
    assert (problem.code, problem.field) == ("TOO_LONG", f"T.{column}")
    assert "'ann@printers.test', 17 characters" in problem.found
    assert "at most 10" in problem.expected
    assert fitted(column, "ann@printers.test", 17) == "ann@printers.test"


@pytest.mark.cp_bug(37)
def test_what_the_code_page_lacks_is_written_out_in_prose_and_refused_in_codes():
    """The old procedure stored a '?' for it."""
    assert fitted("DESCR", "8⅓ Łódź", 30) == "8 1/3 Lódz"
    assert fitted("DESCR", "Café™", 30) == "Café™"
    assert refusal("CATEG_COD", "日本", 10).code == "CODE_PAGE"


def test_every_column_that_cannot_hold_its_value_is_named_once():
    rows = {"T": [{"A": "long", "B": "longer", "NAM": "longest"}] * 3}
    lengths = {("T", name): 2 for name in ("A", "B", "NAM")}
    with pytest.raises(RefusedError) as refused:
        fit_rows(rows, lengths)
    assert [problem.field for problem in refused.value.problems] == ["T.A", "T.B"]


def test_numbers_and_empty_columns_are_left_alone():
    row = {"QTY": Decimal(1), "NAM": None, "FLAG": "N", "ID": 7}
    assert fit_rows({"T": [row]}, {("T", name): 1 for name in row}) == {"T": [row]}


@given(st.text(max_size=60), st.integers(1, 40))
def test_cut_prose_always_fits_its_column_and_its_code_page(text, length):
    found = fitted("DESCR", text, length)
    assert len(found) <= length
    assert found.encode("cp1252").decode("cp1252") == found


def test_columns_of_the_demo_version_hold_every_document():
    """CP §1.10: DESCR has 50 characters there; the item's text may be longer."""
    case = make_case(6, "B")
    narrow = {**LENGTHS, ("PS_DOC_LIN", "DESCR"): 5, ("PS_DOC_CONTACT", "CITY"): 3}
    rows = fit_rows(case.documents.rows, narrow)
    assert {len(row["DESCR"]) for row in rows["PS_DOC_LIN"]} <= {0, 5}
    assert {len(row["CITY"] or "") for row in rows["PS_DOC_CONTACT"]} <= {0, 1, 2, 3}
    assert [len(each) for each in rows.values()] == [
        len(each) for each in case.documents.rows.values()
    ]
