"""Every Counterpoint and USER_* table that woocp reads or writes, as SQLAlchemy Core tables.

A test compares each column with the schema reference: an invented column fails.
"""

from woocp_pipelines.counterpoint.tables.bookkeeping import (
    USER_DEAD_LETTER,
    USER_SYNC_LOG,
    USER_SYNC_STATE,
)
from woocp_pipelines.counterpoint.tables.customers import AR_CUST, AR_SHIP_ADRS
from woocp_pipelines.counterpoint.tables.document_lines import (
    PS_DOC_AUDIT_LOG,
    PS_DOC_AUDIT_LOG_TOT,
    PS_DOC_LIN,
    PS_DOC_LIN_PRICE,
    PS_DOC_NOTE,
    PS_DOC_PKG_TRK_NO,
    PS_DOC_PMT,
    PS_DOC_PMT_APPLY,
    PS_DOC_PMT_PROMPT,
    PS_DOC_TAX,
)
from woocp_pipelines.counterpoint.tables.documents import (
    PS_DOC_CONTACT,
    PS_DOC_HDR,
    PS_DOC_HDR_DOC_STAT,
    PS_DOC_HDR_MISC_CHRG,
    PS_DOC_HDR_ORIG_DOC,
    PS_DOC_HDR_TOT,
)
from woocp_pipelines.counterpoint.tables.history import (
    PS_ORD_HIST,
    PS_TKT_HIST,
    PS_TKT_HIST_LIN,
    PS_TKT_HIST_ORIG_DOC,
)
from woocp_pipelines.counterpoint.tables.items import IM_BARCOD, IM_INV, IM_ITEM, IM_LOC
from woocp_pipelines.counterpoint.tables.maps import (
    USER_CUSTOMER_MAP,
    USER_CUSTOMER_STAGING,
    USER_PRODUCT_MAP,
)
from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.tables.order_staging import (
    ORDER_STATUSES,
    OUTBOX_STATUSES,
    USER_ORDER_FULFILMENT,
    USER_ORDER_KEY,
    USER_ORDER_STAGING,
    USER_ORDER_STAGING_LIN,
    USER_STORE_OUTBOX,
)
from woocp_pipelines.counterpoint.tables.prices import (
    IM_CTL,
    IM_PRC,
    IM_PRC_GRP,
    IM_PRC_RUL,
    IM_PRC_RUL_BRK,
)
from woocp_pipelines.counterpoint.tables.stores import (
    PS_DRW,
    PS_DRW_SESSION,
    PS_STA,
    PS_STA_CFG_PS,
    PS_STR,
    PS_STR_CFG_PS,
    SY_PAY_COD,
    SY_TAX_COD,
    SY_WRKGRP,
)

__all__ = [
    "AR_CUST",
    "AR_SHIP_ADRS",
    "IM_BARCOD",
    "IM_CTL",
    "IM_INV",
    "IM_ITEM",
    "IM_LOC",
    "IM_PRC",
    "IM_PRC_GRP",
    "IM_PRC_RUL",
    "IM_PRC_RUL_BRK",
    "METADATA",
    "ORDER_STATUSES",
    "OUTBOX_STATUSES",
    "PS_DOC_AUDIT_LOG",
    "PS_DOC_AUDIT_LOG_TOT",
    "PS_DOC_CONTACT",
    "PS_DOC_HDR",
    "PS_DOC_HDR_DOC_STAT",
    "PS_DOC_HDR_MISC_CHRG",
    "PS_DOC_HDR_ORIG_DOC",
    "PS_DOC_HDR_TOT",
    "PS_DOC_LIN",
    "PS_DOC_LIN_PRICE",
    "PS_DOC_NOTE",
    "PS_DOC_PKG_TRK_NO",
    "PS_DOC_PMT",
    "PS_DOC_PMT_APPLY",
    "PS_DOC_PMT_PROMPT",
    "PS_DOC_TAX",
    "PS_DRW",
    "PS_DRW_SESSION",
    "PS_ORD_HIST",
    "PS_STA",
    "PS_STA_CFG_PS",
    "PS_STR",
    "PS_STR_CFG_PS",
    "PS_TKT_HIST",
    "PS_TKT_HIST_LIN",
    "PS_TKT_HIST_ORIG_DOC",
    "SY_PAY_COD",
    "SY_TAX_COD",
    "SY_WRKGRP",
    "USER_CUSTOMER_MAP",
    "USER_CUSTOMER_STAGING",
    "USER_DEAD_LETTER",
    "USER_ORDER_FULFILMENT",
    "USER_ORDER_KEY",
    "USER_ORDER_STAGING",
    "USER_ORDER_STAGING_LIN",
    "USER_PRODUCT_MAP",
    "USER_STORE_OUTBOX",
    "USER_SYNC_LOG",
    "USER_SYNC_STATE",
]
