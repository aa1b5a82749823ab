"""The amounts of a booking, each computed once and used by every table (CP §4.3 to §4.5).

SUB_TOT + TOT_MISC + TAX_AMT = TOT = what the customer paid, to the cent (CP §4.9).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.document_building.inputs import Booking, Place, TaxCode
from woocp_pipelines.rules.money import ZERO, split_cents
from woocp_pipelines.rules.order_checks import goods_correction
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.web_order import WebCharge, WebOrder


@dataclass(frozen=True, slots=True)
class MiscCharge:
    """Shipping or fees in one misc charge slot, and the tax on it."""

    amount: Decimal = ZERO
    tax: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of one order. `ext_prc` and `line_tax` follow the order of the lines.

    `misc` by slot; `authority_tax` follows the authorities of the tax code. `deposit` is what was
    paid, zero for an unpaid order. `cent_moved` says that a cent of the goods was placed by us,
    `tax_moved` that the tax of the authorities is not that of the store's rates.
    """

    ext_prc: tuple[Decimal, ...]
    line_tax: tuple[Decimal, ...]
    misc: Mapping[int, MiscCharge]
    authority_tax: tuple[Decimal, ...]
    sub_tot: Decimal
    tot_misc: Decimal
    tax_amt: Decimal
    tot: Decimal
    deposit: Decimal
    cent_moved: bool
    tax_moved: bool


def compute_amounts(order: WebOrder, booking: Booking, place: Place) -> Amounts:
    """Compute all amounts of a booking.

    Raises:
        RefusedError: NO_TAX_AUTHORITY, the order has tax that no tax code can take.
    """
    correction = goods_correction(order)
    ext_prc = _with_cent_on_largest([line.total for line in order.lines], correction)
    charges = _charges_by_slot(order, place)
    slots = sorted(charges)
    taxes = [line.total_tax for line in order.lines]
    taxes += [sum((charge.total_tax for charge in charges[slot]), ZERO) for slot in slots]
    shares = split_cents(order.total_tax, taxes) if order.total_tax else [ZERO for _ in taxes]
    line_tax, slot_tax = shares[: len(order.lines)], shares[len(order.lines) :]
    misc = {
        slot: MiscCharge(_slot_amount(order, place, slot), tax)
        for slot, tax in zip(slots, slot_tax, strict=True)
    }
    authority_tax = _authority_tax(order, booking.tax)
    sub_tot = sum(ext_prc, ZERO)
    tot_misc = sum((charge.amount for charge in misc.values()), ZERO)
    return Amounts(
        ext_prc=tuple(ext_prc),
        line_tax=tuple(line_tax),
        misc=misc,
        authority_tax=authority_tax,
        sub_tot=sub_tot,
        tot_misc=tot_misc,
        tax_amt=order.total_tax,
        tot=sub_tot + tot_misc + order.total_tax,
        deposit=order.total if booking.pay else ZERO,
        cent_moved=correction != ZERO,
        tax_moved=_tax_moved(order, authority_tax),
    )


def _with_cent_on_largest(totals: list[Decimal], correction: Decimal) -> list[Decimal]:
    if correction == ZERO:
        return totals
    largest = max(range(len(totals)), key=lambda index: totals[index])
    return [total + correction if index == largest else total for index, total in enumerate(totals)]


def _charges_by_slot(order: WebOrder, place: Place) -> dict[int, list[WebCharge]]:
    # Slot 1 exists on every native order and ticket, also with nothing in it (CP §1.8).
    charges: dict[int, list[WebCharge]] = defaultdict(list, {1: []})
    charges[place.documents.shipping_slot] += order.shipping_lines
    if order.fee_lines:
        charges[place.documents.fee_slot] += order.fee_lines
    return charges


def _slot_amount(order: WebOrder, place: Place, slot: int) -> Decimal:
    """What stands in a slot: shipping as the order's own total has it (CP §4.4), and fees."""
    shipping = order.shipping_total if slot == place.documents.shipping_slot else ZERO
    return shipping + (order.fee_total if slot == place.documents.fee_slot else ZERO)


def _authority_tax(order: WebOrder, tax: TaxCode | None) -> tuple[Decimal, ...]:
    """Tax of each authority: WooCommerce's rates in their order, the odd cent on the largest."""
    authorities = tax.authorities if tax else ()
    if not authorities:
        if order.total_tax == ZERO:
            return ()
        raise RefusedError(_no_authority(order, tax))
    if len(authorities) == 1:
        return (order.total_tax,)
    rates = [rate.total for rate in order.tax_rates]
    if order.total_tax == ZERO:
        return tuple(ZERO for _ in authorities)
    if len(rates) != len(authorities):
        raise RefusedError(_rates_differ(order, tax))
    return tuple(split_cents(order.total_tax, rates))


def _tax_moved(order: WebOrder, authority_tax: tuple[Decimal, ...]) -> bool:
    several = len(authority_tax) > 1
    return several and order.total_tax != sum((rate.total for rate in order.tax_rates), ZERO)


def _no_authority(order: WebOrder, tax: TaxCode | None) -> Problem:
    state = str(order.ship_to.get("state") or "")
    return Problem(
        code="NO_TAX_AUTHORITY",
        field="total_tax",
        found=f"tax {order.total_tax}, ship-to state {state!r}, tax code {tax and tax.tax_cod!r}",
        expected="a tax code with at least one authority for that state",
        next_step="add the state to [tax.by_state] and its code to [tax.authorities], then replay",
    )


def _rates_differ(order: WebOrder, tax: TaxCode | None) -> Problem:
    return Problem(
        code="TAX_RATES",
        field="tax_lines",
        found=f"{len(order.tax_rates)} tax rates in the store",
        expected=f"as many as tax code {tax and tax.tax_cod} has authorities",
        next_step="give the tax code the authorities that the store charges, or correct the "
        "store's rates, then replay",
    )
