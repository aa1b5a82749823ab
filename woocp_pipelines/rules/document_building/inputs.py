"""What a booking is built from, beside the web order itself: catalogue rows, codes, keys.

Belongs here: records only. They are read by counterpoint/items.py and counterpoint/codes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.units import SellableItem, SellingUnit
from woocp_pipelines.rules.web_order import WebLine
from woocp_pipelines.settings import Counterpoint, Documents


@dataclass(frozen=True, slots=True)
class UnitPrices:
    """Price-1 and regular price of one selling unit; None where Counterpoint has none."""

    prc_1: Decimal | None
    reg_prc: Decimal | None


@dataclass(frozen=True, slots=True)
class ItemCost:
    """The item's IM_INV row at the stock location: what its cost is made of."""

    qty_on_hnd: Decimal
    gl_val: Decimal
    lst_cost: Decimal
    cost_of_sls_pct: Decimal

    @property
    def average(self) -> Decimal:
        """Cost of one stocking unit: average cost while there is stock, else the last one.

        Computed here since AVG_COST is a computed column (CP §1.5, §4.2 rule 6).
        """
        if self.qty_on_hnd > ZERO and self.gl_val > ZERO:
            return self.gl_val / self.qty_on_hnd
        return self.lst_cost


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """An item as a document line copies it (CP §1.10); `prices` by SELL_UNIT code.

    `stat` is 'A' while the item is active.
    """

    sellable: SellableItem
    descr: str
    item_typ: str
    trk_meth: str
    is_txbl: str
    is_discntbl: str
    is_weighed: str
    qty_decs: int
    prc_decs: int
    prices: Mapping[str, UnitPrices]
    cost: ItemCost | None
    categ_cod: str | None = None
    subcat_cod: str | None = None
    tax_categ_cod: str | None = None
    item_vend_no: str | None = None
    barcod: str | None = None
    mix_match_cod: str | None = None
    weight: Decimal | None = None
    cube: Decimal | None = None
    stat: str = "A"

    @property
    def keeps_stock(self) -> bool:
        """Only inventory items have meaningful IM_INV rows (CP §1.4)."""
        return self.item_typ == "I"


@dataclass(frozen=True, slots=True)
class ResolvedLine:
    """A web line with the item and selling unit that it stands for, and its stocking quantity."""

    web: WebLine
    item: CatalogueItem
    unit: SellingUnit
    stocking_qty: Decimal


@dataclass(frozen=True, slots=True)
class PayCode:
    """The SY_PAY_COD row of the payment method. `prompts`: the code asks for a reference."""

    pay_cod: str
    pay_typ: str
    descr: str
    edc_auth_flg: str
    prompts: bool


@dataclass(frozen=True, slots=True)
class PriceRuleUsed:
    """The price rule that a price of Counterpoint comes from: `group_type` is C, P or S."""

    group_type: str
    group_code: str
    sequence: int
    descr: str
    break_descr: str | None


@dataclass(frozen=True, slots=True)
class CounterpointPrice:
    """What Counterpoint itself would charge for a line (CP §4.2 rule 3).

    `unit_price` is per selling unit at PRC_DECS, `extended` that of the line at two decimals, both
    by the site's rounding method. `rule` is None where the item's own price holds.
    """

    unit_price: Decimal
    extended: Decimal
    rule: PriceRuleUsed | None = None


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code and its (AUTH_COD, RUL_COD) pairs from the settings.

    `rates` says which pair a tax rate of the store stands for, by rate code or label, upper case.
    """

    tax_cod: str
    authorities: tuple[tuple[str, str], ...]
    rates: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentKeys:
    """Numbers and ids of the document, and of its deposit ticket where there is one."""

    doc_id: int
    tkt_no: str
    deposit_doc_id: int | None = None
    deposit_tkt_no: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where and as whom documents are written, and how (settings).

    `lengths` are those of the live text columns by (table, column); the others are not checked.
    """

    counterpoint: Counterpoint
    documents: Documents
    zone: ZoneInfo
    lengths: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Booking:
    """Everything that a booking needs beside the order and its place.

    `calc_prices` are Counterpoint's own prices by web line id, where they could be decided.
    `pay` is None for an order that is not paid. `created` is the moment of booking, UTC.
    """

    cust_no: str
    bill_to: Address
    ship_to: Address
    ship_adrs_id: str | None
    lines: tuple[ResolvedLine, ...]
    keys: DocumentKeys
    created: datetime
    calc_prices: Mapping[int, CounterpointPrice] = field(default_factory=dict)
    pay: PayCode | None = None
    tax: TaxCode | None = None
    ship_via_cod: str | None = None
    drw_session_id: int | None = None
    remarks: tuple[str, ...] = ()
