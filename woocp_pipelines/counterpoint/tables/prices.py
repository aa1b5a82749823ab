"""Price rows and price rules (CP §1.17).

Columns we touch, with the types, keys and nullability of the live product.
"""

from sqlalchemy import Column, Integer, String, Table

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.types import Code, LocalDateTime, Price, Qty

IM_PRC = Table(
    "IM_PRC",
    METADATA,
    Column("ITEM_NO", Code(20), primary_key=True),
    Column("LOC_ID", Code(10), primary_key=True),
    Column("DIM_1_UPR", Code(15), primary_key=True),
    Column("DIM_2_UPR", Code(15), primary_key=True),
    Column("DIM_3_UPR", Code(15), primary_key=True),
    Column("REG_PRC", Price()),
    Column("PRC_1", Price()),
    Column("ALT_1_REG_PRC", Price()),
    Column("ALT_1_PRC_1", Price()),
    Column("ALT_2_REG_PRC", Price()),
    Column("ALT_2_PRC_1", Price()),
    Column("ALT_3_REG_PRC", Price()),
    Column("ALT_3_PRC_1", Price()),
    Column("ALT_4_REG_PRC", Price()),
    Column("ALT_4_PRC_1", Price()),
    Column("ALT_5_REG_PRC", Price()),
    Column("ALT_5_PRC_1", Price()),
    Column("PRC_2", Price()),
    Column("PRC_3", Price()),
    Column("PRC_4", Price()),
    Column("PRC_5", Price()),
    Column("PRC_6", Price()),
    implicit_returning=False,
)

IM_PRC_GRP = Table(
    "IM_PRC_GRP",
    METADATA,
    Column("GRP_TYP", Code(1), primary_key=True),
    Column("GRP_COD", Code(10), primary_key=True),
    Column("GRP_SEQ_NO", Integer),
    Column("DESCR", String(30)),
    Column("CUST_FILT", String(2000)),
    Column("CUST_NO", Code(15)),
    Column("BEG_DAT", LocalDateTime()),
    Column("NO_BEG_DAT", Code(1)),
    Column("BEG_DT", LocalDateTime()),
    Column("BEG_TIM_FLG", Integer),
    Column("END_DAT", LocalDateTime()),
    Column("NO_END_DAT", Code(1)),
    Column("END_DT", LocalDateTime()),
    Column("END_TIM_FLG", Integer),
    Column("ENABLED", Code(1)),
    Column("MIX_MATCH_COD", Code(10)),
    Column("LST_MAINT_DT", LocalDateTime()),
    implicit_returning=False,
)

IM_PRC_RUL = Table(
    "IM_PRC_RUL",
    METADATA,
    Column("GRP_TYP", Code(1), primary_key=True),
    Column("GRP_COD", Code(10), primary_key=True),
    Column("RUL_SEQ_NO", Integer, primary_key=True, autoincrement=False),
    Column("DESCR", String(30)),
    Column("CUST_FILT", String(2000)),
    Column("CUST_NO", Code(15)),
    Column("ITEM_FILT", String(2000)),
    Column("ITEM_NO", Code(20)),
    Column("SAL_FILT", String(2000)),
    Column("MIN_QTY", Qty()),
    Column("CUSTOM_SP", Code(128)),
    Column("IS_CUSTOM", Code(1)),
    Column("USE_BOGO_TWOFER", Code(1)),
    Column("LST_MAINT_DT", LocalDateTime()),
    implicit_returning=False,
)

IM_PRC_RUL_BRK = Table(
    "IM_PRC_RUL_BRK",
    METADATA,
    Column("GRP_TYP", Code(1), primary_key=True),
    Column("GRP_COD", Code(10), primary_key=True),
    Column("RUL_SEQ_NO", Integer, primary_key=True, autoincrement=False),
    Column("MIN_QTY", Qty(), primary_key=True),
    Column("PRC_METH", Code(1), nullable=False),
    Column("PRC_BASIS", Code(1), nullable=False),
    Column("AMT_OR_PCT", Price()),
    Column("PRC_BRK_DESCR", String(30)),
    Column("LST_MAINT_DT", LocalDateTime()),
    implicit_returning=False,
)

IM_CTL = Table(
    "IM_CTL",
    METADATA,
    Column("KEY_ID", Integer, primary_key=True, autoincrement=False),
    Column("PRC_ROUND_METH", Code(1), nullable=False),
    Column("PRC_LVLS", Integer),
    Column("USE_MULTI_LOC_PRCS", Code(1)),
    implicit_returning=False,
)
