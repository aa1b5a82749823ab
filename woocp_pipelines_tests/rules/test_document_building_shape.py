"""Every row that is built fits its table: columns, keys, lengths, scales, code page, NULLs."""

from datetime import datetime
from decimal import Decimal

from hypothesis import given, settings
from sqlalchemy import Column

from woocp_pipelines.counterpoint.lengths import text_length
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.counterpoint.types import ScaledDecimal
from woocp_pipelines_tests.rules.document_building_cases import Case, cases

often = settings(max_examples=100, deadline=None)
# The server fills them: host_name(), @@servername, db_name().
BY_DEFAULT = {"CURR_WKSTN_NAM", "CURR_SERV_NAM", "CURR_DB_NAM"}


def fields(case: Case):
    for name, rows in case.documents.rows.items():
        table = METADATA.tables[name]
        for row in rows:
            for column_name, value in row.items():
                yield table.c[column_name], value


@often
@given(cases())
def test_rows_of_a_table_have_equal_keys_and_only_its_columns(case):
    """Multi-row VALUES takes its columns from the first row."""
    for name, rows in case.documents.rows.items():
        assert {frozenset(row) for row in rows} <= {frozenset(rows[0])} if rows else True
        for row in rows:
            assert row.keys() <= set(METADATA.tables[name].columns.keys())


@often
@given(cases())
def test_every_column_that_must_be_filled_is_filled(case):
    for name, rows in case.documents.rows.items():
        needed = {column.name for column in METADATA.tables[name].c if not column.nullable}
        for row in rows:
            assert needed - BY_DEFAULT <= row.keys()
            assert [column for column in needed & row.keys() if row[column] is None] == []


@often
@given(cases())
def test_primary_keys_are_unique(case):
    for name, rows in case.documents.rows.items():
        keys = [column.name for column in METADATA.tables[name].primary_key]
        found = [tuple(row[key] for key in keys) for row in rows]
        assert len(found) == len(set(found))


def holds_text(column: Column, value: str) -> bool:
    length = text_length(column.type)
    one_byte = value.encode("cp1252", "replace").decode("cp1252") == value
    return one_byte and (length is None or len(value) <= length)


@often
@given(cases())
def test_every_text_fits_its_column_and_its_code_page(case):
    assert [
        (column.name, value)
        for column, value in fields(case)
        if isinstance(value, str) and not holds_text(column, value)
    ] == []


@often
@given(cases())
def test_every_decimal_is_exact_to_its_columns_scale(case):
    for column, value in fields(case):
        if not isinstance(column.type, ScaledDecimal) or value is None:
            continue
        assert isinstance(value, Decimal), column.name
        step = Decimal(1).scaleb(-column.type.scale)
        assert value == value.quantize(step), column.name
        assert abs(value) < Decimal(10) ** (column.type.precision - column.type.scale)


@often
@given(cases())
def test_every_time_is_local_or_utc_without_its_zone_and_without_fractions(case):
    for column, value in fields(case):
        if isinstance(value, datetime):
            assert (value.tzinfo, value.microsecond) == (None, 0), column.name


@often
@given(cases())
def test_parents_come_before_their_children(case):
    tables = list(case.documents.rows)
    for child, parent in [
        ("PS_DOC_HDR_MISC_CHRG", "PS_DOC_HDR_TOT"),
        ("PS_DOC_LIN_PRICE", "PS_DOC_LIN"),
        ("PS_DOC_PMT_APPLY", "PS_DOC_PMT"),
        ("PS_DOC_AUDIT_LOG_TOT", "PS_DOC_AUDIT_LOG"),
    ]:
        assert tables.index(parent) < tables.index(child)
    assert tables[0] == "PS_DOC_HDR"


@often
@given(cases())
def test_no_card_data_and_no_computed_column_is_ever_written(case):
    columns = {name for rows in case.documents.rows.values() for row in rows for name in row}
    assert not columns & {"CARD_NO", "EDC_AUTH_COD", "EDC_AUTH_RESP", "QTY_AVAIL", "SIG_IMG"}


@often
@given(cases())
def test_tables_that_the_design_leaves_out_are_never_written(case):
    left_out = {"PS_DOC_HDR_ORIG_DOC", "PS_DOC_DISC", "PS_DOC_PMT_CR_CARD"}
    assert not left_out & set(case.documents.rows)
