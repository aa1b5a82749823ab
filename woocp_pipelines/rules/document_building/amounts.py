"""The amounts of a booking, each computed once and used by every table (CP §4.3 to §4.5).

SUB_TOT + TOT_MISC + TAX_AMT = TOT = what the customer paid, to the cent (CP §4.9). Belongs here:
how the order's total is met. One line's prices: line_money.py; where the tax goes: tax.py.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.document_building.inputs import Booking, Place
from woocp_pipelines.rules.document_building.line_money import LineMoney, line_money
from woocp_pipelines.rules.document_building.tax import (
    AuthorityTax,
    authority_taxes,
    tax_moved,
    tax_shares,
)
from woocp_pipelines.rules.money import ZERO, split_cents
from woocp_pipelines.rules.order_checks import goods_correction
from woocp_pipelines.rules.web_order import WebCharge, WebOrder


@dataclass(frozen=True, slots=True)
class MiscCharge:
    """Shipping or fees in one misc charge slot, the tax on it, and what it consists of."""

    amount: Decimal = ZERO
    tax: Decimal = ZERO
    charges: tuple[WebCharge, ...] = ()


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of one order. `lines` and `line_tax` follow the order of the lines.

    `misc` by slot; `authorities` follows the tax code. `deposit` is what was paid, zero for an
    unpaid order. `cent_moved` says that a cent of the goods was placed by us, `tax_moved` that the
    tax of the authorities is not that of the store's rates.
    """

    lines: tuple[LineMoney, ...]
    line_tax: tuple[Decimal, ...]
    misc: Mapping[int, MiscCharge]
    authorities: tuple[AuthorityTax, ...]
    sub_tot: Decimal
    tot_misc: Decimal
    tax_amt: Decimal
    tot: Decimal
    ext_cost: Decimal
    deposit: Decimal
    cent_moved: bool
    tax_moved: bool


def compute_amounts(order: WebOrder, booking: Booking, place: Place) -> Amounts:
    """Compute all amounts of a booking.

    Raises:
        RefusedError: NO_TAX_AUTHORITY or TAX_RATES, the order's tax cannot be placed.
    """
    correction = goods_correction(order)
    lines = tuple(
        line_money(line, ext_prc, booking.calc_prices.get(line.web.line_id))
        for line, ext_prc in zip(booking.lines, line_extensions(order, correction), strict=True)
    )
    line_tax, misc = _with_tax(order, _charges_by_slot(order, place), place)
    authorities = authority_taxes(order, booking.tax)
    sub_tot = sum((line.ext_prc for line in lines), ZERO)
    tot_misc = sum((charge.amount for charge in misc.values()), ZERO)
    return Amounts(
        lines=lines,
        line_tax=tuple(line_tax),
        misc=misc,
        authorities=authorities,
        sub_tot=sub_tot,
        tot_misc=tot_misc,
        tax_amt=order.total_tax,
        tot=sub_tot + tot_misc + order.total_tax,
        ext_cost=sum((line.ext_cost for line in lines), ZERO),
        deposit=order.total if booking.pay else ZERO,
        cent_moved=correction != ZERO,
        tax_moved=tax_moved(order, authorities),
    )


def line_extensions(order: WebOrder, correction: Decimal) -> list[Decimal]:
    """EXT_PRC of each line: its total, less its share of the negative fees (CP §4.3).

    A cent that WooCommerce's own rounding left over stands on the largest line.
    """
    totals = [line.total for line in order.lines]
    shares = split_cents(order.discount_fee_total, totals)
    folded = [total - share for total, share in zip(totals, shares, strict=True)]
    if correction != ZERO:
        folded[folded.index(max(folded))] += correction
    return folded


def _charges_by_slot(order: WebOrder, place: Place) -> dict[int, tuple[WebCharge, ...]]:
    # Slot 1 exists on every native order and ticket, also with nothing in it (CP §1.8).
    charges: dict[int, tuple[WebCharge, ...]] = defaultdict(tuple, {1: ()})
    charges[place.documents.shipping_slot] += order.shipping_lines
    if order.fees:
        charges[place.documents.fee_slot] += order.fees
    return charges


def _with_tax(
    order: WebOrder, charges: Mapping[int, tuple[WebCharge, ...]], place: Place
) -> tuple[list[Decimal], dict[int, MiscCharge]]:
    """The tax of every line, and every slot with its amount and tax."""
    slots = sorted(charges)
    line_tax, slot_tax = tax_shares(
        order.total_tax,
        [line.total_tax for line in order.lines],
        [sum((charge.total_tax for charge in charges[slot]), ZERO) for slot in slots],
        sum((fee.total_tax for fee in order.discounts), ZERO),
    )
    return line_tax, {
        slot: MiscCharge(_slot_amount(order, place, slot), tax, charges[slot])
        for slot, tax in zip(slots, slot_tax, strict=True)
    }


def _slot_amount(order: WebOrder, place: Place, slot: int) -> Decimal:
    """What stands in a slot: shipping as the order's own total has it (CP §4.4), and fees."""
    shipping = order.shipping_total if slot == place.documents.shipping_slot else ZERO
    fees = sum((fee.total for fee in order.fees), ZERO)
    return shipping + (fees if slot == place.documents.fee_slot else ZERO)
