"""Text lengths on SQLite, which reads varchar(10) and stores any length.

Belongs here: the check constraints that make SQLite refuse what SQL Server would refuse, so that
a text that was not cut fails in the sandbox and not first in production.
"""

from sqlalchemy import CheckConstraint, String, Table, func
from sqlalchemy.types import TypeDecorator


def text_length(column_type: object) -> int | None:
    """Declared length of a text type; None for other types and for unlimited text."""
    if isinstance(column_type, TypeDecorator):
        return text_length(column_type.impl)
    return column_type.length if isinstance(column_type, String) else None


def check_lengths_on_sqlite(table: Table) -> None:
    """Add a length check for each text column; other databases never see it."""
    for column in table.columns:
        length = text_length(column.type)
        if length is None:
            continue
        check = CheckConstraint(func.length(column) <= length, name=f"LEN_{column.name}")
        table.append_constraint(check.ddl_if(dialect="sqlite"))
