"""PS_DOC_HDR_TOT and PS_DOC_HDR_MISC_CHRG (CP §1.7, §1.8)."""

from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import Booking
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.money import ZERO

Row = dict[str, Any]
_ALWAYS_ZERO: Final = (
    "TOT_CHNG",
    "TOT_WEIGHT",
    "TOT_CUBE",
    "TOT_HDR_DISC",
    "TOT_LIN_DISC",
    "TOT_TIP_AMT",
    "INITIAL_MIN_DUE",
    "TAX_AMT_SHIPPED",
    "TOT_GFC_AMT",
    "TOT_SVC_AMT",
)


def total_rows(booking: Booking, amounts: Amounts, kind: Kind) -> list[Row]:
    """An order has three rows (whole, to release, left), a ticket one (CP §1.7)."""
    if kind.name == "deposit":
        return [_row(kind, "S", TOT_TND=amounts.deposit)]
    lines, cost = len(booking.lines), amounts.ext_cost
    whole = _row(
        kind,
        kind.part,
        LINS=lines,
        SUB_TOT=amounts.sub_tot,
        TOT_EXT_COST=cost,
        TOT_MISC=amounts.tot_misc,
        TAX_AMT=amounts.tax_amt,
        NORM_TAX_AMT=amounts.tax_amt,
        TOT=amounts.tot,
        TOT_TND=amounts.deposit,
        AMT_DUE=amounts.tot - amounts.deposit,
        TOT_HDR_DISCNTBL_AMT=amounts.sub_tot,
        HAS_TAX_OVRD="A" if amounts.tax_moved else "!",
    )
    if kind.name == "sale":
        return [whole]
    to_release = _row(
        kind,
        "R",
        LINS=lines,
        SUB_TOT=amounts.sub_tot,
        TOT_EXT_COST=cost,
        TOT=amounts.sub_tot,
        AMT_DUE=amounts.sub_tot - amounts.deposit,
        TOT_HDR_DISCNTBL_AMT=amounts.sub_tot,
    )
    return [whole, to_release, _row(kind, "V")]


def misc_rows(amounts: Amounts, kind: Kind) -> list[Row]:
    """Shipping and fees; slot 1 always, the others when something is in them; not on deposits."""
    if not kind.sells:
        return []
    return [
        {
            "DOC_ID": kind.doc_id,
            "TOT_TYP": kind.part,
            "MISC_CHRG_NO": slot,
            "MISC_TYP": "A",
            "MISC_AMT": charge.amount,
            "MISC_PCT": ZERO,
            "MISC_TAX_AMT_ALLOC": charge.tax,
            "MISC_NORM_TAX_AMT_ALLOC": charge.tax,
            "MISC_AMT_SHIPPED": ZERO,
        }
        for slot, charge in sorted(amounts.misc.items())
        if slot == 1 or charge.amount or charge.tax
    ]


def _row(kind: Kind, tot_typ: str, **given: Decimal | int | str) -> Row:
    return {
        "DOC_ID": kind.doc_id,
        "TOT_TYP": tot_typ,
        "HAS_TAX_OVRD": "!",
        "LINS": 0,
        "SUB_TOT": ZERO,
        "TAX_OVRD_LINS": 0,
        "TOT_EXT_COST": ZERO,
        "TOT_MISC": ZERO,
        "TAX_AMT": ZERO,
        "NORM_TAX_AMT": ZERO,
        "TOT": ZERO,
        "TOT_TND": ZERO,
        "AMT_DUE": ZERO,
        "TOT_HDR_DISCNTBL_AMT": ZERO,
        **dict.fromkeys(_ALWAYS_ZERO, ZERO),
        **given,
    }
