"""Which flows need which of Counterpoint's tables: a fault of one stops them, and nobody else.

Belongs here: the list. A test holds it against what each flow's statements name. A table that is
not in it, and every table of ours, concerns all flows.
"""

from collections.abc import Mapping
from typing import Final

from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, CUSTOMERS, DOCUMENTS, Flows

_DOCUMENTS_AND_FULFILMENT: Final[Flows] = ("documents", "fulfilment")
_TABLES: Final[Mapping[Flows, tuple[str, ...]]] = {
    ("fulfilment",): (
        "PS_DOC_HDR_ORIG_DOC",
        "PS_DOC_PKG_TRK_NO",
        "PS_TKT_HIST_LIN",
        "PS_TKT_HIST_ORIG_DOC",
    ),
    _DOCUMENTS_AND_FULFILMENT: (
        "PS_DOC_AUDIT_LOG",
        "PS_DOC_HDR",
        "PS_DOC_HDR_DOC_STAT",
        "PS_DOC_LIN",
        "PS_ORD_HIST",
        "PS_TKT_HIST",
    ),
    ("documents", "inventory"): ("IM_LOC",),
    DOCUMENTS: (
        "IM_CTL",
        "IM_PRC_GRP",
        "IM_PRC_RUL",
        "IM_PRC_RUL_BRK",
        "PS_DOC_AUDIT_LOG_TOT",
        "PS_DOC_CONTACT",
        "PS_DOC_HDR_MISC_CHRG",
        "PS_DOC_HDR_TOT",
        "PS_DOC_LIN_PRICE",
        "PS_DOC_NOTE",
        "PS_DOC_PMT",
        "PS_DOC_PMT_APPLY",
        "PS_DOC_PMT_PROMPT",
        "PS_DOC_TAX",
        "PS_DRW",
        "PS_DRW_SESSION",
        "PS_STA",
        "PS_STA_CFG_PS",
        "PS_STR",
        "SY_PAY_COD",
    ),
    CUSTOMERS: (
        "AR_CUST",
        "AR_SHIP_ADRS",
        "PS_STR_CFG_PS",
        "SY_TAX_COD",
        "SY_WRKGRP",
    ),
}
_FLOWS: Final[Mapping[str, Flows]] = {
    table: flows for flows, tables in _TABLES.items() for table in tables
}


def flows_of_table(table: str) -> Flows:
    """The flows whose statements name the table."""
    return _FLOWS.get(table, ALL_FLOWS)
