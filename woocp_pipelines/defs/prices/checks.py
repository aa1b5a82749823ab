"""Checks of prices that stand by themselves; the others come with their assets.

Belongs here: the list. A check that an asset's own run answers is in its `check_specs`.
"""

from typing import Final

from woocp_pipelines.defs.prices.service import contract_prices_are_answered

PRICE_CHECKS: Final = [contract_prices_are_answered]
