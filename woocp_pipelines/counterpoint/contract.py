"""What woocp relies on in the live database, checked against it before anything is written.

Belongs here: the differences that matter and how grave they are (design §3 "Schema contract").
Does not: reading the catalog (catalog.py), triggers (examination/server.py), settings that must
exist as rows, nor stopping anybody (flows/doctor/gate.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    Numeric,
    String,
    Table,
)
from sqlalchemy.schema import CreateColumn
from sqlalchemy.types import TypeDecorator, TypeEngine

from woocp_pipelines.counterpoint.catalog import Catalog, ColumnFacts, TableFacts, read_catalog
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.lengths import text_length
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.counterpoint.types import Code, ScaledDecimal

# Vendor tables that get new rows from us; what we fill is what their Table objects name.
INSERTED: Final = frozenset(
    {
        "AR_CUST",
        "AR_SHIP_ADRS",
        "PS_DOC_AUDIT_LOG",
        "PS_DOC_AUDIT_LOG_TOT",
        "PS_DOC_CONTACT",
        "PS_DOC_HDR",
        "PS_DOC_HDR_DOC_STAT",
        "PS_DOC_HDR_MISC_CHRG",
        "PS_DOC_HDR_TOT",
        "PS_DOC_LIN",
        "PS_DOC_LIN_PRICE",
        "PS_DOC_NOTE",
        "PS_DOC_PMT",
        "PS_DOC_PMT_APPLY",
        "PS_DOC_PMT_PROMPT",
        "PS_DOC_TAX",
    }
)
UPDATED: Final = frozenset({"AR_CUST", "IM_INV", "PS_STA_CFG_PS", "PS_STR_CFG_PS", "SY_WRKGRP"})

_FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"char", "nchar", "varchar", "nvarchar", "text", "ntext"}),
    "number": frozenset(
        {
            "bigint",
            "bit",
            "boolean",
            "decimal",
            "float",
            "int",
            "integer",
            "money",
            "numeric",
            "smallint",
            "tinyint",
        }
    ),
    "time": frozenset({"date", "datetime", "datetime2", "smalldatetime"}),
}
_KINDS: Final[Mapping[type[TypeEngine[Any]], str]] = {
    String: "text",
    Integer: "number",
    Numeric: "number",
    Boolean: "number",
    DateTime: "time",
    Date: "time",
}

Level = Literal["red", "yellow"]
_OURS: Final = "USER_"
_REPORT: Final = "report it to woocp with the version of Counterpoint: woocp must learn it"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the live database and what woocp needs. Red ones stop all writing."""

    table: str
    column: str | None
    found: str
    expected: str
    why: str
    fix: str
    level: Level = "red"


def check_contract(engine: Engine) -> list[Difference]:
    """Every difference that matters, red ones first; an empty list when there is none."""
    catalog = _live(engine)
    found = [
        difference
        for name, table in sorted(METADATA.tables.items())
        for difference in _check_table(table, catalog.get(name), engine.dialect)
    ]
    return sorted(found, key=lambda difference: difference.level != "red")


def column_lengths(engine: Engine) -> dict[tuple[str, str], int]:
    """Characters that the live database holds in each text column that woocp names.

    Keys are (table, column); unlimited text is not among them.
    """
    catalog = _live(engine)
    return {
        (name, column.name): facts.length
        for name, table in METADATA.tables.items()
        if name in catalog
        for column in table.columns
        if text_length(column.type) is not None
        and (facts := catalog[name].columns.get(column.name)) is not None
        and facts.length is not None
    }


def _live(engine: Engine) -> Catalog:
    with reading(engine) as connection:
        return read_catalog(connection, METADATA.tables)


def _check_table(table: Table, live: TableFacts | None, dialect: Dialect) -> Iterator[Difference]:
    if live is None:
        yield _missing_table(table.name)
        return
    for column in table.columns:
        facts = live.columns.get(column.name)
        if facts is None:
            yield _missing_column(table.name, column, dialect)
        else:
            yield from _check_column(table.name, column, facts)
    ours = table.name.startswith(_OURS)
    if ours or table.name in INSERTED:
        yield from _unfilled(table, live)


def _missing_table(name: str) -> Difference:
    if name.startswith(_OURS):
        return Difference(
            name,
            None,
            "no such table",
            "the table that `woocp db upgrade` made",
            "woocp remembers there what it did: without it an order may be booked or told twice",
            "let the login see it (`woocp grants`); if somebody dropped it, restore it from a "
            "backup of this database: an empty one remembers nothing, and `woocp db upgrade` makes "
            "no table twice",
        )
    return Difference(
        name,
        None,
        "no such table",
        "a table that is there and that this login may see",
        "woocp reads or writes it",
        "let the database's administrator look whether it is there: if it is, run what `woocp "
        "grants` prints, since this login cannot see it; if not, check that WOOCP_DATABASE_URL "
        "names the company's database, and ask who supports Counterpoint why it lacks the table",
    )


def _missing_column(table: str, column: Column[Any], dialect: Dialect) -> Difference:
    return Difference(
        table,
        column.name,
        "no such column",
        "the column",
        "woocp names it in its statements, so that each of them would fail",
        _add_again(table, column, dialect) if table.startswith(_OURS) else _REPORT,
    )


def _add_again(table: str, column: Column[Any], dialect: Dialect) -> str:
    """How a column of ours comes back: the revision that made it never runs twice."""
    said = "`woocp db upgrade` adds nothing twice: "
    if not column.nullable and column.server_default is None:
        return f"{said}restore the table from a backup, since every row needs its own value"
    ddl = " ".join(str(CreateColumn(column).compile(dialect=dialect)).split())
    return (
        f"{said}let the database's administrator run ALTER TABLE {table} ADD {ddl}; "
        "what stood in it comes back from a backup only"
    )


def _check_column(table: str, column: Column[Any], facts: ColumnFacts) -> Iterator[Difference]:
    place = (table, column.name)
    if not _same_family(column, facts):
        yield Difference(
            *place,
            facts.type_name,
            str(column.type),
            "values would be converted or refused",
            _REPORT,
        )
        return
    length = text_length(column.type)
    if isinstance(column.type, Code) and facts.length is not None and facts.length < (length or 0):
        yield Difference(
            *place,
            f"{facts.length} characters",
            f"at least {length}",
            "codes and keys are never cut",
            f"let the database's administrator make the column {length} characters wide",
        )
    if isinstance(column.type, ScaledDecimal):
        yield from _check_decimal(place, column.type, facts)
    if table in INSERTED or table.startswith(_OURS):
        yield from _check_filling(place, column, facts)


def _same_family(column: Column[Any], facts: ColumnFacts) -> bool:
    kind = column.type
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    for known, family in _KINDS.items():
        if isinstance(plain, known):
            return facts.type_name in _FAMILIES[family]
    return True


def _check_decimal(
    place: tuple[str, str], ours: ScaledDecimal, facts: ColumnFacts
) -> Iterator[Difference]:
    if facts.precision is None or facts.scale is None:
        return
    whole = facts.precision - facts.scale
    if facts.scale < ours.scale or whole < ours.precision - ours.scale:
        yield Difference(
            *place,
            f"{facts.type_name}({facts.precision},{facts.scale})",
            f"decimal({ours.precision},{ours.scale})",
            "amounts would be rounded or overflow",
            _REPORT,
        )


def _check_filling(
    place: tuple[str, str], column: Column[Any], facts: ColumnFacts
) -> Iterator[Difference]:
    if facts.computed:
        yield Difference(
            *place,
            "a computed column",
            "a column that can be written",
            "woocp inserts a value",
            _REPORT,
        )
    elif column.nullable and not facts.filled_by_server:
        yield Difference(
            *place,
            "NOT NULL without default",
            "NULL allowed",
            "woocp may leave it empty, and the insert would fail then",
            f"add a default, or {_REPORT}",
            "yellow",
        )


def _unfilled(table: Table, live: TableFacts) -> Iterator[Difference]:
    for name, facts in live.columns.items():
        if name not in table.columns and not facts.filled_by_server:
            yield Difference(
                table.name,
                name,
                "NOT NULL without default",
                "a default, or NULL allowed",
                "woocp does not fill it, so every insert would fail",
                f"add a default to the column, or {_REPORT}",
            )
