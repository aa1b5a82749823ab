"""The USER_* tables of woocp, created or fitted in place over the retailer's (design §3)."""

from typing import Final

from alembic import op

from woocp_pipelines.counterpoint.catalog import read_catalog
from woocp_pipelines.counterpoint.migrations import in_place
from woocp_pipelines.counterpoint.migrations.revision_0001 import legacy_rows
from woocp_pipelines.counterpoint.migrations.revision_0001.indexes import (
    INDEXES,
    INDEXES_OF_NEW_TABLES,
)
from woocp_pipelines.counterpoint.migrations.revision_0001.orders import SNAPSHOT

revision: Final = "0001"
down_revision: Final = None
branch_labels = None
depends_on = None

TABLES: Final = tuple(SNAPSHOT.tables.values())


def upgrade() -> None:
    """Create or fit every table, settle the old order rows, then add what must be unique."""
    connection = op.get_bind()
    live = read_catalog(connection, [table.name for table in TABLES])
    for table in TABLES:
        if table.name in live:
            in_place.fit(table, live[table.name])
        else:
            in_place.create(table)
    if "USER_ORDER_STAGING" in live:
        legacy_rows.settle(connection)
    for index in INDEXES:
        in_place.create_index(index)
    for index in INDEXES_OF_NEW_TABLES:
        if index.table is not None and index.table.name not in live:
            in_place.create_index(index)


def downgrade() -> None:
    """Never: these columns hold what orders depend on. Restore a backup instead."""
    raise NotImplementedError
