"""A cheap look at the tables that prices come from: did anything change since the last reading?

Belongs here: seven small statements, one per table, whatever the size. Does not: reading prices
(reading.py). An edit by SQL that leaves every count, sum and time alone is not seen here; a full
reading at a maximum age sees it. AR_CUST.RS_UTC_DT is left out on purpose: every order that is
booked moves it, and no price depends on that.
"""

from typing import Any, Final

from sqlalchemy import Column, Connection, Select, Table, func, select

from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_CTL,
    IM_ITEM,
    IM_PRC,
    IM_PRC_GRP,
    IM_PRC_RUL,
    IM_PRC_RUL_BRK,
)

SourceStamp = tuple[tuple[Any, ...], ...]
"""Per table of `TABLES` what its statement gave; equal stamps mean that no change is known."""

_GROUP = IM_PRC_GRP.c
_RULE = IM_PRC_RUL.c
_TEXTS: Final = (_GROUP.CUST_FILT, _RULE.CUST_FILT, _RULE.ITEM_FILT, _RULE.SAL_FILT)


def read_stamp(connection: Connection) -> SourceStamp:
    """The stamp of this moment; take it before a reading, so that nothing falls between."""
    return tuple(tuple(connection.execute(query).one()) for query in _QUERIES)


def _sums(*columns: Column[Any]) -> list[Any]:
    return [func.sum(column) for column in columns]


def _of(table: Table, *values: Any) -> Select[Any]:
    latest = [func.max(table.c.LST_MAINT_DT)] if "LST_MAINT_DT" in table.c else []
    return select(func.count(), *latest, *values).select_from(table)


_QUERIES: Final = (
    _of(
        IM_PRC_GRP,
        *_sums(_GROUP.GRP_SEQ_NO),
        *(func.count(column) for column in (_GROUP.CUST_NO, _GROUP.MIX_MATCH_COD)),
        *(
            end(column)
            for column in (_GROUP.BEG_DT, _GROUP.END_DT, _GROUP.ENABLED)
            for end in (func.min, func.max)
        ),
        func.sum(func.char_length(_GROUP.CUST_FILT)),
    ),
    _of(
        IM_PRC_RUL,
        *_sums(_RULE.RUL_SEQ_NO, _RULE.MIN_QTY),
        *(func.count(column) for column in (_RULE.CUST_NO, _RULE.ITEM_NO)),
        *(func.sum(func.char_length(column)) for column in _TEXTS[1:]),
    ),
    _of(IM_PRC_RUL_BRK, *_sums(IM_PRC_RUL_BRK.c.MIN_QTY, IM_PRC_RUL_BRK.c.AMT_OR_PCT)),
    _of(IM_ITEM, *_sums(IM_ITEM.c.PRC_DECS)),
    _of(
        IM_PRC,
        *_sums(*(IM_PRC.c[name] for name in ("REG_PRC", *(f"PRC_{n}" for n in range(1, 7))))),
    ),
    _of(AR_CUST),
    _of(IM_CTL, func.min(IM_CTL.c.PRC_ROUND_METH)),
)
