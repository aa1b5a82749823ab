"""Stores, stations, drawers, pay and tax codes, workgroups (CP §1.18, §1.21).

Columns we touch, with the types, keys and nullability of the live product.
"""

from sqlalchemy import BigInteger, Column, SmallInteger, String, Table

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.types import Code, LocalDateTime, Money, Pct

PS_STR = Table(
    "PS_STR",
    METADATA,
    Column("STR_ID", Code(10), primary_key=True),
    Column("DESCR", String(50), nullable=False),
    Column("STR_NO", SmallInteger, nullable=False),
    implicit_returning=False,
)

PS_STR_CFG_PS = Table(
    "PS_STR_CFG_PS",
    METADATA,
    Column("STR_ID", Code(10), primary_key=True),
    Column("STK_LOC_ID", Code(10)),
    Column("PRC_LOC_ID", Code(10)),
    Column("WALK_IN_CUST_NO", Code(15)),
    Column("TKT_NO_METH", Code(1)),
    Column("NXT_TKT_NO", Code(15)),
    Column("NXT_TKT_NO_AUTO", Code(1)),
    Column("ORD_NO_METH", Code(1)),
    Column("NXT_ORD_NO", Code(15)),
    Column("NXT_ORD_NO_AUTO", Code(1)),
    Column("USE_ORD_NO_AS_TKT_NO", Code(1)),
    Column("USE_ORD", Code(1)),
    Column("USE_MISC_1", Code(1)),
    Column("USE_MISC_2", Code(1)),
    Column("USE_MISC_3", Code(1)),
    Column("USE_MISC_4", Code(1)),
    Column("USE_MISC_5", Code(1)),
    Column("MIN_ORD_DEP_PCT", Pct()),
    Column("MIN_ORD_DEP_AMT", Money()),
    implicit_returning=False,
)

PS_STA = Table(
    "PS_STA",
    METADATA,
    Column("STR_ID", Code(10), primary_key=True),
    Column("STA_ID", Code(10), primary_key=True),
    Column("DESCR", String(30), nullable=False),
    Column("STA_NO", SmallInteger, nullable=False),
    implicit_returning=False,
)

PS_STA_CFG_PS = Table(
    "PS_STA_CFG_PS",
    METADATA,
    Column("STR_ID", Code(10), primary_key=True),
    Column("STA_ID", Code(10), primary_key=True),
    Column("NXT_TKT_NO", Code(15)),
    Column("NXT_TKT_NO_AUTO", Code(1)),
    Column("NXT_ORD_NO", Code(15)),
    Column("NXT_ORD_NO_AUTO", Code(1)),
    implicit_returning=False,
)

PS_DRW = Table(
    "PS_DRW",
    METADATA,
    Column("STR_ID", Code(10), primary_key=True),
    Column("DRW_ID", Code(10), primary_key=True),
    Column("DESCR", String(30), nullable=False),
    implicit_returning=False,
)

PS_DRW_SESSION = Table(
    "PS_DRW_SESSION",
    METADATA,
    Column("STR_ID", Code(10), primary_key=True),
    Column("DRW_ID", Code(10), primary_key=True),
    Column("DRW_SESSION_ID", BigInteger, primary_key=True, autoincrement=False),
    Column("STAT", Code(1), nullable=False),
    Column("OPEN_DT", LocalDateTime(), nullable=False),
    implicit_returning=False,
)

SY_PAY_COD = Table(
    "SY_PAY_COD",
    METADATA,
    Column("PAY_COD", Code(10), primary_key=True),
    Column("PAY_TYP", Code(1), nullable=False),
    Column("DESCR", String(30)),
    Column("EDC_AUTH_FLG", Code(1)),
    Column("CURNCY_COD", Code(10)),
    Column("ALLOW_FOR_ORDS", Code(1)),
    Column("PROMPT_1_REQ", String(1)),
    Column("PROMPT_2_REQ", String(1)),
    Column("PROMPT_3_REQ", String(1)),
    implicit_returning=False,
)

SY_TAX_COD = Table(
    "SY_TAX_COD",
    METADATA,
    Column("TAX_COD", Code(10), primary_key=True),
    Column("DESCR", String(30)),
    implicit_returning=False,
)

SY_WRKGRP = Table(
    "SY_WRKGRP",
    METADATA,
    Column("WRKGRP_ID", Code(10), primary_key=True),
    Column("NXT_CUST_NO", Code(15)),
    Column("NXT_CUST_NO_AUTO", Code(1)),
    Column("TMPLT_CUST_NO", Code(15)),
    implicit_returning=False,
)
