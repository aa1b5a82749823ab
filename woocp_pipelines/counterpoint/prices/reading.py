"""Reads a price book from Counterpoint: nine set-based statements, whatever the size.

Belongs here: the statements, how rows become facts, and that all are of one moment. Does not:
text of rules for people (*_FILT_TEXT) and the editor's templates, LOBs that are not the rule.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select

from woocp_pipelines.counterpoint.prices.book import GROUP_KINDS, PriceBook
from woocp_pipelines.counterpoint.prices.codes import COUNTERPOINT_CODES, RuleCodes
from woocp_pipelines.counterpoint.prices.collation import as_code, fold, is_yes
from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    Customer,
    Item,
    PriceBreak,
    PriceGroup,
    PriceRule,
)
from woocp_pipelines.counterpoint.prices.filter_columns import TableColumns, named_columns
from woocp_pipelines.counterpoint.prices.pacing import Pace, no_rest
from woocp_pipelines.counterpoint.prices.reading_goods import read_customers, read_items
from woocp_pipelines.counterpoint.prices.reading_once import EVERYTHING, AnyRow, Once, Scope
from woocp_pipelines.counterpoint.prices.sharing import Sharing, shared_map, shared_whole
from woocp_pipelines.counterpoint.prices.skus import ItemAndUnit, read_skus
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp, read_stamp, unchanged_tables
from woocp_pipelines.counterpoint.prices.users import read_users
from woocp_pipelines.counterpoint.prices.validity import read_validity
from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    IM_CTL,
    IM_ITEM,
    IM_PRC,
    IM_PRC_GRP,
    IM_PRC_RUL,
    IM_PRC_RUL_BRK,
)

_GROUP_COLUMNS: Final = [
    each for each in IM_PRC_GRP.c if each.name not in {"DESCR", "LST_MAINT_DT"}
]
_RULE_COLUMNS: Final = [
    each for each in IM_PRC_RUL.c if each.name not in {"CUSTOM_SP", "LST_MAINT_DT"}
]
# So often is a reading done that somebody's writing came in between.
READINGS: Final = 3
GroupKey = tuple[str, str]
RuleKey = tuple[GroupKey, int]


@dataclass(frozen=True, slots=True)
class Before:
    """The facts of an earlier reading, and the tables that are known to be as they were then."""

    facts: BookFacts | None = None
    unchanged: frozenset[str] = frozenset()


NOTHING_BEFORE: Final = Before()


def read_price_book(
    connection: Connection,
    *,
    time_zone: str,
    read_at: datetime,
    scope: Scope = EVERYTHING,
    codes: RuleCodes = COUNTERPOINT_CODES,
) -> PriceBook:
    """Read everything prices depend on, but no SKUs: only the service is asked by SKU.

    Args:
        connection: to Counterpoint; one transaction.
        time_zone: the store's, in which group dates are meant.
        read_at: now, UTC; becomes the age of every answer.
        scope: order creation prices a claim's items and customers only.
        codes: what the settings say about codes of price rules.

    Raises:
        PriceBookError: no items or no control row: a failed read is no empty book; or prices
            changed again and again while they were read.
    """
    facts, _ = read_facts(connection, time_zone=time_zone, read_at=read_at, scope=scope)
    return PriceBook(facts, codes)


def read_facts(
    connection: Connection,
    *,
    time_zone: str,
    read_at: datetime,
    scope: Scope = EVERYTHING,
    store_id: str | None = None,
    before: BookFacts | None = None,
    known: SourceStamp | None = None,
    pace: Pace = no_rest,
) -> tuple[BookFacts, SourceStamp]:
    """The facts of `read_price_book`, not yet indexed, and the stamp of the source they are of.

    `store_id` is the store whose SKUs are read, too; None reads none. `before` are facts of which
    equal parts are kept. Tables that look as they did at the stamp `known` of those facts are not
    read again. `pace` is called between rows.

    Raises:
        PriceBookError: as `read_price_book`.
    """
    # A few items and customers are a statement each; to look at all of them would cost more.
    rules_only = scope != EVERYTHING
    stamp = read_stamp(connection, store_id=store_id, rules_only=rules_only)
    earlier = Before(before, unchanged_tables(known, stamp))
    for _ in range(READINGS):
        once = Once(connection, scope, store_id, Sharing(earlier.facts), pace)
        facts = _read_once(once, earlier, time_zone, read_at)
        # Without snapshots each statement sees what was committed until then: a rule and its
        # breaks may be of two moments, and a contract would be missed.
        after = read_stamp(connection, store_id=store_id, rules_only=rules_only)
        if after == stamp:
            return facts, stamp
        earlier, stamp = Before(facts, unchanged_tables(stamp, after)), after
    raise PriceBookError(f"Counterpoint's prices changed in each of {READINGS} readings")


def _read_once(once: Once, before: Before, time_zone: str, read_at: datetime) -> BookFacts:
    connection = once.connection
    breaks = _read_breaks(once)
    rules, filters = _read_rules(once, breaks)
    rows = list(once.rows(select(*_GROUP_COLUMNS)))
    filters.update(row.CUST_FILT for row in rows if row.CUST_FILT)
    columns = named_columns(connection, filters)
    kinds = {table: each.kinds for table, each in columns.items()}
    groups = tuple(
        once.sharing.group(_group(row, tuple(rules.pop(_group_key(row), ())))) for row in rows
    )
    if before.facts is None or before.facts.columns != kinds:
        before = NOTHING_BEFORE
    facts = BookFacts(
        read_at=read_at,
        time_zone=time_zone,
        round_method=_read_round_method(connection),
        groups=shared_whole(before.facts.groups if before.facts else None, groups),
        items=_items_of(once, columns[IM_ITEM.name], before),
        customers=_customers_of(once, columns[AR_CUST.name], before),
        columns=kinds,
        notes=tuple(_notes(rows, rules)),
        users=_users_of(once, before.facts),
        skus=_skus_of(once, before.facts),
    )
    once.sharing.forget(once.pace)
    return facts


def _items_of(once: Once, named: TableColumns, before: Before) -> tuple[Item, ...]:
    """The items; those of before when their tables are unchanged."""
    if before.facts and before.unchanged >= {IM_ITEM.name, IM_PRC.name}:
        return before.facts.items
    return shared_whole(before.facts.items if before.facts else None, read_items(once, named))


def _customers_of(once: Once, named: TableColumns, before: Before) -> tuple[Customer, ...]:
    """The customers; those of before when their table is unchanged."""
    if before.facts and AR_CUST.name in before.unchanged:
        return before.facts.customers
    old = before.facts.customers if before.facts else None
    return shared_whole(old, read_customers(once, named))


def _users_of(once: Once, before: BookFacts | None) -> Mapping[int, str]:
    """Who the users of the shop are; the map of before when it says the same."""
    if once.scope.cust_nos is not None:
        return {}
    found = read_users(once.connection, once.pace)
    return shared_map(before.users if before else None, found, once.pace)


def _skus_of(once: Once, before: BookFacts | None) -> Mapping[str, ItemAndUnit]:
    """What the SKUs of the store are; the map of before when it says the same."""
    if once.store_id is None or once.scope.item_nos is not None:
        return {}
    found = read_skus(once.connection, once.store_id, once.pace)
    return shared_map(before.skus if before else None, found, once.pace)


def _read_round_method(connection: Connection) -> str:
    method = connection.execute(select(IM_CTL.c.PRC_ROUND_METH)).scalars().first()
    if method is None:
        raise PriceBookError("IM_CTL.PRC_ROUND_METH could not be read: the table gave no row")
    return as_code(method)


def _read_breaks(once: Once) -> dict[RuleKey, list[PriceBreak]]:
    """All quantity breaks by rule, smallest quantity first; one scan of IM_PRC_RUL_BRK."""
    columns = IM_PRC_RUL_BRK.c
    query = select(
        columns.GRP_TYP,
        columns.GRP_COD,
        columns.RUL_SEQ_NO,
        columns.MIN_QTY,
        columns.PRC_METH,
        columns.PRC_BASIS,
        columns.AMT_OR_PCT,
        columns.PRC_BRK_DESCR,
    ).order_by(columns.MIN_QTY)
    breaks: dict[RuleKey, list[PriceBreak]] = defaultdict(list)
    for row in once.rows(query):
        found = PriceBreak(*once.sharing.each(row[3:]))
        breaks[_group_key(row), row.RUL_SEQ_NO].append(once.sharing.one(found))
    return breaks


def _read_rules(
    once: Once, breaks: dict[RuleKey, list[PriceBreak]]
) -> tuple[dict[GroupKey, list[PriceRule]], set[str]]:
    """The rules by group in RUL_SEQ_NO order, and the texts of their filters."""
    rules: dict[GroupKey, list[PriceRule]] = defaultdict(list)
    filters: set[str] = set()
    for row in once.rows(select(*_RULE_COLUMNS).order_by(IM_PRC_RUL.c.RUL_SEQ_NO)):
        key = _group_key(row)
        filters.update(filter(None, (row.CUST_FILT, row.ITEM_FILT, row.SAL_FILT)))
        found = breaks.pop((key, row.RUL_SEQ_NO), ())
        rules[key].append(_rule(row, once.sharing.one(tuple(found)), once.sharing))
    return rules, filters


def _rule(row: AnyRow, breaks: tuple[PriceBreak, ...], sharing: Sharing) -> PriceRule:
    one = sharing.one
    return PriceRule(
        sequence=row.RUL_SEQ_NO,
        description=one((row.DESCR or "").rstrip()),
        breaks=breaks,
        customer_no=row.CUST_NO or None,
        customer_filter=one(row.CUST_FILT or None),
        item_no=row.ITEM_NO or None,
        item_filter=one(row.ITEM_FILT or None),
        sale_filter=one(row.SAL_FILT or None),
        min_quantity=one(row.MIN_QTY or Decimal("0.0000")),
        is_custom=is_yes(row.IS_CUSTOM),
        is_bogo_twofer=is_yes(row.USE_BOGO_TWOFER),
    )


def _group(row: AnyRow, rules: tuple[PriceRule, ...]) -> PriceGroup:
    return PriceGroup(
        kind=as_code(row.GRP_TYP),
        code=row.GRP_COD,
        rules=rules,
        sequence=row.GRP_SEQ_NO,
        enabled=is_yes(row.ENABLED),
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
        if as_code(row.GRP_TYP) not in GROUP_KINDS:
            yield f"price group {row.GRP_TYP} {row.GRP_COD!r} takes no part: unknown GRP_TYP"


def _group_key(row: AnyRow) -> GroupKey:
    """Type and code together: joining by code alone mixes groups of different types."""
    return fold(row.GRP_TYP), fold(row.GRP_COD)
