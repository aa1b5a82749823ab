"""The codes of the invented retailer and the rows of its small tables.

Belongs here: stores, stations, drawers, pay codes, tax codes, workgroups (CP §1.18, §1.21). The
sandbox's woocp.toml names the same codes; a test compares the two.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

Row = dict[str, Any]

STORE: Final = "HQ"
STORE_NO: Final = 4
STATION: Final = "109"
STATION_NO: Final = 9
DRAWER: Final = "WEB"
SESSION: Final = 400900117
TILL_SESSION: Final = 400100452
USER: Final = "WEBSYNC"
WORKGROUP: Final = "ONLINE"
LOCATION: Final = "MAIN"
OVERFLOW: Final = "DOCK"
WALK_IN: Final = "00001"
TEMPLATE: Final = "00009"
FIRST_NEW_CUSTOMER: Final = "40060"

_STATIONS: Final = {  # station: (number, next ticket, next order)
    "101": (1, "101-004417", "O101-000413"),
    "102": (2, "102-003319", "O102-000020"),
    STATION: (STATION_NO, "109-000001", "O109-000001"),
}
# PAY_COD: (PAY_TYP, text, EDC_AUTH_FLG, asks for a transaction number)
_PAY_CODES: Final = {
    "CASH": ("B", "Cash", "O", "N"),
    "CHECK": ("C", "Cheque", "N", "N"),
    "ACCT": ("A", "On account", "O", "N"),
    "CARD": ("E", "Card at the till", "Y", "N"),
    "WEBCARD": ("B", "Card paid on the web", "N", "Y"),
    "WIRE": ("B", "Bank transfer", "N", "N"),
}
_TAX_CODES: Final = {
    "OH-LAKE": "Ohio and Lake County transit",
    "PA-SALES": "Pennsylvania",
    "OUT": "Out of state, no tax",
}


def code_tables(now: datetime) -> dict[str, list[Row]]:
    """All rows of the small tables by table name; `now` is store-local."""
    return {
        "IM_LOC": [
            {"LOC_ID": LOCATION, "DESCR": "Main warehouse"},
            {"LOC_ID": OVERFLOW, "DESCR": "Overflow at the dock"},
        ],
        "PS_STR": [{"STR_ID": STORE, "DESCR": "Tallow Creek Supply", "STR_NO": STORE_NO}],
        "PS_STR_CFG_PS": [_store_settings()],
        "PS_STA": [
            {"STR_ID": STORE, "STA_ID": station, "DESCR": f"Station {station}", "STA_NO": facts[0]}
            for station, facts in _STATIONS.items()
        ],
        "PS_STA_CFG_PS": [
            {
                "STR_ID": STORE,
                "STA_ID": station,
                "NXT_TKT_NO": ticket,
                "NXT_TKT_NO_AUTO": "Y",
                "NXT_ORD_NO": order,
                "NXT_ORD_NO_AUTO": "Y",
            }
            for station, (_, ticket, order) in _STATIONS.items()
        ],
        "PS_DRW": [
            {"STR_ID": STORE, "DRW_ID": drawer, "DESCR": f"Drawer {drawer}"}
            for drawer in (DRAWER, "D1", "D2")
        ],
        "PS_DRW_SESSION": [
            _session(DRAWER, SESSION - 1, now - timedelta(days=8), closed=now - timedelta(days=1)),
            _session(DRAWER, SESSION, now - timedelta(days=1)),
            _session("D1", TILL_SESSION, now),
        ],
        "SY_PAY_COD": [_pay_code(code) for code in _PAY_CODES],
        "SY_TAX_COD": [
            {"TAX_COD": code, "DESCR": text, "DESCR_UPR": text.upper()}
            for code, text in _TAX_CODES.items()
        ],
        "SY_WRKGRP": [
            {
                "WRKGRP_ID": WORKGROUP,
                "NXT_CUST_NO": FIRST_NEW_CUSTOMER,
                "NXT_CUST_NO_AUTO": "Y",
                "TMPLT_CUST_NO": TEMPLATE,
            }
        ],
        "AR_CTL": [{"KEY_ID": 1, "CR_AVAIL_INCL_ORDS": "N"}],
    }


def _store_settings() -> Row:
    return {
        "STR_ID": STORE,
        "STK_LOC_ID": LOCATION,
        "PRC_LOC_ID": LOCATION,
        "WALK_IN_CUST_NO": WALK_IN,
        # Numbers come from the stations; what stands here is used by nobody.
        "TKT_NO_METH": "T",
        "NXT_TKT_NO": "1",
        "NXT_TKT_NO_AUTO": "Y",
        "ORD_NO_METH": "T",
        "NXT_ORD_NO": "1",
        "NXT_ORD_NO_AUTO": "Y",
        "USE_ORD_NO_AS_TKT_NO": "Y",
        "USE_ORD": "Y",
        "USE_MISC_1": "Y",
        "USE_MISC_2": "Y",
        "USE_MISC_3": "N",
        "USE_MISC_4": "N",
        "USE_MISC_5": "N",
        "ORD_REL_STATE": "S",
        "MIN_ORD_DEP_PCT": Decimal(0),
        "MIN_ORD_DEP_AMT": Decimal(0),
    }


def _session(drawer: str, number: int, opened: datetime, closed: datetime | None = None) -> Row:
    return {
        "STR_ID": STORE,
        "DRW_ID": drawer,
        "DRW_SESSION_ID": number,
        "STAT": "C" if closed else "A",
        "OPEN_DT": opened,
        "CLOSE_DT": closed,
        "SLS_REP": USER,
        "SESSION_NAM": f"{drawer} {opened:%Y-%m-%d}",
    }


def _pay_code(code: str) -> Row:
    kind, text, authorise, prompt = _PAY_CODES[code]
    return {
        "PAY_COD": code,
        "PAY_TYP": kind,
        "DESCR": text,
        "DESCR_UPR": text.upper(),
        "EDC_AUTH_FLG": authorise,
        "CURNCY_COD": "HOME",
        "ALLOW_FOR_ORDS": "Y",
        "VAL_FOR_AR": "Y",
        "PROMPT_1_REQ": prompt,
        "PROMPT_2_REQ": "N",
        "PROMPT_3_REQ": "N",
    }
