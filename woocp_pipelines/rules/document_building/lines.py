"""PS_DOC_LIN and PS_DOC_LIN_PRICE: one row per web line (CP §1.10, §4.2, §4.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import (
    Booking,
    CatalogueItem,
    Place,
    ResolvedLine,
    UnitPrices,
)
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.money import ZERO, cents, unit_price
from woocp_pipelines.rules.units import STOCKING, SellingUnit

Row = dict[str, Any]
_NO_RULE: Final = -1


@dataclass(frozen=True, slots=True)
class LineMoney:
    """Unit prices and costs of one line, per selling unit; `ext_*` for the whole line."""

    prc: Decimal
    calc_prc: Decimal
    prices: UnitPrices
    unit_cost: Decimal
    ext_prc: Decimal
    calc_ext_prc: Decimal
    ext_cost: Decimal

    @property
    def overridden(self) -> bool:
        """The web price is not what Counterpoint would charge (CP §4.2 rule 5)."""
        return self.prc != self.calc_prc


def line_money(line: ResolvedLine, ext_prc: Decimal, calc_prc: Decimal | None) -> LineMoney:
    """Prices and costs of a line; without a price of Counterpoint's the web's stands for it."""
    qty = line.web.quantity
    prc = unit_price(ext_prc / qty)
    unit_cost = _unit_cost(line.item, line.unit)
    return LineMoney(
        prc=prc,
        calc_prc=prc if calc_prc is None else calc_prc,
        prices=_prices(line.item, line.unit),
        unit_cost=unit_cost,
        ext_prc=ext_prc,
        calc_ext_prc=ext_prc if calc_prc is None else cents(calc_prc * qty),
        ext_cost=cents(unit_cost * qty),
    )


def all_line_money(booking: Booking, amounts: Amounts) -> list[LineMoney]:
    """Prices and costs of every line, in their order."""
    return [
        line_money(line, ext_prc, booking.calc_prices.get(line.web.line_id))
        for line, ext_prc in zip(booking.lines, amounts.ext_prc, strict=True)
    ]


def line_rows(
    booking: Booking,
    place: Place,
    amounts: Amounts,
    kind: Kind,
    new_guid: Callable[[], UUID],
) -> list[Row]:
    """All PS_DOC_LIN rows of one document."""
    money = all_line_money(booking, amounts)
    return [
        {
            "DOC_ID": kind.doc_id,
            "LIN_SEQ_NO": number,
            "STR_ID": place.counterpoint.store,
            "STA_ID": place.counterpoint.station,
            "TKT_NO": kind.tkt_no,
            "LIN_TYP": kind.lin_typ,
            **_item_columns(line.item),
            **_quantity_columns(line, kind),
            **_money_columns(each),
            "TAX_AMT_ALLOC": tax,
            "NORM_TAX_AMT_ALLOC": tax,
            "STK_LOC_ID": place.counterpoint.stock_location,
            "PRC_LOC_ID": place.counterpoint.price_location,
            "SLS_REP": place.counterpoint.sales_rep,
            "LIN_GUID": new_guid(),
        }
        for number, (line, each, tax) in enumerate(
            zip(booking.lines, money, amounts.line_tax, strict=True), start=1
        )
    ]


def price_rows(booking: Booking, amounts: Amounts, kind: Kind) -> list[Row]:
    """PS_DOC_LIN_PRICE: why each line costs what it costs."""
    return [
        {
            "DOC_ID": kind.doc_id,
            "LIN_SEQ_NO": number,
            "PRC_SEQ_NO": 1,
            "PRC_JUST_STR": _reason(booking, line, money),
            "PRC_GRP_TYP": "!",
            "PRC_RUL_SEQ_NO": _NO_RULE,
            "PRC_BRK_DESCR": "I",
            "QTY_PRCD": line.web.quantity,
            "UNIT_PRC": money.prc,
            "DIM_1_UPR": "*",
            "DIM_2_UPR": "*",
            "DIM_3_UPR": "*",
        }
        for number, (line, money) in enumerate(
            zip(booking.lines, all_line_money(booking, amounts), strict=True), start=1
        )
    ]


def _reason(booking: Booking, line: ResolvedLine, money: LineMoney) -> str:
    """The web's price is the reason wherever Counterpoint's own differs or is not known."""
    known = line.web.line_id in booking.calc_prices
    return "Price-1" if known and not money.overridden else "Web"


def total_cost(booking: Booking, amounts: Amounts) -> Decimal:
    """Sum of EXT_COST of all lines."""
    return sum((money.ext_cost for money in all_line_money(booking, amounts)), ZERO)


def _unit_cost(item: CatalogueItem, unit: SellingUnit) -> Decimal:
    if item.cost is None:
        return ZERO
    return unit_price(item.cost.average * unit.numer / unit.denom)


def _prices(item: CatalogueItem, unit: SellingUnit) -> UnitPrices:
    """Prices per selling unit; a blank alternate price follows the stocking unit's (CP §4.6)."""
    stocking = item.prices.get(STOCKING, UnitPrices(None, None))
    own = item.prices.get(unit.code, UnitPrices(None, None))
    prc_1 = own.prc_1
    if prc_1 is None and stocking.prc_1 is not None:
        prc_1 = unit_price(stocking.prc_1 * unit.numer / unit.denom)
    reg_prc = own.reg_prc
    if reg_prc is None and unit.code != STOCKING and own.prc_1 is None:
        base = stocking.reg_prc
        reg_prc = None if base is None else unit_price(base * unit.numer / unit.denom)
    return UnitPrices(prc_1, prc_1 if reg_prc is None else reg_prc)


def _item_columns(item: CatalogueItem) -> Row:
    return {
        "ITEM_NO": item.sellable.item_no,
        "DESCR": item.descr,
        "ITEM_TYP": item.item_typ,
        "TRK_METH": item.trk_meth,
        "QTY_DECS": item.qty_decs,
        "PRC_DECS": item.prc_decs,
        "IS_TXBL": item.is_txbl,
        "NORM_IS_TXBL": item.is_txbl,
        "IS_DISCNTBL": item.is_discntbl,
        "IS_WEIGHED": item.is_weighed,
        "CATEG_COD": item.categ_cod,
        "SUBCAT_COD": item.subcat_cod,
        "ITEM_VEND_NO": item.item_vend_no,
        "BARCOD": item.barcod,
        "TAX_CATEG": item.tax_categ_cod,
        "MIX_MATCH_COD": item.mix_match_cod,
        "UNIT_WEIGHT": item.weight,
        "UNIT_CUBE": item.cube,
        "COST_OF_SLS_PCT": item.cost.cost_of_sls_pct if item.cost else None,
        "DIM_1_UPR": "*",
        "DIM_2_UPR": "*",
        "DIM_3_UPR": "*",
    }


def _quantity_columns(line: ResolvedLine, kind: Kind) -> Row:
    qty = line.web.quantity
    untouched = ("TO_LEAVE", "TO_FILL", "PCKD", "PCKVRFD", "INVCD", "SHIPPED", "RET")
    return {
        "QTY_SOLD": qty,
        "SELL_UNIT": line.unit.code,
        "QTY_UNIT": line.unit.name,
        "QTY_NUMER": line.unit.numer,
        "QTY_DENOM": line.unit.denom,
        "ORIG_QTY": qty,
        "QTY_ENTD": qty if kind.enters_lines else ZERO,
        "QTY_TO_REL": qty,
        **{f"QTY_{name}": ZERO for name in untouched},
    }


def _money_columns(money: LineMoney) -> Row:
    imposed = "Y" if money.overridden else "N"
    same = ("EXT_PRC", "GROSS_EXT_PRC", "DISP_EXT_PRC", "GROSS_DISP_EXT_PRC")
    return {
        "PRC": money.prc,
        "REG_PRC": money.prices.reg_prc,
        "PRC_1": money.prices.prc_1,
        "UNIT_RETL_VAL": money.prices.reg_prc,
        "CALC_PRC": money.calc_prc,
        **dict.fromkeys(same, money.ext_prc),
        "CALC_EXT_PRC": money.calc_ext_prc,
        "HAS_PRC_OVRD": imposed,
        "USR_ENTD_PRC": imposed,
        "UNIT_COST": money.unit_cost,
        "EXT_COST": money.ext_cost,
    }
