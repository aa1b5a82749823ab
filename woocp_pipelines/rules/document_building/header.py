"""PS_DOC_HDR, PS_DOC_CONTACT and PS_DOC_HDR_DOC_STAT of one document (CP §1.6, §1.9, §1.14)."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.clock import naive_utc, store_local
from woocp_pipelines.rules.document_building.amounts import Amounts
from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.text import clean
from woocp_pipelines.rules.web_order import WebOrder

Row = dict[str, Any]
BILL_TO: Final = 1
SHIP_TO: Final = 2
_REPLICATE: Final = 1
_NO_LINES: Final = ("RET", "BO", "SO", "GFC", "SVC", "DS", "FOOD_STMP")
_NO_FLAGS: Final = ("HAS_PCKD_LINS", "HAS_PCKVRFD_LINS", "HAS_INVCD_LINS", "HAS_RLSD_LINS")


def document_ref(order: WebOrder) -> str:
    """REF of every document of a web order (design §4): how people and we find it again."""
    return number_ref(order.number)


def number_ref(number: str) -> str:
    """The same by the order's number."""
    return f"WOO {clean(number)}"


def header_row(
    order: WebOrder,
    booking: Booking,
    place: Place,
    amounts: Amounts,
    kind: Kind,
    new_guid: Callable[[], UUID],
) -> Row:
    """The PS_DOC_HDR row of one document."""
    where = place.counterpoint
    lines = len(booking.lines)
    tax_cod = booking.tax.tax_cod if booking.tax else None
    return {
        "DOC_ID": kind.doc_id,
        "DOC_GUID": new_guid(),
        "DOC_TYP": kind.doc_typ,
        "TKT_TYP": "T",
        "STR_ID": where.store,
        "STA_ID": where.station,
        "TKT_NO": kind.tkt_no,
        "DRW_ID": where.drawer,
        "DRW_SESSION_ID": None if kind.name == "order" else booking.drw_session_id,
        "CUST_NO": booking.cust_no,
        "USR_ID": where.user,
        "SLS_REP": where.sales_rep,
        "TKT_DT": store_local(order.created, place.zone),
        "SHIP_DAT": None,
        "SHIP_VIA_COD": booking.ship_via_cod,
        "TAX_COD": tax_cod,
        "NORM_TAX_COD": tax_cod,
        "REF": document_ref(order),
        "STK_LOC_ID": where.stock_location,
        "PRC_LOC_ID": where.price_location,
        "BILL_TO_CONTACT_ID": BILL_TO,
        "SHIP_TO_CONTACT_ID": SHIP_TO,
        "ORD_LINS": lines if kind.name == "order" else 0,
        "SAL_LINS": lines if kind.name == "sale" else 0,
        "SAL_LIN_TOT": amounts.sub_tot if kind.name == "sale" else ZERO,
        "RET_LIN_TOT": ZERO,
        **{f"{name}_LINS": 0 for name in _NO_LINES},
        "TO_REL_LINS": lines if kind.sells else 0,
        "TO_LEAVE_LINS": 0,
        "HAS_ENTD_LINS": "Y" if kind.name == "order" else "N",
        **dict.fromkeys(_NO_FLAGS, "N"),
        "REQ_REPRICE": "N",
        "IS_DOC_COMMITTED": "N",
        "IS_REL_TKT": "N",
        "FOOD_STMP_AMT": ZERO,
        "FOOD_STMP_TAX_AMT": ZERO,
        "FOOD_STMP_NORM_TAX_AMT": ZERO,
        "TIMES_PRTD": 0,
        "IS_OFFLINE": False,
        "RS_STAT": _REPLICATE,
        "RS_UTC_DT": naive_utc(booking.created),
        "LST_MAINT_DT": store_local(booking.created, place.zone),
        "LST_MAINT_USR_ID": where.user,
    }


def contact_rows(booking: Booking, kind: Kind) -> list[Row]:
    """The addresses that are printed: 1 bill-to, 2 ship-to."""
    return [
        _contact(kind, BILL_TO, booking.bill_to, None),
        _contact(kind, SHIP_TO, booking.ship_to, booking.ship_adrs_id),
    ]


def status_rows(amounts: Amounts, kind: Kind) -> list[Row]:
    """PS_DOC_HDR_DOC_STAT: on orders and deposit tickets, absent on plain tickets."""
    if kind.name == "sale":
        return []
    is_order = kind.name == "order"
    return [
        {
            "DOC_ID": kind.doc_id,
            "LST_DOC_ACTIV": "N" if is_order else "!",
            "DOC_AS_TKT_SEQ_NO": 0,
            "DOC_STAT": "O",
            "TOT_DEP_RECEIVED": amounts.deposit if is_order else ZERO,
            "TOT_DEP_APPLIED": ZERO,
            "TOT_DEP_REFUNDED": ZERO,
            "TOT_DEP_FORFEIT": ZERO,
            "IS_SUSPENDED": "N",
        }
    ]


def _contact(kind: Kind, contact_id: int, address: Address, adrs_id: str | None) -> Row:
    return {
        "DOC_ID": kind.doc_id,
        "CONTACT_ID": contact_id,
        **address.columns(),
        "NAM_UPR": address.upper_names()["NAM_UPR"],
        "NAM_TYP": address.NAM_TYP,
        "CONTCT_1": address.CONTCT_1,
        "ADRS_ID": adrs_id,
    }
