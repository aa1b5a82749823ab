"""The AR_CUST row of a web customer.

Belongs here: the values of a new customer (CP §1.1, §3.2.1). Does not: whether the customer exists
already (customer_matching.py) or may be created (customer_checks.py).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.customer_reading import WebCustomer
from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.rules.text import fit_code
from woocp_pipelines.settings import Settings, Tax

# The retailer's category and tier of every new web customer; staff raise the tier (CP §3.2.1.8).
NEW_CUSTOMER_CODE: Final = "RETAIL"

# The value set that is known to pass the live check constraints (CP §1.1).
FIXED: Final[Mapping[str, Any]] = {
    "CUST_TYP": "C",
    "PROMPT_NAM_ADRS": "N",
    "ALLOW_AR_CHRG": "N",
    "ALLOW_TKTS": "Y",
    "NO_CR_LIM": "Y",
    "NO_MAX_CHK_AMT": "Y",
    "UNPSTD_BAL": ZERO,
    "BAL_METH": "O",
    "BAL": ZERO,
    "ORD_BAL": ZERO,
    "NO_OF_ORDS": 0,
    "USE_ORD_SHIP_TO": "N",
    "ALLOW_ORDS": "Y",
    "LST_AGE_FUTR_DOCS": "Y",
    "LST_AGE_METH": "I",
    "LST_AGE_NO_CUTOFF": "N",
    "LST_STMNT_METH": "!",
    "WRK_STMNT_ACTIV": "N",
    "LWY_BAL": ZERO,
    "NO_OF_LWYS": 0,
    "USE_LWY_SHIP_TO": "N",
    "ALLOW_LWYS": "Y",
    "IS_ECOMM_CUST": "Y",
    "ECOMM_NXT_PUB_UPDT": "N",
    "ECOMM_NXT_PUB_FULL": "N",
    "PROMPT_FOR_CUSTOM_FLDS": "N",
    "LOY_PTS_BAL": 0,
    "TOT_LOY_PTS_EARND": 0,
    "TOT_LOY_PTS_RDM": 0,
    "TOT_LOY_PTS_ADJ": 0,
    "REQ_PO_NO": "N",
    "EMAIL_STATEMENT": "N",
    "RS_STAT": 0,
    "INCLUDE_IN_MARKETING_MAILOUTS": "N",
    "RPT_EMAIL": "N",
    "CATEG_COD": NEW_CUSTOMER_CODE,
    "PROF_COD_1": NEW_CUSTOMER_CODE,
}
# A new customer has these from the workgroup's template customer; NCR's own API copies every field
# that nobody specified. Never what is one customer's own: balances, names, addresses, exemptions,
# discounts, and no tax code, which goes by the state (CP §6.2 bug 18).
FROM_TEMPLATE: Final = ("SHIP_VIA_COD", "SHIP_ZONE_COD", "STMNT_COD", "TERMS_COD")
_HOME_COUNTRY: Final = "US"
_CODE_LENGTH: Final = 10


def tax_code(address: Address, tax: Tax) -> str | None:
    """The tax code of a state, else the default, else none.

    The codes of [tax.by_state] are those of the home country; a state elsewhere is written with
    its country ("AU:WA"), since WA is Washington as well as Western Australia.
    """
    country, state = address.CNTRY or _HOME_COUNTRY, address.STATE or ""
    named = tax.by_state.get(f"{country}:{state}")
    if named is None and country == _HOME_COUNTRY:
        named = tax.by_state.get(state)
    code = named or tax.default
    return fit_code(code, _CODE_LENGTH, "TAX_COD") if code else None


def customer_row(
    cust_no: str,
    customer: WebCustomer,
    settings: Settings,
    now: datetime,
    template: Mapping[str, str | None] = MappingProxyType({}),
) -> dict[str, Any]:
    """The AR_CUST row of a new customer; codes that are not known are null, never '' (bug 52).

    Args:
        cust_no: its number.
        customer: who it is.
        settings: [counterpoint], [tax] and [store] count.
        now: UTC.
        template: the columns `FROM_TEMPLATE` of SY_WRKGRP.TMPLT_CUST_NO, where there is one.

    Raises:
        RefusedError: CODE_TOO_LONG.
    """
    address, place = customer.address, settings.counterpoint
    return {
        **FIXED,
        **{name: (template.get(name) or "").strip() or None for name in FROM_TEMPLATE},
        **address.columns(),
        **address.upper_names(),
        "CUST_NO": cust_no,
        "CUST_NAM_TYP": address.NAM_TYP,
        "CONTCT_1": address.CONTCT_1,
        "TAX_COD": tax_code(address, settings.tax),
        "STR_ID": place.store,
        "SLS_REP": place.sales_rep,
        "LST_MAINT_DT": store_local(now, settings.store.zone),
        "LST_MAINT_USR_ID": place.user,
        "RS_UTC_DT": now.astimezone(UTC).replace(tzinfo=None, microsecond=0),
    }
