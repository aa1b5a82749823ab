"""Checks on customers. Belongs here: what must hold of them. Does not: repairing it."""

from typing import Final

from woocp_pipelines.defs.customers.tiers import TIER_CHECK
from woocp_pipelines.defs.dead_letters import dead_letter_check
from woocp_pipelines.flows.customer_findings import is_push_key

CUSTOMER_CHECKS: Final = [
    dead_letter_check(
        "counterpoint_customers",
        kind="customer",
        name="every_customer_could_be_matched",
        description=(
            "Fails while a web customer was refused: more than one match, an incomplete "
            "registration, or a second buyer of an account. Accounting decides."
        ),
        keys=lambda key: not is_push_key(key),
    ),
    TIER_CHECK,
]
