"""PS_DOC_LIN: one row per web line (CP §1.10, §4.7.1)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import (
    Booking,
    CatalogueItem,
    Place,
    ResolvedLine,
)
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.document_building.line_money import LineMoney
from woocp_pipelines.rules.money import ZERO

Row = dict[str, Any]


def line_rows(
    booking: Booking,
    place: Place,
    amounts: Amounts,
    kind: Kind,
    new_guid: Callable[[], UUID],
) -> list[Row]:
    """All PS_DOC_LIN rows of one document."""
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
            zip(booking.lines, amounts.lines, amounts.line_tax, strict=True), start=1
        )
    ]


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
