"""Reads a price book from Counterpoint: nine set-based statements, whatever the size.

Belongs here: the statements and how rows become facts. Does not: text of rules for people
(*_FILT_TEXT) and the editor's templates, which are LOBs and not the rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, RowMapping, Select, select

from woocp_pipelines.counterpoint.prices.book import GROUP_KINDS, PriceBook
from woocp_pipelines.counterpoint.prices.collation import fold
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    FilterValues,
    Item,
    LocationPrices,
    PriceBreak,
    PriceGroup,
    PriceRule,
    UnitFactor,
)
from woocp_pipelines.counterpoint.prices.filter_columns import TableColumns, named_columns
from woocp_pipelines.counterpoint.prices.skus import read_skus
from woocp_pipelines.counterpoint.prices.users import read_users
from woocp_pipelines.counterpoint.prices.validity import read_validity
from woocp_pipelines.counterpoint.statements import MAX_PARAMETERS, chunks
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_CTL,
    IM_ITEM,
    IM_PRC,
    IM_PRC_GRP,
    IM_PRC_RUL,
    IM_PRC_RUL_BRK,
)

_ALTERNATES = range(1, 6)
_LEVELS = range(2, 7)
AnyRow = Row[Any]
GroupKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which items and customers a book is read for; None means all of them."""

    item_nos: frozenset[str] | None = None
    cust_nos: frozenset[str] | None = None


EVERYTHING: Final = Scope()


def read_price_book(
    connection: Connection, *, time_zone: str, read_at: datetime, scope: Scope = EVERYTHING
) -> PriceBook:
    """Read everything prices depend on; run it in one transaction, so that it is of one moment.

    Args:
        connection: to Counterpoint.
        time_zone: the store's, in which group dates are meant.
        read_at: now, UTC; becomes the age of every answer.
        scope: order creation prices a claim's items and customers only.

    Raises:
        PriceBookError: no items or no control row: a failed read is no empty book.
    """
    return PriceBook(read_facts(connection, time_zone=time_zone, read_at=read_at, scope=scope))


def read_facts(
    connection: Connection, *, time_zone: str, read_at: datetime, scope: Scope = EVERYTHING
) -> BookFacts:
    """The facts of `read_price_book`, not yet indexed."""
    rules = connection.execute(select(IM_PRC_RUL)).all()
    groups = connection.execute(select(IM_PRC_GRP)).all()
    filters = [text for row in rules for text in (row.CUST_FILT, row.ITEM_FILT, row.SAL_FILT)]
    filters += [row.CUST_FILT for row in groups]
    columns = named_columns(connection, [text for text in filters if text])
    by_group = _rules_by_group(rules, _read_breaks(connection))
    return BookFacts(
        read_at=read_at,
        time_zone=time_zone,
        round_method=_read_round_method(connection),
        groups=tuple(_group(row, by_group.pop(_group_key(row), ())) for row in groups),
        items=_read_items(connection, columns[IM_ITEM.name], scope),
        customers=_read_customers(connection, columns[AR_CUST.name], scope),
        columns={table: each.kinds for table, each in columns.items()},
        notes=tuple(_notes(groups, by_group)),
        users=read_users(connection) if scope.cust_nos is None else {},
        skus=read_skus(connection) if scope.item_nos is None else {},
    )


def _read_round_method(connection: Connection) -> str:
    method = connection.execute(select(IM_CTL.c.PRC_ROUND_METH)).scalars().first()
    if method is None:
        raise PriceBookError("IM_CTL.PRC_ROUND_METH could not be read: the table gave no row")
    return str(method)


def _read_breaks(connection: Connection) -> Mapping[tuple[GroupKey, int], list[PriceBreak]]:
    """All quantity breaks by rule, smallest quantity first; one scan of IM_PRC_RUL_BRK."""
    query = select(
        IM_PRC_RUL_BRK.c.GRP_TYP,
        IM_PRC_RUL_BRK.c.GRP_COD,
        IM_PRC_RUL_BRK.c.RUL_SEQ_NO,
        IM_PRC_RUL_BRK.c.MIN_QTY,
        IM_PRC_RUL_BRK.c.PRC_METH,
        IM_PRC_RUL_BRK.c.PRC_BASIS,
        IM_PRC_RUL_BRK.c.AMT_OR_PCT,
        IM_PRC_RUL_BRK.c.PRC_BRK_DESCR,
    ).order_by(IM_PRC_RUL_BRK.c.MIN_QTY)
    breaks: dict[tuple[GroupKey, int], list[PriceBreak]] = defaultdict(list)
    for row in connection.execute(query):
        found = PriceBreak(
            row.MIN_QTY, row.PRC_METH, row.PRC_BASIS, row.AMT_OR_PCT, row.PRC_BRK_DESCR
        )
        breaks[_group_key(row), row.RUL_SEQ_NO].append(found)
    return breaks


def _read_items(connection: Connection, named: TableColumns, scope: Scope) -> tuple[Item, ...]:
    """The items with their unit factors; one scan each of IM_ITEM and IM_PRC.

    Raises:
        PriceBookError: Counterpoint gave no item at all.
    """
    prices, cells = _read_prices(connection, scope)
    factors = [IM_ITEM.c[f"ALT_{n}_{end}"] for n in _ALTERNATES for end in ("NUMER", "DENOM")]
    query = select(IM_ITEM.c.ITEM_NO, IM_ITEM.c.PRC_DECS, *factors, *named.selected)
    items = tuple(
        Item(
            number=row["ITEM_NO"],
            price_decimals=row["PRC_DECS"],
            units=tuple(_unit(row, number) for number in _ALTERNATES),
            prices=prices.get(fold(row["ITEM_NO"]), {}),
            values=named.values([row[label] for label in named.labels]),
            has_cell_prices=fold(row["ITEM_NO"]) in cells,
        )
        for row in _within(connection, query, IM_ITEM.c.ITEM_NO, scope.item_nos)
    )
    if not items and scope.item_nos is None:
        raise PriceBookError("IM_ITEM gave no item: a price book without items answers nothing")
    return items


def _read_prices(
    connection: Connection, scope: Scope
) -> tuple[Mapping[str, dict[str, LocationPrices]], set[str]]:
    """Prices by item and location, and the items that have prices per grid cell."""
    prices: dict[str, dict[str, LocationPrices]] = defaultdict(dict)
    cells = set()
    for row in _within(connection, select(IM_PRC), IM_PRC.c.ITEM_NO, scope.item_nos):
        item = fold(row["ITEM_NO"])
        if all(row[f"DIM_{number}_UPR"] == "*" for number in (1, 2, 3)):
            prices[item][fold(row["LOC_ID"])] = _location_prices(row)
        else:
            cells.add(item)
    return prices, cells


def _location_prices(row: RowMapping) -> LocationPrices:
    return LocationPrices(
        regular=(row["REG_PRC"], *(row[f"ALT_{n}_REG_PRC"] for n in _ALTERNATES)),
        price_1=(row["PRC_1"], *(row[f"ALT_{n}_PRC_1"] for n in _ALTERNATES)),
        levels=tuple(row[f"PRC_{level}"] for level in _LEVELS),
    )


def _read_customers(
    connection: Connection, named: TableColumns, scope: Scope
) -> tuple[Customer, ...]:
    """The customers, with no more than the columns that filters name; one scan of AR_CUST.

    Equal column values share one record: a tier has thousands of customers.
    """
    shared: dict[tuple[Any, ...], FilterValues] = {}
    customers = []
    query = select(AR_CUST.c.CUST_NO, *named.selected)
    for row in _within(connection, query, AR_CUST.c.CUST_NO, scope.cust_nos):
        number, *values = row.values()
        key = tuple(values)
        if key not in shared:
            shared[key] = named.values(key)
        customers.append(Customer(str(number), shared[key]))
    return tuple(customers)


def _within(
    connection: Connection,
    query: Select[Any],
    column: Column[Any],
    keys: frozenset[str] | None,
) -> Iterator[RowMapping]:
    """Rows of a query, all of them or those of some keys only."""
    if keys is None:
        yield from connection.execute(query).mappings()
        return
    for part in chunks(sorted(keys), MAX_PARAMETERS):
        yield from connection.execute(query.where(column.in_(part))).mappings()


def _unit(row: RowMapping, number: int) -> UnitFactor | None:
    numerator, denominator = row[f"ALT_{number}_NUMER"], row[f"ALT_{number}_DENOM"]
    return UnitFactor(numerator, denominator) if numerator and denominator else None


def _rules_by_group(
    rows: Iterable[AnyRow], breaks: Mapping[tuple[GroupKey, int], list[PriceBreak]]
) -> dict[GroupKey, tuple[PriceRule, ...]]:
    rules: dict[GroupKey, list[PriceRule]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each.RUL_SEQ_NO):
        found = breaks.get((_group_key(row), row.RUL_SEQ_NO), [])
        rules[_group_key(row)].append(_rule(row, tuple(found)))
    return {key: tuple(each) for key, each in rules.items()}


def _rule(row: AnyRow, breaks: tuple[PriceBreak, ...]) -> PriceRule:
    return PriceRule(
        sequence=row.RUL_SEQ_NO,
        description=(row.DESCR or "").rstrip(),
        breaks=breaks,
        customer_no=row.CUST_NO or None,
        customer_filter=row.CUST_FILT or None,
        item_no=row.ITEM_NO or None,
        item_filter=row.ITEM_FILT or None,
        sale_filter=row.SAL_FILT or None,
        min_quantity=row.MIN_QTY or Decimal(0),
        is_custom=row.IS_CUSTOM == "Y",
        is_bogo_twofer=row.USE_BOGO_TWOFER == "Y",
    )


def _group(row: AnyRow, rules: tuple[PriceRule, ...]) -> PriceGroup:
    return PriceGroup(
        kind=row.GRP_TYP,
        code=row.GRP_COD,
        rules=rules,
        sequence=row.GRP_SEQ_NO,
        enabled=row.ENABLED == "Y",
        validity=read_validity(
            (row.BEG_DAT, row.NO_BEG_DAT, row.BEG_DT, row.BEG_TIM_FLG),
            (row.END_DAT, row.NO_END_DAT, row.END_DT, row.END_TIM_FLG),
        ),
        customer_no=row.CUST_NO or None,
        customer_filter=row.CUST_FILT or None,
        mix_match_code=row.MIX_MATCH_COD or None,
    )


def _notes(groups: Iterable[AnyRow], rules_left: Iterable[GroupKey]) -> Iterable[str]:
    for kind, code in sorted(rules_left):
        yield f"price rules of group {kind} {code!r} take no part: IM_PRC_GRP has no such group"
    for row in groups:
        if row.GRP_TYP not in GROUP_KINDS:
            yield f"price group {row.GRP_TYP} {row.GRP_COD!r} takes no part: unknown GRP_TYP"


def _group_key(row: AnyRow) -> GroupKey:
    """Type and code together: joining by code alone mixes groups of different types."""
    return fold(row.GRP_TYP), fold(row.GRP_COD)
