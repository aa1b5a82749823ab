"""What every sync keeps about itself: runs, cursors, dead letters, revisions (CP §2.1, design §3).

Times whose names end in _GMT are UTC.
"""

from sqlalchemy import Boolean, Column, Integer, Numeric, String, Table, Unicode, func

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.tables.order_staging import SERVER_TIME
from woocp_pipelines.counterpoint.types import Code, UtcDateTime, long_unicode

USER_SYNC_LOG = Table(
    "USER_SYNC_LOG",
    METADATA,
    Column("LOG_ID", Integer, primary_key=True, autoincrement=True),
    Column("SYNC_ID", String(50), nullable=False),
    Column("OPERATION_TYPE", String(50), nullable=False),
    Column("DIRECTION", String(20), nullable=False),
    Column("DRY_RUN", Boolean, server_default="1"),
    # Store-local, as the retailer's monitoring queries expect; the _GMT twins are ours.
    Column("START_TIME", SERVER_TIME, nullable=False),
    Column("END_TIME", SERVER_TIME),
    Column("DURATION_SECONDS", Numeric(10, 2, asdecimal=False)),
    Column("RECORDS_INPUT", Integer, server_default="0"),
    Column("RECORDS_CREATED", Integer, server_default="0"),
    Column("RECORDS_UPDATED", Integer, server_default="0"),
    Column("RECORDS_SKIPPED", Integer, server_default="0"),
    Column("RECORDS_FAILED", Integer, server_default="0"),
    Column("SUCCESS", Boolean, server_default="0"),
    Column("ERROR_MESSAGE", long_unicode()),
    Column("CREATED_DT", SERVER_TIME, server_default=func.current_timestamp()),
    Column("CREATED_BY", String(50)),
    # from here on ours
    Column("STORE_ID", Code(20), nullable=False, server_default="main"),
    Column("FLOW", Code(20)),
    Column("STARTED_GMT", UtcDateTime()),
    Column("ENDED_GMT", UtcDateTime()),
    Column("REPORT_JSON", long_unicode()),
    implicit_returning=False,
)

USER_SYNC_STATE = Table(
    "USER_SYNC_STATE",
    METADATA,
    Column("STORE_ID", Code(20), primary_key=True),
    Column("NAME", Code(60), primary_key=True),
    Column("VALUE", long_unicode(), nullable=False),
    Column("UPDATED_GMT", UtcDateTime(), nullable=False),
    implicit_returning=False,
)

# One open row per record, code and field; a solved problem is closed, never deleted. One that a
# person settled says who did and why; CLOSED_GMT is when.
USER_DEAD_LETTER = Table(
    "USER_DEAD_LETTER",
    METADATA,
    Column("DEAD_LETTER_ID", Integer, primary_key=True, autoincrement=True),
    Column("STORE_ID", Code(20), nullable=False),
    Column("FLOW", Code(20), nullable=False),
    Column("KIND", Code(20), nullable=False),
    Column("RECORD_KEY", Unicode(100), nullable=False),
    Column("WOO_ORDER_ID", Integer),
    Column("WOO_ORDER_NO", Unicode(50)),
    Column("WOO_CUSTOMER_ID", Integer),
    Column("CUST_NO", Code(15)),
    Column("SKU", Unicode(100)),
    Column("CODE", Code(40), nullable=False),
    Column("FIELD", Unicode(100), nullable=False),
    Column("FOUND", Unicode(500), nullable=False),
    Column("EXPECTED", Unicode(500), nullable=False),
    Column("ARITHMETIC", Unicode(500), nullable=False),
    Column("NEXT_STEP", Unicode(500), nullable=False),
    Column("RETRYABLE", Boolean, nullable=False),
    Column("ATTEMPTS", Integer, nullable=False),
    Column("FIRST_SEEN_GMT", UtcDateTime(), nullable=False),
    Column("LAST_SEEN_GMT", UtcDateTime(), nullable=False),
    Column("NEXT_ATTEMPT_GMT", UtcDateTime()),
    Column("CLOSED_GMT", UtcDateTime()),
    Column("RECORD_JSON", long_unicode()),
    Column("SETTLED_BY", Unicode(100)),
    Column("SETTLED_NOTE", Unicode(500)),
    implicit_returning=False,
)
