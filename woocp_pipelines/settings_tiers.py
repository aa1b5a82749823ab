"""Price tiers in settings: which PROF_COD_1 is which role in the store (CP §3.2.2).

Belongs here: what a tier may be, the retailer's own table of roles, how spellings are compared.
Does not: who has which tier, nor what is written to a user (rules/customer_push.py).
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# Who runs the shop; no tier is one of these, and nobody loses one.
STAFF_ROLES: Final = frozenset({"administrator", "shop_manager"})
# The role of everybody without a tier; WooCommerce gives it to whoever registers.
BASE_ROLE: Final = "customer"
# Who writes or runs the site: nobody of them has to be a customer.
SITE_ROLES: Final = STAFF_ROLES | {"editor", "author", "contributor"}


def _no_rights_over_the_site(role: str) -> str:
    if role in SITE_ROLES:
        raise ValueError("a price tier must not give rights over the site")
    return role


class Tier(BaseModel):
    """A tier's role, and its percentage where the user's meta should have one.

    A role's name is a slug: WordPress makes one of whatever it is sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Annotated[
        str, Field(pattern=r"^[a-z0-9_-]{1,60}$"), AfterValidator(_no_rights_over_the_site)
    ]
    discount: Annotated[Decimal, Field(ge=0, le=100)] | None = None


def retailers_tiers() -> dict[str, Tier]:
    """The roles of CP §3.2.2; its percentages are the shop's own and are not repeated here."""
    roles = {
        "RETAIL": BASE_ROLE,
        **{f"TIER{number}": f"tier_{number}_customers" for number in range(1, 6)},
        **{f"GOV-TIER{number}": f"gov_tier_{number}_customers" for number in range(1, 4)},
        "RESELLER": "reseller",
    }
    return {code: Tier(role=role) for code, role in roles.items()}


def spelling_of(code: str, known: Iterable[str]) -> str | None:
    """The known code that this one means: blanks, '-', '_' and case do not count (CP §7 Q27)."""
    return next((each for each in known if bare(each) == bare(code)), None)


def bare(code: str) -> str:
    """A code without what spellings differ by: GOV TIER 1 is GOV-TIER1."""
    return re.sub(r"[\s_-]", "", code).upper()
