"""Indexes and checks of revision 0001; made after old rows are settled, since some are unique."""

from typing import Final

from sqlalchemy import CheckConstraint, ColumnElement, Index, Table, column

from woocp_pipelines.counterpoint.migrations.revision_0001.orders import (
    ORDER_STATUSES,
    OUTBOX_STATUSES,
    USER_ORDER_FULFILMENT,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_STORE_OUTBOX,
)
from woocp_pipelines.counterpoint.migrations.revision_0001.records import (
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_DEAD_LETTER,
    USER_PRODUCT_MAP,
    USER_SYNC_LOG,
)


def _unique(name: str, table: Table, *columns: str, where: ColumnElement[bool]) -> Index:
    chosen = (table.c[each] for each in columns)
    return Index(name, *chosen, unique=True, sqlite_where=where, mssql_where=where)


for _table, _statuses in (
    (USER_ORDER_STAGING, ORDER_STATUSES),
    (USER_STORE_OUTBOX, OUTBOX_STATUSES),
):
    # A loose column: the table's own would tie every copy of the check to this table again.
    _table.append_constraint(
        CheckConstraint(column("STATUS").in_(_statuses), name=f"CK_{_table.name}_STATUS")
    )

INDEXES: Final = (
    _unique(
        "UX_USER_ORDER_STAGING_ORDER",
        USER_ORDER_STAGING,
        "STORE_ID",
        "WOO_ORDER_ID",
        where=USER_ORDER_STAGING.c.STATUS != "DUPLICATE",
    ),
    Index(
        "IX_USER_ORDER_STAGING_STATUS",
        USER_ORDER_STAGING.c.STATUS,
        USER_ORDER_STAGING.c.NEXT_ATTEMPT_GMT,
    ),
    Index("IX_USER_ORDER_STAGING_CLAIM", USER_ORDER_STAGING.c.CLAIM_TOKEN),
    # Nothing is ever deleted from these two: who looks for open orders must not read them all.
    Index("IX_USER_ORDER_KEY_DOC", USER_ORDER_KEY.c.STORE_ID, USER_ORDER_KEY.c.DOC_ID),
    Index("IX_USER_ORDER_KEY_BOOKED", USER_ORDER_KEY.c.STORE_ID, USER_ORDER_KEY.c.BOOKED_GMT),
    Index(
        "IX_USER_ORDER_FULFILMENT_CLOSED",
        USER_ORDER_FULFILMENT.c.STORE_ID,
        USER_ORDER_FULFILMENT.c.CLOSED_GMT,
    ),
    Index(
        "UX_USER_STORE_OUTBOX_KIND",
        USER_STORE_OUTBOX.c.STORE_ID,
        USER_STORE_OUTBOX.c.WOO_ORDER_ID,
        USER_STORE_OUTBOX.c.KIND,
        unique=True,
    ),
    Index(
        "IX_USER_STORE_OUTBOX_STATUS",
        USER_STORE_OUTBOX.c.STATUS,
        USER_STORE_OUTBOX.c.NEXT_ATTEMPT_GMT,
    ),
    _unique(
        "UX_USER_DEAD_LETTER_OPEN",
        USER_DEAD_LETTER,
        "STORE_ID",
        "KIND",
        "RECORD_KEY",
        "CODE",
        "FIELD",
        where=USER_DEAD_LETTER.c.CLOSED_GMT.is_(None),
    ),
    Index(
        "IX_USER_DEAD_LETTER_ORDER", USER_DEAD_LETTER.c.STORE_ID, USER_DEAD_LETTER.c.WOO_ORDER_ID
    ),
    Index("IX_USER_SYNC_LOG_FLOW", USER_SYNC_LOG.c.FLOW, USER_SYNC_LOG.c.STARTED_GMT),
    Index("IX_USER_SYNC_LOG_STARTED", USER_SYNC_LOG.c.STORE_ID, USER_SYNC_LOG.c.STARTED_GMT),
    Index(
        "IX_USER_CUSTOMER_STAGING_WOO_USER",
        USER_CUSTOMER_STAGING.c.STORE_ID,
        USER_CUSTOMER_STAGING.c.WOO_USER_ID,
    ),
)


def _unique_while_active(table: Table, *key: str) -> Index:
    return _unique(f"UX_{table.name}_{key[-1]}", table, *key, where=table.c.IS_ACTIVE == 1)


# The retailer's own, under whatever name: made only together with the table (CP §2.4, §2.7). His
# index of the product map is on the SKU alone; a new table lets several shops share a database.
INDEXES_OF_NEW_TABLES: Final = (
    _unique_while_active(USER_CUSTOMER_MAP, "CUST_NO"),
    _unique_while_active(USER_CUSTOMER_MAP, "WOO_USER_ID"),
    _unique_while_active(USER_PRODUCT_MAP, "STORE_ID", "SKU"),
    _unique_while_active(USER_PRODUCT_MAP, "STORE_ID", "WOO_PRODUCT_ID"),
)
