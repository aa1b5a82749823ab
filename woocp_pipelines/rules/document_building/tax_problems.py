"""What is said of an order whose tax nobody can place without a guess (CP §1.13).

Belongs here: the problems NO_TAX_AUTHORITY and TAX_RATES. When they occur: tax.py.
"""

from typing import Final

from woocp_pipelines.rules.document_building.inputs import TaxCode
from woocp_pipelines.rules.money import money_text
from woocp_pipelines.rules.problems import Problem
from woocp_pipelines.rules.web_order import RateTax, WebOrder

_HOME_COUNTRY: Final = "US"


def no_authority(order: WebOrder, code: TaxCode | None) -> Problem:
    """The order has tax, and its state no tax code or the code no authority."""
    state = str(order.ship_to.get("state") or "")
    country = str(order.ship_to.get("country") or "")
    if code is None:
        home = country in {"", _HOME_COUNTRY}
        where = f'add "{state if home else f"{country}:{state}"}" to [tax.by_state]'
        next_step = (
            f"{where if state else 'set tax.default'}, give the code its authorities in "
            "[tax.authorities]; if no tax was due, correct the order in WooCommerce; then replay"
        )
    else:
        next_step = (
            f'add {code.tax_cod} = [["AUTH_COD", "RUL_COD"]] with the codes of Counterpoint to '
            "[tax.authorities]; then replay"
        )
    return Problem(
        code="NO_TAX_AUTHORITY",
        field="total_tax",
        found=f"tax {money_text(order.total_tax)}, ship-to state {state!r}, country {country!r}, "
        f"{f'tax code {code.tax_cod!r}' if code else 'no tax code'}",
        expected="a tax code with at least one authority for that state",
        next_step=next_step,
    )


def rates_differ(order: WebOrder, code: TaxCode) -> Problem:
    """The order's rates are not as many as the authorities, and not all of them have a name."""
    count = len(order.tax_rates)
    pairs = ", ".join("/".join(pair) for pair in code.authorities)
    shown = "; ".join(_described(rate) for rate in order.tax_rates) or "none"
    example = next((rate for rate in order.tax_rates if rate.code or rate.label), None)
    name = (example.code or example.label) if example else "US-FL-STATE-1"
    auth_cod, rul_cod = code.authorities[0]
    return Problem(
        code="TAX_RATES",
        field="tax_lines",
        found=f"{count} tax rates in the store: {shown}",
        expected=f"as many as tax code {code.tax_cod} has authorities ({pairs}), or a line in "
        "[tax.rates] for every rate",
        next_step=f'say in [tax.rates] which authority each rate is, such as "{name}" = '
        f'["{auth_cod}", "{rul_cod}"]; authorities without a rate on the order get nothing; '
        "then replay",
        arithmetic=_arithmetic(order),
    )


def foreign_rate(rate: RateTax, pair: tuple[str, str], code: TaxCode) -> Problem:
    """A rate is named after an authority that the order's tax code does not have."""
    pairs = ", ".join("/".join(each) for each in code.authorities)
    return Problem(
        code="TAX_RATES",
        field="tax_lines",
        found=f"{_described(rate)}, which [tax.rates] gives to {'/'.join(pair)}",
        expected=f"an authority of tax code {code.tax_cod}: {pairs}",
        next_step=f"add the authority to {code.tax_cod} in [tax.authorities], give the state "
        "another code in [tax.by_state], or correct [tax.rates]; then replay",
    )


def _described(rate: RateTax) -> str:
    label = f" ({rate.label})" if rate.label and rate.code else rate.label
    return f"{rate.code}{label} {money_text(rate.total)}".strip()


def _arithmetic(order: WebOrder) -> str:
    parts = " + ".join(money_text(rate.total) for rate in order.tax_rates)
    return f"{parts} = tax {money_text(order.total_tax)}" if parts else ""
