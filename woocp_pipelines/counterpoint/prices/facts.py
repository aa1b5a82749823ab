"""What is known about prices: plain records as Counterpoint holds them (CP §1.17).

Belongs here: frozen records without behaviour, in a form that can be saved. Does not: indexes
(book.py), conditions (filters.py), arithmetic (calculation.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

ColumnKind = Literal["text", "number"]
FilterColumns = Mapping[str, Mapping[str, ColumnKind]]
"""Per table (IM_ITEM, AR_CUST) the columns that filters may name, by upper-case name."""

STOCKING_UNIT = "0"
EVERY_LOCATION = "*"


@dataclass(frozen=True, slots=True)
class FilterValues:
    """The columns of one item or customer that some filter names; None is SQL's NULL."""

    texts: Mapping[str, str | None] = field(default_factory=dict)
    numbers: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitFactor:
    """One alternate unit holds `numerator / denominator` stocking units."""

    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, slots=True)
class LocationPrices:
    """An IM_PRC row; `regular` and `price_1` are by unit '0' to '5', `levels` PRC_2 to PRC_6."""

    regular: tuple[Decimal | None, ...]
    price_1: tuple[Decimal | None, ...]
    levels: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item with its prices by location; `units` are the alternates '1' to '5'."""

    number: str
    price_decimals: int
    units: tuple[UnitFactor | None, ...]
    prices: Mapping[str, LocationPrices]
    values: FilterValues = field(default_factory=FilterValues)
    has_cell_prices: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, as far as price filters look at one."""

    number: str
    values: FilterValues = field(default_factory=FilterValues)


@dataclass(frozen=True, slots=True)
class PriceBreak:
    """From `min_quantity` on: a method, its basis and its amount or percentage (CP §5.3)."""

    min_quantity: Decimal
    method: str
    basis: str
    amount: Decimal | None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class PriceRule:
    """An IM_PRC_RUL row with its breaks, smallest quantity first."""

    sequence: int
    description: str
    breaks: tuple[PriceBreak, ...]
    customer_no: str | None = None
    customer_filter: str | None = None
    item_no: str | None = None
    item_filter: str | None = None
    sale_filter: str | None = None
    min_quantity: Decimal = Decimal(0)
    is_custom: bool = False
    is_bogo_twofer: bool = False


@dataclass(frozen=True, slots=True)
class Validity:
    """When a group is valid, in naive store-local time: `begins` <= now < `ends`.

    `problem` says why the dates cannot be read; then the group is undecidable.
    """

    begins: datetime | None = None
    ends: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """An IM_PRC_GRP row with its rules in RUL_SEQ_NO order; `kind` is C, P or S."""

    kind: str
    code: str
    rules: tuple[PriceRule, ...]
    sequence: int | None = None
    enabled: bool = True
    validity: Validity = field(default_factory=Validity)
    customer_no: str | None = None
    customer_filter: str | None = None
    mix_match_code: str | None = None


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Everything a price depends on, read at one moment.

    `notes` are sentences about rows that take no part (rules without a group and the like).
    `users` says which CUST_NO a WooCommerce user id is, by the active rows of USER_CUSTOMER_MAP;
    `skus` which ITEM_NO and unit an SKU of the shop is, by those of USER_PRODUCT_MAP.
    """

    read_at: datetime
    time_zone: str
    round_method: str
    groups: tuple[PriceGroup, ...]
    items: tuple[Item, ...]
    customers: tuple[Customer, ...]
    columns: FilterColumns
    notes: tuple[str, ...] = ()
    users: Mapping[int, str] = field(default_factory=dict)
    skus: Mapping[str, tuple[str, str]] = field(default_factory=dict)
