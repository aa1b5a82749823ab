"""PS_DOC_TAX: what each authority takes, and of what (CP §1.13).

Taxable is what the authority taxes: the store says so per line and rate, so that freight taxed by
the state alone is not reported to the county, and a cent's worth of goods is, though its tax rounds
to nothing.
"""

from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.rules.document_building.amounts import Amounts, MiscCharge
from woocp_pipelines.rules.document_building.inputs import Booking
from woocp_pipelines.rules.document_building.kinds import Kind
from woocp_pipelines.rules.document_building.tax import AuthorityTax
from woocp_pipelines.rules.money import ZERO, unit_price
from woocp_pipelines.rules.web_order import WebCharge, WebLine

Row = dict[str, Any]
_SLOTS: Final = (1, 2, 3, 4, 5)


def tax_rows(booking: Booking, amounts: Amounts, kind: Kind) -> list[Row]:
    """One row per authority of the tax code; none on deposit tickets."""
    if not kind.sells:
        return []
    return [_row(booking, amounts, kind, authority) for authority in amounts.authorities]


def _row(booking: Booking, amounts: Amounts, kind: Kind, authority: AuthorityTax) -> Row:
    auth_cod, rul_cod = authority.pair
    taxed = [
        (line, money.ext_prc)
        for line, money, tax in zip(booking.lines, amounts.lines, amounts.line_tax, strict=True)
        if _is_taxed(line.web, tax, authority)
    ]
    goods = sum((ext_prc for _, ext_prc in taxed), ZERO)
    charges = {slot: _taxed_charge(amounts.misc.get(slot), authority) for slot in _SLOTS}
    return {
        "DOC_ID": kind.doc_id,
        "AUTH_COD": auth_cod,
        "RUL_COD": rul_cod,
        "TAX_DOC_PART": kind.part,
        "LIN_AMT": amounts.sub_tot,
        "TXBL_LIN_AMT": goods,
        **{f"TXBL_MISC_CHG_AMT_{slot}": amount for slot, amount in charges.items()},
        "TXBL_GFC_AMT": ZERO,
        "TXBL_SVC_AMT": ZERO,
        "TXBL_TAX_AMT": ZERO,
        "TXBL_QTY": sum((line.stocking_qty for line, _ in taxed), ZERO),
        "TAX_AMT": authority.tax,
        "NORM_TAX_AMT": authority.tax,
        "TAX_AMT_EXACT": unit_price(authority.tax),
        "NORM_TAX_AMT_EXACT": unit_price(authority.tax),
        "TOT_TXBL_AMT": goods + sum(charges.values(), ZERO),
    }


def _taxed_charge(slot: MiscCharge | None, authority: AuthorityTax) -> Decimal:
    """What of a slot is taxable: all of it, or those of its charges that are taxed."""
    charges = [each for each in slot.charges if each.total or each.total_tax] if slot else []
    taxed = [each for each in charges if _is_taxed(each, each.total_tax, authority)]
    if slot and taxed and taxed == charges:
        # It holds the order's own shipping total, which may be a cent off its lines.
        return slot.amount
    return sum((each.total for each in taxed), ZERO)


def _is_taxed(part: WebLine | WebCharge, tax: Decimal, authority: AuthorityTax) -> bool:
    """Whether an authority taxes a line or charge; all do, where rates are not said."""
    if not part.taxes:
        return tax != ZERO
    rates = {each.rate_id for each in part.taxes}
    return authority.rate_ids is None or not rates.isdisjoint(authority.rate_ids)
