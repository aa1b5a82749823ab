"""Who and what is who in the other system: customers and products (CP §2.3, §2.4, §2.7)."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Unicode, func

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.tables.order_staging import SERVER_TIME
from woocp_pipelines.counterpoint.types import Code, UtcDateTime, long_unicode

USER_CUSTOMER_MAP = Table(
    "USER_CUSTOMER_MAP",
    METADATA,
    Column("MAP_ID", Integer, primary_key=True, autoincrement=True),
    Column("CUST_NO", Code(15), nullable=False),
    Column("WOO_USER_ID", Integer, nullable=False),
    Column("WOO_EMAIL", String(100)),
    Column("MAPPING_SOURCE", String(20), server_default="AUTO"),
    Column("IS_ACTIVE", Boolean, server_default="1"),
    Column("CREATED_DT", SERVER_TIME, server_default=func.current_timestamp()),
    Column("CREATED_BY", String(50)),
    Column("UPDATED_DT", SERVER_TIME),
    Column("UPDATED_BY", String(50)),
    Column("NOTES", Unicode(255)),
    # ours: when a tier other than that of every new customer was first seen
    Column("TIER_DECIDED_GMT", UtcDateTime()),
    # ours: what became of the store's account; see gone_accounts.py. Nothing while it is there
    Column("ACCOUNT_STATE", String(20)),
    implicit_returning=False,
)

# One row per WooCommerce customer (or guest order) as last seen, and what was done about it.
USER_CUSTOMER_STAGING = Table(
    "USER_CUSTOMER_STAGING",
    METADATA,
    Column("STAGING_ID", Integer, primary_key=True, autoincrement=True),
    Column("BATCH_ID", String(50), nullable=False),
    Column("CUST_NO", Code(15)),
    Column("EMAIL_ADRS_1", String(100)),
    Column("WOO_USER_ID", Integer),
    Column("NAM", String(40)),
    Column("FST_NAM", String(15)),
    Column("LST_NAM", String(25)),
    Column("PHONE_1", String(25)),
    Column("ADRS_1", String(40)),
    Column("ADRS_2", String(40)),
    Column("ADRS_3", String(40)),
    Column("CITY", String(20)),
    Column("STATE", String(10)),
    Column("ZIP_COD", String(15)),
    Column("CNTRY", String(20)),
    Column("CATEG_COD", Code(10)),
    Column("PROF_COD_1", Code(10)),
    Column("TAX_COD", Code(10)),
    Column("STR_ID", Code(15)),
    Column("CUST_NAM_TYP", Code(1)),
    Column("IS_VALIDATED", Boolean, server_default="0"),
    Column("VALIDATION_ERROR", Unicode(500)),
    Column("VALIDATION_NOTES", Unicode(500)),
    Column("IS_APPLIED", Boolean, server_default="0"),
    Column("APPLIED_DT", SERVER_TIME),
    Column("ACTION_TAKEN", String(20)),
    Column("SOURCE_SYSTEM", String(50), server_default="WOOCOMMERCE"),
    Column("CREATED_DT", SERVER_TIME, server_default=func.current_timestamp()),
    Column("CREATED_BY", String(50)),
    # from here on ours
    Column("STORE_ID", Code(20), nullable=False, server_default="main"),
    Column("WOO_ORDER_ID", Integer),
    Column("CONTENT_HASH", Code(64)),
    Column("CUSTOMER_JSON", long_unicode()),
    Column("UPDATED_GMT", UtcDateTime()),
    implicit_returning=False,
)

# WOO_PRODUCT_ID is the id of the sellable thing itself: of the product, or of the variation, whose
# parent is then in WOO_PARENT_ID. The last quantity sent lets our own write be recognised.
USER_PRODUCT_MAP = Table(
    "USER_PRODUCT_MAP",
    METADATA,
    Column("MAP_ID", Integer, primary_key=True, autoincrement=True),
    Column("SKU", String(50), nullable=False),
    Column("WOO_PRODUCT_ID", BigInteger, nullable=False),
    Column("IS_ACTIVE", Boolean, server_default="1"),
    Column("CREATED_DT", SERVER_TIME, server_default=func.current_timestamp()),
    Column("CREATED_BY", String(50)),
    Column("UPDATED_DT", SERVER_TIME),
    Column("UPDATED_BY", String(50)),
    Column("NOTES", Unicode(255)),
    # from here on ours
    Column("STORE_ID", Code(20), nullable=False, server_default="main"),
    Column("WOO_PARENT_ID", BigInteger),
    Column("ITEM_NO", Code(20)),
    Column("SELL_UNIT", Code(1)),
    Column("STORE_QTY", Integer),
    Column("STORE_MANAGES_STOCK", Boolean),
    Column("SENT_QTY", Integer),
    Column("SENT_GMT", UtcDateTime()),
    Column("SEEN_GMT", UtcDateTime()),
    implicit_returning=False,
)
