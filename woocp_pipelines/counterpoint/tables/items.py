"""Items and their stock: IM_ITEM, IM_INV, IM_BARCOD, IM_LOC (CP §1.4, §1.5, §1.21).

Columns we touch, with the types, keys and nullability of the live product.
"""

from sqlalchemy import Column, Integer, String, Table

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.types import Code, Factor, LocalDateTime, Money, Pct, Price, Qty

IM_ITEM = Table(
    "IM_ITEM",
    METADATA,
    Column("ITEM_NO", Code(20), primary_key=True),
    Column("DESCR", String(30), nullable=False),
    Column("ITEM_TYP", Code(1), nullable=False),
    Column("CATEG_COD", Code(10)),
    Column("SUBCAT_COD", Code(10)),
    Column("TRK_METH", Code(1), nullable=False),
    Column("STAT", Code(1), nullable=False),
    Column("IS_TXBL", Code(1), nullable=False),
    Column("QTY_DECS", Integer, nullable=False),
    Column("PRC_DECS", Integer, nullable=False),
    Column("STK_UNIT", Code(15), nullable=False),
    Column("ITEM_VEND_NO", Code(15)),
    Column("WEIGHT", Price()),
    Column("CUBE", Price()),
    Column("IS_WEIGHED", Code(1), nullable=False),
    Column("ALT_1_UNIT", Code(15)),
    Column("ALT_1_NUMER", Factor()),
    Column("ALT_1_DENOM", Factor()),
    Column("ALT_1_PRC_1", Price()),
    Column("ALT_2_UNIT", Code(15)),
    Column("ALT_2_NUMER", Factor()),
    Column("ALT_2_DENOM", Factor()),
    Column("ALT_2_PRC_1", Price()),
    Column("ALT_3_UNIT", Code(15)),
    Column("ALT_3_NUMER", Factor()),
    Column("ALT_3_DENOM", Factor()),
    Column("ALT_3_PRC_1", Price()),
    Column("ALT_4_UNIT", Code(15)),
    Column("ALT_4_NUMER", Factor()),
    Column("ALT_4_DENOM", Factor()),
    Column("ALT_4_PRC_1", Price()),
    Column("ALT_5_UNIT", Code(15)),
    Column("ALT_5_NUMER", Factor()),
    Column("ALT_5_DENOM", Factor()),
    Column("ALT_5_PRC_1", Price()),
    Column("PREF_UNIT", Code(1), nullable=False),
    Column("PRC_1", Price(), nullable=False),
    Column("BARCOD", Code(20)),
    Column("LST_MAINT_DT", LocalDateTime()),
    Column("TAX_CATEG_COD", Code(10)),
    Column("REG_PRC", Price()),
    Column("ALT_1_REG_PRC", Price()),
    Column("ALT_2_REG_PRC", Price()),
    Column("ALT_3_REG_PRC", Price()),
    Column("ALT_4_REG_PRC", Price()),
    Column("ALT_5_REG_PRC", Price()),
    Column("MIX_MATCH_COD", Code(10)),
    Column("IS_DISCNTBL", Code(1), nullable=False),
    Column("PROF_COD_1", Code(10)),
    Column("PROF_COD_2", Code(10)),
    Column("PROF_COD_3", Code(10)),
    Column("PROF_COD_4", Code(10)),
    Column("PROF_COD_5", Code(10)),
    Column("IS_ECOMM_ITEM", Code(1)),
    Column("LST_COST", Price()),
    implicit_returning=False,
)

IM_INV = Table(
    "IM_INV",
    METADATA,
    Column("ITEM_NO", Code(20), primary_key=True),
    Column("LOC_ID", Code(10), primary_key=True),
    Column("QTY_COMMIT", Qty(), nullable=False),
    Column("QTY_ON_HND", Qty(), nullable=False),
    Column("GL_VAL", Money(), nullable=False),
    Column("LST_MAINT_DT", LocalDateTime()),
    Column("LST_MAINT_USR_ID", Code(10)),
    Column("QTY_ON_ORD", Qty(), nullable=False),
    Column("LST_AVG_COST", Price(), nullable=False),
    Column("LST_COST", Price(), nullable=False),
    Column("COST_OF_SLS_PCT", Pct(), nullable=False),
    Column("RS_UTC_DT", LocalDateTime()),
    implicit_returning=False,
)

IM_BARCOD = Table(
    "IM_BARCOD",
    METADATA,
    Column("ITEM_NO", Code(20), primary_key=True),
    Column("BARCOD", Code(20), nullable=False),
    Column("UNIT", Code(1), nullable=False),
    Column("SEQ_NO", Integer, primary_key=True, autoincrement=False),
    implicit_returning=False,
)

IM_LOC = Table(
    "IM_LOC",
    METADATA,
    Column("LOC_ID", Code(10), primary_key=True),
    Column("DESCR", String(30), nullable=False),
    implicit_returning=False,
)
