"""A little history: posted tickets, and a finished order with its release ticket (CP §1.19).

Belongs here: PS_TKT_HIST* and PS_ORD_HIST, as far as woocp reads them.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.sandbox.retailer.codes import STORE, USER

Row = dict[str, Any]
_POSTED: Final = (  # number, reference, user
    ("O101-000399-01", None, "LENA"),
    ("102-003311", "PHONE 3312", "LENA"),
    ("102-003312", None, USER),
)
_FIRST_DOC_ID: Final = 402393416666


def history_tables() -> dict[str, list[Row]]:
    """Rows by table name."""
    start = datetime(2026, 10, 20, 10, 0, 0)  # noqa: DTZ001 (Counterpoint keeps local times)
    tickets = [
        {
            "DOC_ID": _FIRST_DOC_ID + day * 10**6,
            "DOC_TYP": "T",
            "STR_ID": STORE,
            "STA_ID": "102",
            "TKT_NO": number,
            "TKT_DT": start + timedelta(days=day),
            "CUST_NO": "40011",
            "SUB_TOT": Decimal("21.00"),
            "TAX_AMT": Decimal("1.37"),
            "TOT": Decimal("22.37"),
            "USR_ID": user,
            "REF": reference,
        }
        for day, (number, reference, user) in enumerate(_POSTED)
    ]
    finished = {
        "DOC_ID": 401191400000,
        "STR_ID": STORE,
        "TKT_NO": "O101-000399",
        "TKT_DT": start - timedelta(days=2),
        "CUST_NO": "40011",
        "REF": "PHONE 3301",
    }
    release = {"DOC_ID": tickets[0]["DOC_ID"], "ORIG_DOC_ID": finished["DOC_ID"]}
    return {
        "PS_TKT_HIST": tickets,
        "PS_TKT_HIST_ORIG_DOC": [release],
        "PS_ORD_HIST": [finished],
    }
