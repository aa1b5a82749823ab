"""Price books of any size: contract groups with ten rules each, as CP §5.1 found them.

Belongs here: one made-up shop, as facts in memory and as rows of a database of the same content.
Does not: measuring. The number of a row decides its values, so every run has the same shop.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, DateTime, Engine, String, insert

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.prices.facts import (
    BookFacts,
    ColumnKind,
    Customer,
    FilterValues,
    Item,
    LocationPrices,
    PriceBreak,
    PriceGroup,
    PriceRule,
)
from woocp_pipelines.sandbox.schema import create_vendor_tables, vendor_tables

TABLES: Final = (
    "AR_CUST", "IM_CTL", "IM_ITEM", "IM_PRC", "IM_PRC_GRP", "IM_PRC_RUL", "IM_PRC_RUL_BRK",
)  # fmt: skip
ZONE: Final = "America/New_York"
READ_AT: Final = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
KINDS: Final = (
    "PC S CS", "CB S CS", "CFB S CS", "CF S CS", "PC S F", "CB S F", "CFB S F", "CF S F",
    "PC S P", "PC XF", "PC XF MP", "CB XF", "CFB XF", "CF",
)  # fmt: skip
# Either table has both columns, so a filter that names one makes the reader take it from both.
_COLUMNS: Final[Mapping[str, ColumnKind]] = {"PROF_COD_1": "text", "PROF_COD_2": "text"}
_ROWS_AT_ONCE: Final = 5_000
# One rule in so many names its item and fixes its price; all others are as most rules are.
_NAMES_ITEM: Final = 50
_ANY: Final = "*"
Rows = Iterator[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PriceWorld:
    """How big a shop is; rules are shared out evenly, each group has customers of its own."""

    items: int = 200_000
    groups: int = 5_000
    rules: int = 50_000
    customers: int = 20_000

    def item_no(self, number: int) -> str:
        """The number of an item."""
        return f"I{number:06}"

    def cust_no(self, number: int) -> str:
        """The number of a customer; customer n has the contract n, counted around."""
        return f"C{number:06}"

    def group_code(self, number: int) -> str:
        """The code of a contract group; six digits, as bid numbers are."""
        return str(100_000 + number % self.groups)

    def facts(self) -> BookFacts:
        """What reading the database of `fill` gives."""
        rules = list(self._rules())
        share = max(1, self.rules // self.groups)
        shared: dict[str, FilterValues] = {}
        return BookFacts(
            read_at=READ_AT,
            time_zone=ZONE,
            round_method="N",
            groups=tuple(
                PriceGroup(
                    "C",
                    row["GRP_COD"],
                    tuple(_rule(each) for each in rules[n * share : (n + 1) * share]),
                    sequence=row["GRP_SEQ_NO"],
                    customer_no=row.get("CUST_NO"),
                    customer_filter=row.get("CUST_FILT"),
                )
                for n, row in enumerate(self._groups())
            ),
            items=tuple(
                _item(row, price) for row, price in zip(self._items(), self._prices(), strict=True)
            ),
            customers=tuple(
                Customer(
                    row["CUST_NO"],
                    shared.setdefault(row["PROF_COD_2"], _values(None, row["PROF_COD_2"])),
                )
                for row in self._customers()
            ),
            columns={"IM_ITEM": dict(_COLUMNS), "AR_CUST": dict(_COLUMNS)},
        )

    def fill(self, engine: Engine) -> None:
        """Make the tables of an empty database and fill them; about a minute for the full size."""
        create_vendor_tables(engine, TABLES)
        rules = list(self._rules())
        breaks = (each.pop("BREAK") for each in rules)
        _put(engine, "IM_CTL", iter([{"KEY_ID": 1, "PRC_ROUND_METH": "N"}]))
        _put(engine, "IM_ITEM", self._items())
        _put(engine, "IM_PRC", self._prices())
        _put(engine, "AR_CUST", self._customers())
        _put(
            engine,
            "IM_PRC_GRP",
            ({"CUST_NO": None, "CUST_FILT": None, **row} for row in self._groups()),
        )
        _put(engine, "IM_PRC_RUL_BRK", iter(list(breaks)))
        _put(engine, "IM_PRC_RUL", ({"ITEM_NO": None, "ITEM_FILT": None, **row} for row in rules))

    def _items(self) -> Rows:
        for n in range(self.items):
            kind = KINDS[n % len(KINDS)]
            yield {"ITEM_NO": self.item_no(n), "PRC_DECS": 4 if n % 3 else 2, "PROF_COD_1": kind}

    def _prices(self) -> Rows:
        for n in range(self.items):
            price = Decimal(10_000 + n * 7919 % 4_000_000).scaleb(-4)
            key = {"ITEM_NO": self.item_no(n), "LOC_ID": _ANY}
            cells = dict.fromkeys(("DIM_1_UPR", "DIM_2_UPR", "DIM_3_UPR"), _ANY)
            yield {**key, **cells, "REG_PRC": price, "PRC_1": price, "PRC_2": price - 1}

    def _customers(self) -> Rows:
        for n in range(self.customers):
            yield {"CUST_NO": self.cust_no(n), "PROF_COD_2": self.group_code(n)}

    def _groups(self) -> Rows:
        for n in range(self.groups):
            code = self.group_code(n)
            whose = (
                {"CUST_NO": self.cust_no(n)}
                if n % 2
                else {"CUST_FILT": f"(AR_CUST.PROF_COD_2 = '{code}')"}
            )
            yield {"GRP_TYP": "C", "GRP_COD": code, "GRP_SEQ_NO": n, "ENABLED": "Y", **whose}

    def _rules(self) -> Iterator[dict[str, Any]]:
        share = max(1, self.rules // self.groups)
        for n in range(share * self.groups):
            sequence = n % share + 1
            key = {"GRP_TYP": "C", "GRP_COD": self.group_code(n // share), "RUL_SEQ_NO": sequence}
            kind = KINDS[n % share % len(KINDS)]
            named = n % _NAMES_ITEM == 0
            what = (
                {"ITEM_NO": self.item_no(n % self.items)}
                if named
                else {"ITEM_FILT": f"(IM_ITEM.PROF_COD_1 = '{kind}')"}
            )
            amount = Decimal(n * 31 % 734_609).scaleb(-4)
            method = (
                {"PRC_METH": "F", "PRC_BASIS": "!"}
                if named
                else {"PRC_METH": "D", "PRC_BASIS": "R"}
            )
            smallest = Decimal("0.0001")
            price_break = {**key, "MIN_QTY": smallest, **method, "AMT_OR_PCT": amount}
            yield {**key, "DESCR": kind, "MIN_QTY": Decimal("0.0000"), **what, "BREAK": price_break}


def _put(engine: Engine, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows of the same columns, some thousands at a time."""
    needed = {
        column.name: _filler(column)
        for column in vendor_tables()[name].columns
        if not (column.nullable or column.server_default or column.computed)
    }
    waiting = iter(rows)
    with writing(engine) as connection:
        while part := [{**needed, **row} for row in islice(waiting, _ROWS_AT_ONCE)]:
            connection.execute(insert(vendor_tables()[name]), part)


def _filler(column: Column[Any]) -> Any:
    """Something for a column that takes no NULL."""
    kind = getattr(column.type, "impl", column.type)
    if isinstance(kind, String):
        return "-"
    return READ_AT.replace(tzinfo=None) if isinstance(kind, DateTime) else 0


def _item(row: Mapping[str, Any], price: Mapping[str, Any]) -> Item:
    none = (None,) * 5
    levels = (price["PRC_2"], *none[1:])
    prices = LocationPrices((price["REG_PRC"], *none), (price["PRC_1"], *none), levels)
    return Item(
        row["ITEM_NO"], row["PRC_DECS"], none, {_ANY: prices}, _values(row["PROF_COD_1"], None)
    )


def _values(first: str | None, second: str | None) -> FilterValues:
    return FilterValues({"PROF_COD_1": first, "PROF_COD_2": second})


def _rule(row: Mapping[str, Any]) -> PriceRule:
    given = row["BREAK"]
    price_break = PriceBreak(
        given["MIN_QTY"], given["PRC_METH"], given["PRC_BASIS"], given["AMT_OR_PCT"]
    )
    return PriceRule(
        row["RUL_SEQ_NO"],
        row["DESCR"],
        (price_break,),
        item_no=row.get("ITEM_NO"),
        item_filter=row.get("ITEM_FILT"),
        min_quantity=row["MIN_QTY"],
    )
