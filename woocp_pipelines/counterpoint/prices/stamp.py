"""A cheap look at the tables that prices come from: did anything change since the last reading?

Belongs here: one small statement per table, whatever the size; of the map of users its few thousand
pairs. Does not: reading prices (reading.py). An edit by SQL that leaves every count, sum and time
alone is not seen here; a full reading at a maximum age sees it. AR_CUST.RS_UTC_DT is left out on
purpose: every order that is booked moves it, and no price depends on that.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
)

from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_CTL,
    IM_ITEM,
    IM_PRC,
    IM_PRC_GRP,
    IM_PRC_RUL,
    IM_PRC_RUL_BRK,
    USER_CUSTOMER_MAP,
    USER_PRODUCT_MAP,
)

SourceStamp = Mapping[str, tuple[Any, ...]]
"""Per table what its statement gave; equal stamps mean that no change is known."""

_GROUP = IM_PRC_GRP.c
_RULE = IM_PRC_RUL.c
_BREAK = IM_PRC_RUL_BRK.c
_USER = USER_CUSTOMER_MAP.c
_SKU = USER_PRODUCT_MAP.c


def read_stamp(
    connection: Connection, *, store_id: str | None = None, rules_only: bool = False
) -> SourceStamp:
    """The stamp of this moment.

    Taken before a reading, no change goes unseen; taken again after it, a reading into which a
    change fell is known. `rules_only`: of the groups, rules and breaks, which belong together.
    `store_id`: with the SKUs of that store.
    """
    if rules_only:
        return _answers(connection, {name: _QUERIES[name] for name in _RULE_TABLES})
    stamp = _answers(connection, _QUERIES)
    if table_exists(connection, USER_CUSTOMER_MAP.name):
        stamp[USER_CUSTOMER_MAP.name] = _users(connection)
    # The column that read_skus needs: the retailer's own map before the upgrade has none.
    if store_id is not None and table_exists(connection, USER_PRODUCT_MAP.name, "STORE_ID"):
        ours = _SKUS.where(_SKU.STORE_ID == store_id)
        stamp[USER_PRODUCT_MAP.name] = tuple(connection.execute(ours).one())
    return stamp


def _users(connection: Connection) -> tuple[Any, ...]:
    """Who is who, pair by pair.

    Two users who exchange their customers leave every count and sum alone, and a hand's UPDATE no
    time; until the next full reading each would see the other's prices.
    """
    pairs = sorted(f"{user} {number}" for user, number in connection.execute(_USERS))
    return len(pairs), blake2b("\n".join(pairs).encode(), digest_size=16).hexdigest()


def _answers(
    connection: Connection, queries: Mapping[str, Select[Any]]
) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(connection.execute(query).one()) for name, query in queries.items()}


def unchanged_tables(before: SourceStamp | None, now: SourceStamp) -> frozenset[str]:
    """The tables of which no change is known since the stamp before."""
    return frozenset(name for name, found in now.items() if before and before.get(name) == found)


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # SQL Server's SUM of int is an int, and an error when it does not fit.
    whole = isinstance(column.type, Integer)
    return func.sum(cast(column, BigInteger) if whole else column)


def _of(table: Table, *values: ColumnElement[Any]) -> Select[Any]:
    times = _times(table.c.LST_MAINT_DT) if "LST_MAINT_DT" in table.c else []
    return select(func.count(), *times, *values).select_from(table)


def _times(column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The latest time, and a sum that moves also where an edit's time is not the latest.

    LST_MAINT_DT is the workstation's clock: an hour comes twice in autumn, a clock may be behind,
    and a row may bear a time of the future.
    """
    hour, minute, second = (extract(part, column) for part in ("hour", "minute", "second"))
    return [func.max(column), _sum(hour * 3600 + minute * 60 + second)]


def _length(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.sum(func.char_length(column))


_QUERIES: Final = {
    IM_PRC_GRP.name: _of(
        IM_PRC_GRP,
        _sum(_GROUP.GRP_SEQ_NO),
        *(func.count(column) for column in (_GROUP.CUST_NO, _GROUP.MIX_MATCH_COD)),
        *(end(_GROUP[name]) for end in (func.min, func.max)
          for name in ("BEG_DAT", "BEG_DT", "END_DAT", "END_DT", "CUST_NO")),
        func.sum(case((_GROUP.ENABLED == literal_column("'Y'"), 1), else_=0)),
        _length(_GROUP.CUST_FILT),
    ),
    IM_PRC_RUL.name: _of(
        IM_PRC_RUL,
        *(_sum(column) for column in (_RULE.RUL_SEQ_NO, _RULE.MIN_QTY)),
        *(func.count(column) for column in (_RULE.CUST_NO, _RULE.ITEM_NO)),
        *(_length(column) for column in (_RULE.CUST_FILT, _RULE.ITEM_FILT, _RULE.SAL_FILT)),
    ),
    IM_PRC_RUL_BRK.name: _of(IM_PRC_RUL_BRK, _sum(_BREAK.MIN_QTY), _sum(_BREAK.AMT_OR_PCT)),
    IM_ITEM.name: _of(IM_ITEM, _sum(IM_ITEM.c.PRC_DECS)),
    IM_PRC.name: _of(
        IM_PRC,
        *(_sum(IM_PRC.c[name]) for name in ("REG_PRC", *(f"PRC_{n}" for n in range(1, 7)))),
        *(_sum(IM_PRC.c[f"ALT_{n}_{name}"]) for n in range(1, 6) for name in ("REG_PRC", "PRC_1")),
    ),
    AR_CUST.name: _of(AR_CUST),
    IM_CTL.name: _of(IM_CTL, func.min(IM_CTL.c.PRC_ROUND_METH)),
}  # fmt: skip
_RULE_TABLES: Final = (IM_PRC_GRP.name, IM_PRC_RUL.name, IM_PRC_RUL_BRK.name)
_USERS: Final = select(_USER.WOO_USER_ID, _USER.CUST_NO).where(
    _USER.IS_ACTIVE == literal_column("1")
)
_SKUS: Final = select(
    func.count(),
    func.max(_SKU.MAP_ID),
    func.max(_SKU.UPDATED_DT),
    _sum(_SKU.MAP_ID),
    *(_length(column) for column in (_SKU.SKU, _SKU.ITEM_NO)),
    *(func.sum(case((_SKU.SELL_UNIT == literal_column(f"'{unit}'"), 1), else_=0))
      for unit in range(1, 6)),
).where(_SKU.IS_ACTIVE == literal_column("1"))  # fmt: skip
