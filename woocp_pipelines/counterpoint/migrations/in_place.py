"""Operations of revisions that may meet the retailer's own table or none at all.

Belongs here: create, add what is missing, grow what is too short. Nothing here ever drops,
renames or shrinks.
"""

from alembic import op
from alembic.ddl.base import ColumnType
from alembic.operations import BatchOperations
from sqlalchemy import CheckConstraint, Column, Index, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from woocp_pipelines.counterpoint.catalog import ColumnFacts, TableFacts
from woocp_pipelines.counterpoint.lengths import check_lengths_on_sqlite, text_length


def create(table: Table) -> None:
    """Create a table without its indexes; those follow when old rows are settled."""
    check_lengths_on_sqlite(table)
    op.execute(CreateTable(table))


def create_index(index: Index) -> None:
    """Create one index; filtered ones keep their filter on both databases."""
    op.execute(CreateIndex(index))


def fit(table: Table, live: TableFacts) -> None:
    """Give an existing table the columns, lengths and checks it lacks; keep the rest.

    The checks must hold for the defaults that old rows get in new columns.
    """
    with op.batch_alter_table(table.name) as batch:
        for column in table.columns:
            facts = live.columns.get(column.name)
            if facts is None:
                # A Column belongs to one table; Alembic wants one of its own. SQL Server would
                # take several in one ADD, other T-SQL servers take one.
                batch.add_column(column._copy())  # noqa: SLF001
            elif _too_short(column, facts):
                _grow(batch, column, facts)
        for check in _checks(table):
            batch.create_check_constraint(str(check.name), check.sqltext)


def _checks(table: Table) -> list[CheckConstraint]:
    # Without the length checks, which SQLite gets in tables that are new.
    return [
        constraint
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint) and str(constraint.name).startswith("CK_")
    ]


def _too_short(column: Column[object], facts: ColumnFacts) -> bool:
    length = text_length(column.type)
    return length is not None and facts.length is not None and facts.length < length


def _grow(batch: BatchOperations, column: Column[object], facts: ColumnFacts) -> None:
    if facts.nullable and op.get_context().dialect.name == "mssql":
        # Says no word about NULL, which leaves a column that allows it as it is; alter_column
        # would insist on the word, and not every T-SQL server takes it.
        op.execute(ColumnType(column.table.name, column.name, column.type))
    else:
        batch.alter_column(column.name, type_=column.type, existing_nullable=facts.nullable)
