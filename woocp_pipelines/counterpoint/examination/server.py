"""What the server says of itself, of this login's rights and of triggers.

Belongs here: statements that only SQL Server can answer, and what SQLite has instead. Names of
views are SQL Server's own; names of tables may come back in lower case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    Unicode,
    cast,
    column,
    func,
    literal,
    select,
    table,
    text,
    union_all,
)

from woocp_pipelines.counterpoint.rights import Right

_TRIGGERS: Final = table(
    "triggers",
    column("object_id"),
    column("name"),
    column("parent_id"),
    column("is_disabled"),
    schema="sys",
)
_OBJECTS: Final = table(
    "objects", column("object_id"), column("name"), column("type"), schema="sys"
)
_MODULES: Final = table("sql_modules", column("object_id"), column("definition"), schema="sys")
_DATABASE: Final = text(
    "SELECT collation_name, snapshot_isolation_state FROM sys.databases WHERE name = DB_NAME()"
)
_SQLITE_TRIGGERS: Final = text(
    "SELECT tbl_name AS table_name, name, sql AS definition FROM sqlite_master "
    "WHERE type = 'trigger'"
)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`version` such as 16.0.4125.3; `collation` None where the server does not tell."""

    version: str
    edition: str
    collation: str | None
    has_snapshots: bool


@dataclass(frozen=True, slots=True)
class Trigger:
    """One enabled trigger; `definition` None where this login may not read it."""

    table: str
    name: str
    definition: str | None


def read_server(connection: Connection) -> ServerFacts | None:
    """None on SQLite, of which there is nothing to ask."""
    if connection.dialect.name == "sqlite":
        return None
    said = connection.execute(_properties()).one()
    database = connection.execute(_DATABASE).one_or_none()
    return ServerFacts(
        version=str(said.version or ""),
        edition=str(said.edition or ""),
        collation=database.collation_name if database else None,
        has_snapshots=database is not None and database.snapshot_isolation_state == 1,
    )


def missing_rights(
    connection: Connection, wanted: Mapping[str, tuple[Right, ...]]
) -> dict[str, list[Right]]:
    """What this login lacks, by table, in one statement.

    Nothing on SQLite: whoever may write the file may do all.
    """
    if connection.dialect.name == "sqlite":
        return {}
    return lacking_rights(tuple(row) for row in connection.execute(rights_question(wanted)))


def lacking_rights(answers: Iterable[tuple[Any, ...]]) -> dict[str, list[Right]]:
    """What the rows of `rights_question` say of `missing_rights`.

    Only 1 is a right: 0 is none, and NULL is the answer to a question about nothing. A table that
    this login does not see is left out: whether it must be there is the schema contract's question.
    Whoever has any right to a table knows of it, whatever the server says of its id.
    """
    told = list(answers)
    known = {name for name, _, has_it, seen in told if seen is not None or has_it == 1}
    lacking: dict[str, list[Right]] = {}
    for name, right, has_it, _ in told:
        if name in known and has_it != 1:
            lacking.setdefault(name, []).append(right)
    return lacking


def read_triggers(connection: Connection) -> list[Trigger]:
    """Every enabled trigger of the database, with its text where it may be read."""
    sqlite = connection.dialect.name == "sqlite"
    rows = connection.execute(_SQLITE_TRIGGERS if sqlite else triggers_question())
    return [Trigger(row.table_name.upper(), row.name, row.definition) for row in rows]


def read_procedures(connection: Connection, names: tuple[str, ...]) -> list[str]:
    """Which of these stored procedures exist; none on SQLite."""
    if connection.dialect.name == "sqlite":
        return []
    statement = procedures_question(names)
    return sorted(connection.execute(statement).scalars())


def rights_question(wanted: Mapping[str, tuple[Right, ...]]) -> CompoundSelect[Any]:
    """One row for each right: whether this login has it, and the id of the table if it sees it."""
    rows = [
        select(
            literal(name).label("table_name"),
            literal(right).label("wanted"),
            func.has_perms_by_name(f"dbo.{name}", "OBJECT", right).label("has_it"),
            func.object_id(f"dbo.{name}").label("seen"),
        )
        for name, rights in wanted.items()
        for right in rights
    ]
    return union_all(*rows)


def triggers_question() -> Select[Any]:
    """Triggers with their tables and texts; a text that may not be read is NULL."""
    return (
        select(_OBJECTS.c.name.label("table_name"), _TRIGGERS.c.name, _MODULES.c.definition)
        .select_from(
            _TRIGGERS.join(_OBJECTS, _OBJECTS.c.object_id == _TRIGGERS.c.parent_id).outerjoin(
                _MODULES, _MODULES.c.object_id == _TRIGGERS.c.object_id
            )
        )
        .where(_TRIGGERS.c.is_disabled == 0)
    )


def procedures_question(names: tuple[str, ...]) -> Select[Any]:
    """Names of existing procedures."""
    return select(_OBJECTS.c.name).where(_OBJECTS.c.type == "P", _OBJECTS.c.name.in_(names))


def _properties() -> Select[Any]:
    def said(name: str) -> Any:
        return cast(func.serverproperty(name), Unicode(128))

    return select(said("ProductVersion").label("version"), said("Edition").label("edition"))
