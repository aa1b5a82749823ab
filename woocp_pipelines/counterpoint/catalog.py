"""The live database's own description of its tables: columns, lengths, defaults.

Belongs here: reading it, in the same few statements however many tables there are. What it ought
to say is contract.py.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, column, func, or_, select, table, text

_SCHEMA: Final = "dbo"
_SIZED: Final = re.compile(r"(?P<name>[^(]*)(\((?P<length>\d+)\))?")
_TEXT_TYPES: Final = ("char", "nchar", "varchar", "nvarchar")


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One live column. `length` is in characters, None for unlimited text and other types."""

    name: str
    type_name: str
    length: int | None
    precision: int | None
    scale: int | None
    nullable: bool
    has_default: bool
    computed: bool
    identity: bool

    @property
    def filled_by_server(self) -> bool:
        """An insert may leave it out."""
        stamped = self.type_name in ("timestamp", "rowversion")
        return self.nullable or self.has_default or self.computed or self.identity or stamped


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One live table and its columns by upper-case name."""

    name: str
    columns: Mapping[str, ColumnFacts]


Catalog = Mapping[str, TableFacts]

_INFORMATION = table(
    "COLUMNS",
    *(
        column(name)
        for name in (
            "TABLE_SCHEMA",
            "TABLE_NAME",
            "COLUMN_NAME",
            "DATA_TYPE",
            "CHARACTER_MAXIMUM_LENGTH",
            "NUMERIC_PRECISION",
            "NUMERIC_SCALE",
            "IS_NULLABLE",
            "COLUMN_DEFAULT",
        )
    ),
    schema="INFORMATION_SCHEMA",
)
_OBJECTS = table(
    "objects",
    column("object_id"),
    column("name"),
    column("type"),
    column("schema_id"),
    schema="sys",
)
_SCHEMAS = table("schemas", column("schema_id"), column("name"), schema="sys")
_SYS_COLUMNS = table(
    "columns",
    column("object_id"),
    column("name"),
    column("is_computed"),
    column("is_identity"),
    schema="sys",
)
_SQLITE_COLUMNS = text(
    "SELECT m.name AS table_name, p.name AS column_name, p.type AS type, p.[notnull] AS required, "
    "p.dflt_value AS default_text, p.pk AS key_place, p.hidden AS hidden "
    "FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS p WHERE m.type = 'table'"
)


def read_catalog(connection: Connection, names: Collection[str]) -> dict[str, TableFacts]:
    """Facts of the named tables, those that exist and that this login may see.

    Two statements on SQL Server, one on SQLite, whatever the number of tables.
    """
    wanted = {name.upper() for name in names}
    read = _read_sqlite if connection.dialect.name == "sqlite" else _read_sql_server
    return {name: TableFacts(name, columns) for name, columns in read(connection, wanted).items()}


def database_name(connection: Connection) -> str:
    """Which database this is, as the server has it; of SQLite the file."""
    if connection.dialect.name == "sqlite":
        return connection.engine.url.database or "memory"
    return str(connection.scalar(select(func.db_name())))


_Columns = dict[str, dict[str, ColumnFacts]]


def _read_sql_server(connection: Connection, wanted: set[str]) -> _Columns:
    # The views of sys may give names in lower case: compare in upper case only.
    special = {
        (row.table_name.upper(), row.column_name.upper()): row
        for row in connection.execute(_special_columns())
    }
    columns: _Columns = {}
    source = _INFORMATION.c
    statement = select(_INFORMATION).where(
        source.TABLE_SCHEMA == _SCHEMA, source.TABLE_NAME.in_(sorted(wanted))
    )
    for row in connection.execute(statement):
        table_name, name = row.TABLE_NAME.upper(), row.COLUMN_NAME.upper()
        mark = special.get((table_name, name))
        columns.setdefault(table_name, {})[name] = _server_column(name, row, mark)
    return columns


def _special_columns() -> Select[Any]:
    """Computed and identity columns of every table of the schema."""
    columns = _SYS_COLUMNS.c
    return (
        select(
            _OBJECTS.c.name.label("table_name"),
            columns.name.label("column_name"),
            columns.is_computed,
            columns.is_identity,
        )
        .select_from(
            _SYS_COLUMNS.join(_OBJECTS, _OBJECTS.c.object_id == columns.object_id).join(
                _SCHEMAS, _SCHEMAS.c.schema_id == _OBJECTS.c.schema_id
            )
        )
        .where(
            and_(
                _SCHEMAS.c.name == _SCHEMA,
                _OBJECTS.c.type == "U",
                or_(columns.is_computed == 1, columns.is_identity == 1),
            )
        )
    )


def _server_column(name: str, row: Any, mark: Any | None) -> ColumnFacts:
    type_name = row.DATA_TYPE.lower()
    length = row.CHARACTER_MAXIMUM_LENGTH
    limited = type_name in _TEXT_TYPES and length is not None and length > 0
    return ColumnFacts(
        name=name,
        type_name=type_name,
        length=length if limited else None,
        precision=row.NUMERIC_PRECISION,
        scale=row.NUMERIC_SCALE,
        nullable=row.IS_NULLABLE.upper() == "YES",
        has_default=row.COLUMN_DEFAULT is not None,
        computed=mark is not None and bool(mark.is_computed),
        identity=mark is not None and bool(mark.is_identity),
    )


def _read_sqlite(connection: Connection, wanted: set[str]) -> _Columns:
    columns: _Columns = {}
    for row in connection.execute(_SQLITE_COLUMNS):
        table_name, name = row.table_name.upper(), row.column_name.upper()
        if table_name in wanted:
            columns.setdefault(table_name, {})[name] = _sqlite_column(name, row)
    return columns


def _sqlite_column(name: str, row: Any) -> ColumnFacts:
    found = _SIZED.match(row.type.lower())
    type_name = found["name"].strip() if found else ""
    length = found["length"] if found else None
    return ColumnFacts(
        name=name,
        type_name=type_name,
        length=int(length) if length and type_name in _TEXT_TYPES else None,
        precision=None,
        scale=None,
        nullable=not row.required,
        has_default=row.default_text is not None,
        computed=row.hidden in (2, 3),
        # The row number of SQLite; only a column of exactly this type is one.
        identity=row.key_place == 1 and type_name == "integer",
    )
