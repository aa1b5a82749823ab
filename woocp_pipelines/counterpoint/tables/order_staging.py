"""Web orders on their way: our tables beside and in place over the retailer's (CP §2.2, design §3).

Belongs here: USER_ORDER_STAGING with its lines, the idempotency key, what was told of its
fulfilment, the outbox. Times whose names end in _GMT are UTC; the retailer's own *_DT columns hold
the server's local time.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    String,
    Table,
    Unicode,
    func,
)
from sqlalchemy.dialects import mssql

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.types import Code, Price, Qty, UtcDateTime, long_unicode

SERVER_TIME = DateTime().with_variant(mssql.DATETIME2(), "mssql")  # type: ignore[no-untyped-call]

# PENDING may be claimed; HELD is kept but never booked (on-hold); REREAD are legacy rows that are
# read again from the store before anything else; the rest are ends.
ORDER_STATUSES: Final = (
    "PENDING",
    "HELD",
    "CLAIMED",
    "REFUSED",
    "BOOKED",
    "CANCELLED",
    "SKIPPED",
    "DUPLICATE",
    "REREAD",
)
OUTBOX_STATUSES: Final = ("PENDING", "SENT", "REFUSED")

USER_ORDER_STAGING = Table(
    "USER_ORDER_STAGING",
    METADATA,
    Column("STAGING_ID", Integer, primary_key=True, autoincrement=True),
    Column("BATCH_ID", String(50), nullable=False),
    Column("WOO_ORDER_ID", Integer, nullable=False),
    Column("WOO_ORDER_NO", String(50)),
    Column("CUST_NO", Code(15)),
    Column("CUST_EMAIL", String(100)),
    Column("ORD_DAT", Date),
    Column("ORD_STATUS", String(20)),
    Column("PMT_METH", String(50)),
    Column("SHIP_VIA", String(100)),
    Column("SUBTOT", Price()),
    Column("SHIP_AMT", Price()),
    Column("TAX_AMT", Price()),
    Column("DISC_AMT", Price()),
    Column("TOT_AMT", Price()),
    Column("SHIP_NAM", String(40)),
    Column("SHIP_ADRS_1", String(40)),
    Column("SHIP_ADRS_2", String(40)),
    Column("SHIP_CITY", String(20)),
    Column("SHIP_STATE", String(10)),
    Column("SHIP_ZIP_COD", String(15)),
    Column("SHIP_CNTRY", String(20)),
    Column("SHIP_PHONE", String(25)),
    Column("LINE_ITEMS_JSON", long_unicode()),
    Column("IS_VALIDATED", Boolean, server_default="0"),
    Column("VALIDATION_ERROR", Unicode(500)),
    Column("IS_APPLIED", Boolean, server_default="0"),
    Column("APPLIED_DT", SERVER_TIME),
    Column("CP_DOC_ID", Code(15)),
    Column("SOURCE_SYSTEM", String(50), server_default="WOOCOMMERCE"),
    Column("CREATED_DT", SERVER_TIME, server_default=func.current_timestamp()),
    Column("CREATED_BY", String(50)),
    # from here on ours
    Column("STORE_ID", Code(20), nullable=False, server_default="main"),
    Column("STATUS", Code(20), nullable=False, server_default="REREAD"),
    Column("ORDER_JSON", long_unicode()),
    Column("CONTENT_HASH", Code(64)),
    Column("CURRENCY", Code(10)),
    Column("WOO_CUSTOMER_ID", Integer),
    Column("PMT_METH_ID", String(100)),
    Column("ORD_CREATED_GMT", UtcDateTime()),
    Column("ORD_MODIFIED_GMT", UtcDateTime()),
    Column("ORD_PAID_GMT", UtcDateTime()),
    Column("STAGED_GMT", UtcDateTime()),
    Column("UPDATED_GMT", UtcDateTime()),
    Column("ATTEMPTS", Integer, nullable=False, server_default="0"),
    Column("NEXT_ATTEMPT_GMT", UtcDateTime()),
    Column("ERROR_CODE", Code(40)),
    Column("CLAIM_TOKEN", Code(36)),
    Column("CLAIM_UNTIL_GMT", UtcDateTime()),
    Column("DOC_ID", BigInteger),
    Column("TKT_NO", Code(15)),
    Column("BOOKED_GMT", UtcDateTime()),
    implicit_returning=False,
)

# What an unbooked order takes from stock, resolved to items when it is staged, so that the
# inventory sync reads quantities and unbooked lines in one statement. ITEM_NO stays null where the
# SKU could not be resolved; such an order is refused and the item cannot be known. IS_ADDED rows
# are goods that an edit added to a booked order: STK_QTY (QTY where the item is unknown) is what is
# not in Counterpoint yet, and they count while the order's revision is open.
USER_ORDER_STAGING_LIN = Table(
    "USER_ORDER_STAGING_LIN",
    METADATA,
    Column("STORE_ID", Code(20), primary_key=True),
    Column("WOO_ORDER_ID", Integer, primary_key=True, autoincrement=False),
    Column("WOO_LINE_ID", BigInteger, primary_key=True, autoincrement=False),
    Column("IS_ADDED", Boolean, primary_key=True, server_default="0"),
    Column("SKU", Unicode(100)),
    Column("WOO_PRODUCT_ID", BigInteger),
    Column("WOO_VARIATION_ID", BigInteger),
    Column("QTY", Qty(), nullable=False),
    Column("ITEM_NO", Code(20)),
    Column("SELL_UNIT", Code(1)),
    Column("STK_QTY", Qty()),
    implicit_returning=False,
)

# Nothing ever deletes from this table: it is what makes a second booking impossible.
USER_ORDER_KEY = Table(
    "USER_ORDER_KEY",
    METADATA,
    Column("STORE_ID", Code(20), primary_key=True),
    Column("WOO_ORDER_ID", Integer, primary_key=True, autoincrement=False),
    Column("DOC_ID", BigInteger),
    Column("TKT_NO", Code(15)),
    Column("DEP_DOC_ID", BigInteger),
    Column("CONTENT_HASH", Code(64)),
    Column("BOOKED_GMT", UtcDateTime()),
    implicit_returning=False,
)

# One row per booked order whose document was looked at: what the store was last told of it, and
# the lines as they were then. CLOSED_GMT: told as shipped, or closed and its document not open any
# more; a while later nothing is looked at any more. Nothing deletes from this table either.
USER_ORDER_FULFILMENT = Table(
    "USER_ORDER_FULFILMENT",
    METADATA,
    Column("STORE_ID", Code(20), primary_key=True),
    Column("WOO_ORDER_ID", Integer, primary_key=True, autoincrement=False),
    Column("STATE", Code(20), nullable=False),
    Column("TOLD_JSON", long_unicode(), nullable=False),
    Column("MESSAGES", Integer, nullable=False, server_default="0"),
    Column("UPDATED_GMT", UtcDateTime(), nullable=False),
    Column("CLOSED_GMT", UtcDateTime()),
    implicit_returning=False,
)

USER_STORE_OUTBOX = Table(
    "USER_STORE_OUTBOX",
    METADATA,
    Column("OUTBOX_ID", Integer, primary_key=True, autoincrement=True),
    Column("STORE_ID", Code(20), nullable=False),
    Column("WOO_ORDER_ID", Integer, nullable=False),
    Column("KIND", Code(20), nullable=False),
    Column("PAYLOAD", long_unicode(), nullable=False),
    Column("STATUS", Code(20), nullable=False),
    Column("ATTEMPTS", Integer, nullable=False, server_default="0"),
    Column("NEXT_ATTEMPT_GMT", UtcDateTime(), nullable=False),
    Column("LAST_ERROR", Unicode(500)),
    Column("CREATED_GMT", UtcDateTime(), nullable=False),
    Column("SENT_GMT", UtcDateTime()),
    implicit_returning=False,
)
