"""Which flows need which of Counterpoint's tables: a fault of one stops them, and nobody else.

Belongs here: the lists. A test holds them against what each flow's statements name. A table that is
in none concerns all flows. So does a table of ours that is not as it should be: nobody knows what
else was done to woocp's memory; a right to one that is missing concerns those who use it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, CUSTOMERS, DOCUMENTS, Flows

_DOCUMENTS_AND_FULFILMENT: Final[Flows] = ("documents", "fulfilment")
_TABLES: Final[Mapping[Flows, tuple[str, ...]]] = {
    ("fulfilment",): (
        "PS_DOC_PKG_TRK_NO",
        "PS_TKT_HIST_LIN",
    ),
    _DOCUMENTS_AND_FULFILMENT: (
        "PS_DOC_AUDIT_LOG",
        "PS_DOC_HDR",
        "PS_DOC_HDR_DOC_STAT",
        "PS_DOC_HDR_ORIG_DOC",
        "PS_DOC_LIN",
        "PS_ORD_HIST",
        "PS_TKT_HIST",
        "PS_TKT_HIST_ORIG_DOC",
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
_OURS: Final[Mapping[Flows, tuple[str, ...]]] = {
    CUSTOMERS: ("USER_CUSTOMER_MAP", "USER_CUSTOMER_STAGING"),
    ("orders", "documents", "inventory"): ("USER_ORDER_STAGING_LIN",),
    ("documents", "outbox", "fulfilment"): ("USER_STORE_OUTBOX",),
    ("fulfilment",): ("USER_ORDER_FULFILMENT",),
    # The old scripts' own: doctor alone looks at them.
    (): ("USER_CUSTOMER_NOTES_STAGING", "USER_SHIP_TO_STAGING"),
}
# All flows read the vendor's tables; documents write all that are written, customers these as well.
_WRITTEN_BY_CUSTOMERS: Final = ("AR_CUST", "AR_SHIP_ADRS", "PS_STR_CFG_PS", "SY_WRKGRP")
_PREFIX: Final = "USER_"


def _by_table(lists: Mapping[Flows, tuple[str, ...]]) -> dict[str, Flows]:
    return {table: flows for flows, tables in lists.items() for table in tables}


_FLOWS: Final[Mapping[str, Flows]] = _by_table(_TABLES)
_FLOWS_OF_OURS: Final[Mapping[str, Flows]] = _by_table(_OURS)


def flows_of_table(table: str) -> Flows:
    """The flows whose statements name the table."""
    return _FLOWS.get(table, ALL_FLOWS)


def flows_of_rights(table: str, rights: Iterable[str]) -> Flows:
    """The flows that need one of these rights (SELECT, INSERT, UPDATE, DELETE) to the table."""
    if table.startswith(_PREFIX):
        return _FLOWS_OF_OURS.get(table, ALL_FLOWS)
    if "SELECT" in rights:
        return flows_of_table(table)
    return CUSTOMERS if table in _WRITTEN_BY_CUSTOMERS else DOCUMENTS
