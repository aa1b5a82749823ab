"""Every table and column that the code names, against the reference of the vendor's schema."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, String, UnicodeText, Uuid
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeDecorator

from woocp_pipelines.counterpoint.lengths import text_length
from woocp_pipelines.counterpoint.migrations.revision_0001.indexes import (
    INDEXES,
    INDEXES_OF_NEW_TABLES,
)
from woocp_pipelines.counterpoint.migrations.revision_0001.orders import SNAPSHOT
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.counterpoint.types import ScaledDecimal, UnitMoney
from woocp_pipelines.sandbox.schema import retailer_tables, vendor_tables

FIXTURE = Path(__file__).parents[1] / "fixtures" / "counterpoint-schema.json"
REFERENCE = json.loads(FIXTURE.read_text(encoding="utf-8"))
DIALECT = mssql.dialect()
DIALECT.server_version_info = (16,)
# Parts of keys whose names the reference infers: under another one they would stop a flow in vain.
GUESSED = {"PS_DOC_PKG_TRK_NO": {"PKG_SEQ_NO"}}
# The migrations grow these over the retailer's (design §3).
GROWN = {("USER_ORDER_STAGING", "SHIP_STATE"), ("USER_ORDER_STAGING", "SHIP_CNTRY")}
# Tables that the retailer never had.
OURS = {
    "USER_DEAD_LETTER",
    "USER_ORDER_FULFILMENT",
    "USER_ORDER_KEY",
    "USER_ORDER_STAGING_LIN",
    "USER_STORE_OUTBOX",
    "USER_SYNC_STATE",
}
# From here on a table's columns are ours; of these tables the one named, of others STORE_ID.
FIRST_OWN_COLUMNS = {"USER_CUSTOMER_MAP": "TIER_DECIDED_GMT"}
NAMED = [(name, column) for name, table in METADATA.tables.items() for column in table.columns]
FAMILIES = {
    "varchar": String,
    "char": String,
    "nvarchar": (String, UnicodeText),
    "text": String,
    "int": Integer,
    "bigint": Integer,
    "smallint": Integer,
    "tinyint": Integer,
    "bit": Boolean,
    "datetime": DateTime,
    "datetime2": DateTime,
    "date": Date,
    "uniqueidentifier": Uuid,
    "decimal": Numeric,
    "money": Numeric,
}


def reference_column(table, name):
    if table in OURS:
        return None
    return next((c for c in REFERENCE[table]["columns"] if c["name"] == name), None)


def ours_from_here(table, column):
    names = [each.name for each in METADATA.tables[table].columns]
    first = FIRST_OWN_COLUMNS.get(table, "STORE_ID")
    own = first in names and names.index(column) >= names.index(first)
    return table in OURS or (table.startswith("USER_") and own)


def plain(kind):
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def mistakes(table, column):
    """What of a column differs from the reference, as words."""
    facts = reference_column(table, column.name)
    if ours_from_here(table, column.name):
        return [] if facts is None else ["is the retailer's"]
    if facts is None:
        return ["is invented"]
    family, _, size = facts["type"].rstrip(")").partition("(")
    found = key_mistakes(table, column, facts)
    if not isinstance(plain(column.type), FAMILIES[family]):
        found.append(f"is no {family}")
    length = text_length(column.type)
    if (table, column.name) in GROWN:
        found.extend([] if length > int(size) else ["did not grow"])
    elif length is not None and size != str(length):
        found.append(f"holds {length}, not {size}")
    if isinstance(column.type, ScaledDecimal) and not isinstance(column.type, UnitMoney):
        ours = f"{column.type.precision},{column.type.scale}"
        found.extend([] if ours == size else [f"is decimal({ours}), not {size}"])
    return found


def key_mistakes(table, column, facts):
    """What of a column's key and nullability differs from the reference."""
    in_key = column.name in REFERENCE[table]["primary_key"]
    found = [] if column.primary_key == in_key else ["is wrong about the key"]
    nullable = facts.get("nullable", True) and not in_key
    return found if column.nullable == nullable else [*found, "is wrong about NULL"]


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_no_column_is_invented_and_each_has_the_type_of_the_reference(name):
    found = {
        column.name: mistakes(name, column)
        for column in METADATA.tables[name].columns
        if mistakes(name, column)
    }
    assert found == {}


@pytest.mark.parametrize("name", sorted(set(METADATA.tables) - OURS))
def test_no_part_of_a_key_is_left_out(name):
    ours = {column.name for column in METADATA.tables[name].primary_key}
    assert ours | GUESSED.get(name, set()) == set(REFERENCE[name]["primary_key"])


def test_a_column_whose_name_is_a_guess_and_that_nobody_needs_is_not_asked_for():
    for name, columns in GUESSED.items():
        facts = {each["name"]: each["certainty"] for each in REFERENCE[name]["columns"]}
        assert {facts[column] for column in columns} == {"inferred"}
        assert not columns & set(METADATA.tables[name].columns.keys())


def test_our_own_columns_never_break_an_insert_of_the_old_scripts():
    for name, column in NAMED:
        if ours_from_here(name, column.name) and name not in OURS:
            assert column.nullable or column.server_default is not None, f"{name}.{column.name}"


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_the_definition_compiles_for_sql_server(name):
    text = str(CreateTable(METADATA.tables[name]).compile(dialect=DIALECT))
    assert "LEN_" not in text
    assert f"CREATE TABLE [{name}]" in text


def test_all_created_tables_and_indexes_compile_for_sql_server():
    sets = (vendor_tables(), retailer_tables(), SNAPSHOT.tables)
    for table in [table for tables in sets for table in tables.values()]:
        assert "LEN_" not in str(CreateTable(table).compile(dialect=DIALECT))
    texts = [
        str(CreateIndex(index).compile(dialect=DIALECT))
        for index in (*INDEXES, *INDEXES_OF_NEW_TABLES)
    ]
    assert texts[0] == (
        "CREATE UNIQUE INDEX [UX_USER_ORDER_STAGING_ORDER] ON [USER_ORDER_STAGING] "
        "([STORE_ID], [WOO_ORDER_ID]) WHERE [STATUS] != 'DUPLICATE'"
    )
    assert sum("WHERE [CLOSED_GMT] IS NULL" in text for text in texts) == 1


def test_no_index_key_is_longer_than_sql_server_takes():
    for index in (*INDEXES, *INDEXES_OF_NEW_TABLES):
        # Two bytes for each character and 8 for each other column: an upper bound.
        size = sum(2 * (text_length(column.type) or 4) for column in index.columns)
        assert size <= 1_700, index.name
