"""Sales taxes of a new order. The store has no rates unless `tax_rates` are set on its state.

Belongs here: putting configured rates on the lines of an order. Does not: choosing rates by
address: every configured rate applies, which is all that the recordings show. A rate is
{"id", "code", "label", "percent", "shipping": bool}.
"""

from decimal import Decimal

from woocp_pipelines.rules.money import cents
from woocp_pipelines.sandbox.store import defaults
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.totals import CHARGE_LISTS, add_up, amount, money_text


def apply_rates(state: StoreState, order: Json) -> None:
    """Tax every line of a new order that does not carry taxes of its own."""
    rates: list[Json] = state.setting("tax_rates", [])
    if not rates or not any(order[name] for name in CHARGE_LISTS):
        return
    for name in CHARGE_LISTS:
        for line in order[name]:
            if not line["taxes"]:
                _tax_line(line, rates, shipping=name == "shipping_lines")
    if not order["tax_lines"]:
        order["tax_lines"] = [_summary(state, rate) for rate in rates]


def _tax_line(line: Json, rates: list[Json], *, shipping: bool) -> None:
    line["taxes"] = [
        {
            "id": rate["id"],
            "total": _tax(line["total"], rate),
            "subtotal": _tax(line["subtotal"], rate) if "subtotal" in line else "",
        }
        for rate in rates
        if rate["shipping"] or not shipping
    ]
    line["total_tax"] = money_text(add_up(line["taxes"], "total"))
    if "subtotal" in line:
        line["subtotal_tax"] = money_text(add_up(line["taxes"], "subtotal"))


def _tax(base: str, rate: Json) -> str:
    return money_text(cents(amount(base) * Decimal(str(rate["percent"])) / 100))


def _summary(state: StoreState, rate: Json) -> Json:
    return {
        **defaults.tax_line(),
        "id": state.next_id("item"),
        "rate_code": rate["code"],
        "rate_id": rate["id"],
        "label": rate["label"],
        "rate_percent": rate["percent"],
    }
