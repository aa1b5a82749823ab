"""What one line costs: unit prices, extensions and costs per selling unit (CP §4.2, §4.6).

Belongs here: the arithmetic of a line. Does not: how the order's total is met (amounts.py), and
the columns that these amounts stand in (lines.py, price_rows.py).
"""

from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.document_building.inputs import (
    CatalogueItem,
    CounterpointPrice,
    ResolvedLine,
    UnitPrices,
)
from woocp_pipelines.rules.money import CENT, ZERO, cents, unit_price
from woocp_pipelines.rules.units import STOCKING, SellingUnit


@dataclass(frozen=True, slots=True)
class LineMoney:
    """Unit prices and costs of one line, per selling unit; `ext_*` for the whole line.

    `rounded` says that no unit price of four decimals gives the extension back to the cent.
    """

    prc: Decimal
    calc_prc: Decimal
    prices: UnitPrices
    unit_cost: Decimal
    ext_prc: Decimal
    calc_ext_prc: Decimal
    ext_cost: Decimal
    rounded: bool

    @property
    def overridden(self) -> bool:
        """The web price is not what Counterpoint would charge (CP §4.2 rule 5)."""
        return self.prc != self.calc_prc


def line_money(
    line: ResolvedLine, ext_prc: Decimal, calculated: CounterpointPrice | None
) -> LineMoney:
    """Prices and costs of a line; without a price of Counterpoint's the web's stands for it.

    EXT_PRC is what was charged and always wins. PRC holds four decimals, so from 200 units on
    PRC x QTY can be more than a cent away from it (CP §4.2 rule 2): the order is paid, so it is
    booked and its note says so.
    """
    qty = line.web.quantity
    prc = unit_price(ext_prc / qty)
    unit_cost = _unit_cost(line.item, line.unit)
    return LineMoney(
        prc=prc,
        calc_prc=prc if calculated is None else calculated.unit_price,
        prices=_prices(line.item, line.unit),
        unit_cost=unit_cost,
        ext_prc=ext_prc,
        calc_ext_prc=ext_prc if calculated is None else calculated.extended,
        ext_cost=cents(unit_cost * qty),
        rounded=abs(cents(prc * qty) - ext_prc) > CENT,
    )


def _unit_cost(item: CatalogueItem, unit: SellingUnit) -> Decimal:
    if item.cost is None:
        return ZERO
    return unit_price(item.cost.average * unit.numer / unit.denom)


def _prices(item: CatalogueItem, unit: SellingUnit) -> UnitPrices:
    """Prices per selling unit; a blank alternate price follows the stocking unit's (CP §4.6)."""
    stocking = item.prices.get(STOCKING, UnitPrices(None, None))
    own = item.prices.get(unit.code, UnitPrices(None, None))
    prc_1 = own.prc_1
    if prc_1 is None and stocking.prc_1 is not None:
        prc_1 = unit_price(stocking.prc_1 * unit.numer / unit.denom)
    reg_prc = own.reg_prc
    if reg_prc is None and unit.code != STOCKING and own.prc_1 is None:
        base = stocking.reg_prc
        reg_prc = None if base is None else unit_price(base * unit.numer / unit.denom)
    return UnitPrices(prc_1, prc_1 if reg_prc is None else reg_prc)
