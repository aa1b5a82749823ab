"""One contract price, asked over HTTP as the WordPress plugin asks.

Belongs here: the question and what the retailer's contract says the answer is.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import requests

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.sandbox.opening import SANDBOX_PRICING_KEY
from woocp_pipelines.sandbox.retailer.price_rules import GROUPS

_TIMEOUT_SECONDS: Final = 10
_CONTRACT: Final = GROUPS[0]


@dataclass(frozen=True, slots=True)
class AnsweredPrice:
    """What was asked, what was answered, and what the contract says."""

    contract: str
    contract_name: str
    item_no: str
    quantity: str
    price: Decimal
    regular: Decimal
    rule: str
    milliseconds: float
    agreed: Decimal


def ask_contract_price(url: str) -> AnsweredPrice:
    """Ask the running service for the first fixed price of the first contract.

    Raises:
        CommandError: no price was answered.
    """
    rule = _CONTRACT.rules[0]
    least, _method, _basis, amount = rule.breaks[0]
    answer = requests.post(
        f"{url}/api/contract-price",
        json={"ncr_bid_no": _CONTRACT.code, "item_no": rule.item_no, "quantity": int(least)},
        headers={"X-API-Key": SANDBOX_PRICING_KEY},
        timeout=_TIMEOUT_SECONDS,
    )
    if answer.status_code != requests.codes.ok:
        raise CommandError(f"the pricing service answered {answer.status_code}: {answer.text}")
    found = answer.json(parse_float=Decimal)
    return AnsweredPrice(
        contract=_CONTRACT.code,
        contract_name=_CONTRACT.text,
        item_no=str(rule.item_no),
        quantity=least,
        price=Decimal(found["contract_price"]),
        regular=Decimal(found["regular_price"]),
        rule=found["rule_descr"],
        milliseconds=answer.elapsed.total_seconds() * 1000,
        agreed=Decimal(amount),
    )
