"""Posted tickets and finished orders (CP §1.19); read-only.

Columns we touch, with the types, keys and nullability of the live product.
"""

from sqlalchemy import BigInteger, Column, Integer, Table

from woocp_pipelines.counterpoint.tables.metadata import METADATA
from woocp_pipelines.counterpoint.types import Code, LocalDateTime, Money, Qty

PS_TKT_HIST = Table(
    "PS_TKT_HIST",
    METADATA,
    Column("DOC_ID", BigInteger, primary_key=True, autoincrement=False),
    Column("DOC_TYP", Code(1)),
    Column("STR_ID", Code(10)),
    Column("STA_ID", Code(10)),
    Column("TKT_NO", Code(15)),
    Column("TKT_DT", LocalDateTime()),
    Column("BUS_DAT", LocalDateTime()),
    Column("TOT", Money()),
    Column("REF", Code(50)),
    Column("USR_ID", Code(10)),
    implicit_returning=False,
)

PS_TKT_HIST_LIN = Table(
    "PS_TKT_HIST_LIN",
    METADATA,
    Column("DOC_ID", BigInteger, primary_key=True, autoincrement=False),
    Column("LIN_SEQ_NO", Integer, primary_key=True, autoincrement=False),
    Column("ITEM_NO", Code(20)),
    Column("QTY_SOLD", Qty()),
    Column("LIN_TYP", Code(1)),
    Column("QTY_NUMER", Qty()),
    Column("QTY_DENOM", Qty()),
    implicit_returning=False,
)

PS_TKT_HIST_ORIG_DOC = Table(
    "PS_TKT_HIST_ORIG_DOC",
    METADATA,
    Column("DOC_ID", BigInteger, primary_key=True, autoincrement=False),
    Column("ORIG_DOC_ID", BigInteger, primary_key=True, autoincrement=False),
    implicit_returning=False,
)

PS_ORD_HIST = Table(
    "PS_ORD_HIST",
    METADATA,
    Column("DOC_ID", BigInteger, primary_key=True, autoincrement=False),
    Column("STR_ID", Code(10)),
    Column("TKT_NO", Code(15)),
    Column("TKT_DT", LocalDateTime()),
    Column("REF", Code(50)),
    implicit_returning=False,
)
