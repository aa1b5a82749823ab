"""Tables from the reference files, and their creation on SQLite and SQL Server."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Computed, Engine, Index, Integer, MetaData, Table

from woocp_pipelines.counterpoint.lengths import check_lengths_on_sqlite
from woocp_pipelines.sandbox.schema.column_types import column_type
from woocp_pipelines.sandbox.schema.defaults import server_default

_PACKAGE: Final = "woocp_pipelines.sandbox.schema"


@cache
def vendor_tables() -> Mapping[str, Table]:
    """Every vendor table with all its known columns, by name; use them to insert seeds.

    Computed columns exist where the reference gives their formula (QTY_AVAIL) and nowhere else.
    """
    tables = _read("vendor.json")
    for table in tables.values():
        check_lengths_on_sqlite(table)
    return tables


@cache
def retailer_tables() -> Mapping[str, Table]:
    """The retailer's USER_* tables as they were before woocp (CP chapter 2), by name."""
    return _read("retailer.json")


def create_vendor_tables(engine: Engine, only: Collection[str] | None = None) -> None:
    """Create the vendor's tables, all or the named ones; existing ones stay as they are.

    Raises:
        KeyError: a name that the reference does not have.
    """
    _create(engine, vendor_tables(), only)


def create_retailer_tables(engine: Engine, only: Collection[str] | None = None) -> None:
    """Create the retailer's USER_* tables in their state before woocp, for tests of the upgrade.

    Raises:
        KeyError: a name that the reference does not have.
    """
    _create(engine, retailer_tables(), only)


def _create(engine: Engine, tables: Mapping[str, Table], only: Collection[str] | None) -> None:
    chosen = [tables[name] for name in (tables if only is None else only)]
    if chosen:
        chosen[0].metadata.create_all(engine, tables=chosen)


def _read(file_name: str) -> dict[str, Table]:
    reference = json.loads(files(_PACKAGE).joinpath(file_name).read_text(encoding="utf-8"))
    metadata = MetaData()
    return {name: _table(name, facts, metadata) for name, facts in reference.items()}


def _table(name: str, facts: Mapping[str, Any], metadata: MetaData) -> Table:
    keys = facts["primary_key"]
    columns = (_column(column, is_key=column["name"] in keys) for column in facts["columns"])
    table = Table(name, metadata, *columns, implicit_returning=False)
    for column_names in facts.get("indexes", ()):
        Index(
            f"IX_{name}_{'_'.join(column_names)}",
            *(table.c[column_name] for column_name in column_names),
        )
    for column_name in facts.get("unique_while_active", ()):
        active = table.c.IS_ACTIVE == 1
        Index(
            f"UX_{name}_{column_name}",
            table.c[column_name],
            unique=True,
            sqlite_where=active,
            mssql_where=active,
        )
    return table


def _column(facts: Mapping[str, Any], *, is_key: bool) -> Column[Any]:
    kind = column_type(facts["type"])
    default = facts.get("default")
    identity = default is not None and default.startswith("IDENTITY")
    if identity and isinstance(kind, BigInteger):
        # SQLite numbers rows by itself only where the type is exactly INTEGER.
        kind = kind.with_variant(Integer(), "sqlite")
    formula = [Computed(facts["formula"])] if "formula" in facts else []
    return Column(
        facts["name"],
        kind,
        *formula,
        primary_key=is_key,
        nullable=facts.get("nullable", True),
        autoincrement=identity,
        server_default=server_default(default, kind),
    )
