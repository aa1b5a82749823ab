"""Rows of the open documents that the tills wrote, in the manner of CP §4.7.

Belongs here: PS_DOC_* of one unpaid order and one cash ticket: what a native document looks like,
written by hand and not by woocp's own rules. Does not: history (native_history.py).
"""

from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from woocp_pipelines.rules.money import ZERO, cents
from woocp_pipelines.sandbox.retailer.catalogue import ItemSeed
from woocp_pipelines.sandbox.retailer.codes import LOCATION, STORE, STORE_NO, TILL_SESSION
from woocp_pipelines.sandbox.retailer.native_history import history_tables
from woocp_pipelines.sandbox.retailer.native_lines import (
    NATIVE_DOCUMENTS,
    NativeDocument,
    NativeLine,
)

Row = dict[str, Any]
Rows = dict[str, list[Row]]
_TYPE_DIGIT: Final = {"O": 1, "T": 3}
_STATE_RATE: Final = Decimal("0.0575")
_TRANSIT_RATE: Final = Decimal("0.0075")
_AUTHORITIES: Final = (("OHIO", "SALES", _STATE_RATE), ("LAKECO", "TRANSIT", _TRANSIT_RATE))
_ENTERED: Final = {"O": "Entered a new order", "T": "Entered a new ticket"}


def document_tables(items: dict[str, ItemSeed]) -> Rows:
    """All rows of the open native documents and of history, by table name."""
    tables: Rows = {}
    for document in NATIVE_DOCUMENTS:
        for name, rows in _document(document, items).items():
            tables.setdefault(name, []).extend(rows)
    return {**tables, **history_tables()}


def native_order_value() -> dict[str, Decimal]:
    """Open order value by customer: what AR_CUST.ORD_BAL says of the native orders."""
    return {
        document.cust_no: document.goods + sum((tax for *_, tax in _taxes(document)), ZERO)
        for document in NATIVE_DOCUMENTS
        if document.kind == "O"
    }


def _document(document: NativeDocument, items: dict[str, ItemSeed]) -> Rows:
    key = _doc_id(document)
    tables = {
        "PS_DOC_HDR": [_header(document, key)],
        "PS_DOC_HDR_TOT": _totals(document, key, items),
        "PS_DOC_HDR_MISC_CHRG": [_no_charge(document, key)],
        "PS_DOC_LIN": [
            _line(document, key, number, line, items[line.item_no])
            for number, line in enumerate(document.lines, start=1)
        ],
        "PS_DOC_LIN_PRICE": [
            _line_price(key, number, line) for number, line in enumerate(document.lines, start=1)
        ],
        "PS_DOC_TAX": [_tax(document, key, *each) for each in _taxes(document)],
        "PS_DOC_AUDIT_LOG": [_audit(document, key)],
    }
    if document.kind == "O":
        return tables | {
            "PS_DOC_HDR_DOC_STAT": [{"DOC_ID": key, "LST_DOC_ACTIV": "N", "DOC_STAT": "O"}],
            "PS_DOC_CONTACT": [_contact(key, 1, None), _contact(key, 2, "(DEFAULT)")],
        }
    return tables | _cash(document, key)


def _doc_id(document: NativeDocument) -> int:
    """Store, station, type, day of the year and fraction of the day (CP §1.6.1)."""
    begun = document.begun
    seconds = begun.hour * 3600 + begun.minute * 60 + begun.second
    day = begun.timetuple().tm_yday % 100
    head = STORE_NO * 100 + document.station_no
    return ((head * 10 + _TYPE_DIGIT[document.kind]) * 100 + day) * 10**6 + seconds * 10**6 // 86400


def _taxes(document: NativeDocument) -> list[tuple[str, str, Decimal]]:
    return [(name, rule, cents(document.goods * rate)) for name, rule, rate in _AUTHORITIES]


def _place(document: NativeDocument, key: int) -> Row:
    return {
        "DOC_ID": key,
        "STR_ID": STORE,
        "STA_ID": document.station,
        "TKT_NO": document.number,
    }


def _header(document: NativeDocument, key: int) -> Row:
    is_order = document.kind == "O"
    count = len(document.lines)
    return {
        **_place(document, key),
        "DOC_TYP": document.kind,
        "TKT_TYP": "T",
        "DOC_GUID": uuid5(NAMESPACE_URL, document.number),
        "DRW_ID": "D1",
        "DRW_SESSION_ID": None if is_order else TILL_SESSION,
        "CUST_NO": document.cust_no,
        "USR_ID": "LENA",
        "SLS_REP": "LENA",
        "TKT_DT": document.begun,
        "REF": None,
        "STK_LOC_ID": LOCATION,
        "PRC_LOC_ID": LOCATION,
        "TAX_COD": "OH-LAKE",
        "NORM_TAX_COD": "OH-LAKE",
        "BILL_TO_CONTACT_ID": 1 if is_order else None,
        "SHIP_TO_CONTACT_ID": 2 if is_order else None,
        "ORD_LINS": count if is_order else 0,
        "SAL_LINS": 0 if is_order else count,
        "SAL_LIN_TOT": ZERO if is_order else document.goods,
        "HAS_ENTD_LINS": "Y" if is_order else "N",
        "TO_REL_LINS": count,
        "TO_LEAVE_LINS": 0,
        "RS_STAT": 1,
        "LST_MAINT_DT": document.begun,
        "LST_MAINT_USR_ID": "LENA",
    }


def _totals(document: NativeDocument, key: int, items: dict[str, ItemSeed]) -> list[Row]:
    tax = sum((amount for *_, amount in _taxes(document)), ZERO)
    cost = sum((cents(line.stocking * items[line.item_no].cost) for line in document.lines), ZERO)
    count, goods = len(document.lines), document.goods
    if document.kind == "T":
        return [_total(key, "S", count, goods, tax, cost, paid=goods + tax)]
    return [
        _total(key, "O", count, goods, tax, cost),
        _total(key, "R", count, goods, ZERO, cost),
        _total(key, "V", 0, ZERO, ZERO, ZERO),
    ]


def _total(
    key: int,
    kind: str,
    lines: int,
    goods: Decimal,
    tax: Decimal,
    cost: Decimal,
    paid: Decimal = ZERO,
) -> Row:
    nothing = ("TOT_WEIGHT", "TOT_CUBE", "TOT_HDR_DISC", "TOT_LIN_DISC", "INITIAL_MIN_DUE")
    return {
        "DOC_ID": key,
        "TOT_TYP": kind,
        "LINS": lines,
        "SUB_TOT": goods,
        "TAX_AMT": tax,
        "NORM_TAX_AMT": tax,
        "TOT": goods + tax,
        "TOT_TND": paid,
        "AMT_DUE": goods + tax - paid,
        "TOT_EXT_COST": cost,
        "TOT_HDR_DISCNTBL_AMT": goods,
        "TAX_AMT_SHIPPED": ZERO,
        **dict.fromkeys(nothing, ZERO),
    }


def _no_charge(document: NativeDocument, key: int) -> Row:
    """A row of zero stands on every native document that has no charge (CP §1.8)."""
    return {
        "DOC_ID": key,
        "TOT_TYP": "S" if document.kind == "T" else "O",
        "MISC_CHRG_NO": 1,
        "MISC_TYP": "A",
        "MISC_AMT": ZERO,
        "MISC_PCT": ZERO,
    }


def _line(document: NativeDocument, key: int, number: int, line: NativeLine, item: ItemSeed) -> Row:
    cost = item.cost * line.factor
    extended = ("EXT_PRC", "GROSS_EXT_PRC", "DISP_EXT_PRC", "GROSS_DISP_EXT_PRC", "CALC_EXT_PRC")
    is_order = document.kind == "O"
    return {
        **_place(document, key),
        "LIN_SEQ_NO": number,
        "LIN_TYP": "O" if is_order else "S",
        "LIN_GUID": uuid5(NAMESPACE_URL, f"{document.number}/{number}"),
        "ITEM_NO": line.item_no,
        "DESCR": item.text,
        "QTY_SOLD": Decimal(line.quantity),
        "ORIG_QTY": Decimal(line.quantity),
        "QTY_ENTD": Decimal(line.quantity) if is_order else ZERO,
        "QTY_TO_REL": Decimal(line.quantity),
        "SELL_UNIT": str(line.unit),
        "QTY_UNIT": line.unit_name,
        "QTY_NUMER": Decimal(line.factor),
        "QTY_DENOM": Decimal(1),
        **dict.fromkeys(("PRC", "REG_PRC", "PRC_1", "CALC_PRC", "UNIT_RETL_VAL"), line.price),
        **dict.fromkeys(extended, line.extended),
        "UNIT_COST": cost,
        "EXT_COST": cents(cost * line.quantity),
        "CATEG_COD": item.category,
        "STK_LOC_ID": LOCATION,
        "PRC_LOC_ID": LOCATION,
        "SLS_REP": "LENA",
        "QTY_DECS": item.quantity_decimals,
        "PRC_DECS": item.price_decimals,
    }


def _line_price(key: int, number: int, line: NativeLine) -> Row:
    return {
        "DOC_ID": key,
        "LIN_SEQ_NO": number,
        "PRC_SEQ_NO": 1,
        "PRC_JUST_STR": "Price-1",
        "PRC_GRP_TYP": "!",
        "PRC_RUL_SEQ_NO": -1,
        "PRC_BRK_DESCR": "I",
        "QTY_PRCD": Decimal(line.quantity),
        "UNIT_PRC": line.price,
    }


def _tax(document: NativeDocument, key: int, authority: str, rule: str, amount: Decimal) -> Row:
    return {
        "DOC_ID": key,
        "AUTH_COD": authority,
        "RUL_COD": rule,
        "TAX_DOC_PART": "S" if document.kind == "T" else "O",
        "LIN_AMT": document.goods,
        "TXBL_LIN_AMT": document.goods,
        "TXBL_QTY": sum((line.stocking for line in document.lines), ZERO),
        "TAX_AMT": amount,
        "NORM_TAX_AMT": amount,
        "TAX_AMT_EXACT": amount,
        "NORM_TAX_AMT_EXACT": amount,
        "TOT_TXBL_AMT": document.goods,
    }


def _audit(document: NativeDocument, key: int) -> Row:
    return {
        "DOC_ID": key,
        "LOG_SEQ_NO": 1,
        "DOC_TYP": document.kind,
        "DOC_GUID": uuid5(NAMESPACE_URL, document.number),
        "CURR_DT": document.begun,
        "CURR_STR_ID": STORE,
        "CURR_STA_ID": document.station,
        "CURR_DRW_ID": "D1",
        "CURR_USR_ID": "LENA",
        "CURR_WKSTN_NAM": f"TILL-{document.station}",
        "CURR_SERV_NAM": "TALLOWCREEK",
        "CURR_DB_NAM": "SANDBOX",
        "ACTIV": "N",
        "LOG_ENTRY": _ENTERED[document.kind],
    }


def _contact(key: int, number: int, address: str | None) -> Row:
    return {
        "DOC_ID": key,
        "CONTACT_ID": number,
        "NAM": "Fernhill Schools",
        "ADRS_1": "18 Lockkeeper Row",
        "CITY": "Fairport",
        "STATE": "OH",
        "ZIP_COD": "44077",
        "CNTRY": "US",
        "ADRS_ID": address,
    }


def _cash(document: NativeDocument, key: int) -> Rows:
    paid = document.goods + sum((amount for *_, amount in _taxes(document)), ZERO)
    payment = {
        **_place(document, key),
        "PMT_SEQ_NO": 1,
        "AMT": paid,
        "HOME_CURNCY_AMT": paid,
        "EXCH_LOSS": ZERO,
        "PAY_COD": "CASH",
        "PAY_COD_TYP": "B",
        "DESCR": "Cash",
        "EDC_AUTH_FLG": "O",
        "PAY_DAT": document.begun.replace(hour=0, minute=0, second=0),
    }
    applied = {"DOC_ID": key, "PMT_SEQ_NO": 1, "APPL_TYP": "S"}
    return {
        "PS_DOC_PMT": [payment],
        "PS_DOC_PMT_APPLY": [{**applied, "AMT": paid, "HOME_CURNCY_AMT": paid}],
    }
