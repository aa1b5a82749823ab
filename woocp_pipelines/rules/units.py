"""What a web SKU is in Counterpoint: an item and one of its selling units.

Belongs here: resolving SKUs (CP §3.3) and converting between selling and stocking units (CP §1.4).
Does not: reading items or the product map (counterpoint/), prices per unit (CP §4.6).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from woocp_pipelines.rules.money import unit_price
from woocp_pipelines.rules.problems import Problem

STOCKING: Final = "0"
# IM_BARCOD.UNIT and other flags of Counterpoint say "none" with an exclamation mark (CP §0.4).
_NO_UNIT: Final = "!"
# Quantities are decimal(15,4).
_STORED: Final = 10_000
# Suffixes that the retailer's shop has used (CP §3.3). Only settings give them a meaning; here
# they tell an SKU with an unset suffix from an SKU that nobody knows.
_USUAL_SUFFIXES: Final = frozenset(
    [
        "PACKAGE",
        "PK",
        "BOX",
        "BX",
        "EACH",
        "EA",
        "CARTON",
        "CT",
        "PALLET",
        "PL",
        "TON",
        "CASE",
        "CS",
    ]
)


@dataclass(frozen=True, slots=True)
class SellingUnit:
    """One unit of an item: `code` '0' (stocking) or '1' to '5'; 1 of it is numer/denom stocked."""

    code: str
    name: str
    numer: Decimal
    denom: Decimal

    @classmethod
    def of(
        cls, code: str, name: str | None, numer: Decimal | None, denom: Decimal | None
    ) -> "SellingUnit":
        """The unit of a slot ALT_n_UNIT, _NUMER and _DENOM, of which any may be NULL."""
        return cls(code, (name or "").strip(), numer or Decimal(0), denom or Decimal(0))

    @property
    def usable(self) -> bool:
        """False for the empty slots of IM_ITEM and for factors that cannot be divided by."""
        return bool(self.name) and self.numer > 0 and self.denom > 0


@dataclass(frozen=True, slots=True)
class SellableItem:
    """An item with its stocking unit and its alternate units (CP §1.4: ALT_1 to ALT_5)."""

    item_no: str
    stk_unit: str
    alternates: tuple[SellingUnit, ...] = ()

    @property
    def units(self) -> tuple[SellingUnit, ...]:
        """The units in which the item can be sold, the stocking unit first."""
        one = Decimal(1)
        stocking = SellingUnit(STOCKING, self.stk_unit, one, one)
        return (stocking, *(unit for unit in self.alternates if unit.usable))

    def unit(self, code: str) -> SellingUnit | None:
        """The unit of a SELL_UNIT code, or None when the item has none of that code."""
        return next((unit for unit in self.units if unit.code == code), None)


@dataclass(frozen=True, slots=True)
class SoldAs:
    """ITEM_NO and SELL_UNIT: what a line of a web order, or a product of the store, stands for."""

    item_no: str
    sell_unit: str = STOCKING


def sku_key(sku: str | None) -> str:
    """The form in which SKUs, item numbers and barcodes are compared: trimmed, upper case."""
    return (sku or "").strip().upper()


def resolve_sku(
    sku: str | None,
    *,
    items_by_no: Mapping[str, SellableItem],
    mapped: SoldAs | None,
    suffixes: Mapping[str, str],
    barcodes: Mapping[str, Sequence[SoldAs]],
) -> SoldAs | Problem:
    """Find item and selling unit of an SKU, in the order of CP §3.3; nothing is ever guessed.

    Exact item number, product map, suffix that the item has as a unit, barcode. An item number
    that ends like a suffix is itself, since the exact match comes first (CP §6.3 bug 21).

    Args:
        sku: as the store shows it; case and outer blanks do not count.
        items_by_no: items by `sku_key(ITEM_NO)`.
        mapped: what the product map says of the variation's or else the product's id.
        suffixes: `units.suffixes` of the settings, such as CARTON to CT.
        barcodes: by `sku_key(BARCOD)`; a UNIT of '!' means the stocking unit.

    Returns:
        The answer, or a Problem NO_SKU, SKU_NOT_FOUND or UNIT_UNKNOWN.
    """
    key = sku_key(sku)
    if not key:
        return _no_sku()
    exact = items_by_no.get(key)
    if exact is not None:
        return SoldAs(exact.item_no)
    if mapped is not None and sells(items_by_no, mapped):
        return mapped
    by_suffix = _by_suffix(key, items_by_no, suffixes)
    if isinstance(by_suffix, SoldAs):
        return by_suffix
    return _by_barcode(key, items_by_no, barcodes.get(key, ())) or by_suffix or _not_found(key)


def stocking_quantity(quantity: Decimal, numer: Decimal, denom: Decimal) -> Decimal:
    """Selling units in stocking units, at Counterpoint's four decimals (CP §1.5.1).

    One of a dozen is 0.0833 of it: the tills sell such units, too (CP §4.6).
    """
    return unit_price(quantity * numer / denom)


def selling_quantity(stock: Decimal, numer: Decimal, denom: Decimal) -> int:
    """Whole selling units that a stocking quantity makes: floored, never rounded up (CP §3.4).

    Of a dozen less two, which Counterpoint keeps as 0.8333, ten are left and not nine: the stock
    is just what ten of them are stored as.
    """
    units = math.floor(Fraction(stock) * Fraction(denom) / Fraction(numer))
    can_be_told_apart = numer * _STORED >= denom
    if can_be_told_apart and stocking_quantity(Decimal(units + 1), numer, denom) == stock:
        return units + 1
    return units


def sells(items_by_no: Mapping[str, SellableItem], sold: SoldAs) -> bool:
    """Whether the item is among these, by `sku_key(ITEM_NO)`, and has the unit."""
    item = items_by_no.get(sku_key(sold.item_no))
    return item is not None and item.unit(sold.sell_unit) is not None


def _by_suffix(
    key: str, items_by_no: Mapping[str, SellableItem], suffixes: Mapping[str, str]
) -> SoldAs | Problem | None:
    base, dash, suffix = key.rpartition("-")
    item = items_by_no.get(base) if dash else None
    if item is None:
        return None
    meanings = {sku_key(name): sku_key(unit) for name, unit in suffixes.items()}
    if suffix not in meanings:
        return _unset_suffix(key, suffix) if suffix in _USUAL_SUFFIXES else None
    units = [unit for unit in item.units if sku_key(unit.name) == meanings[suffix]]
    if units and len({unit.numer / unit.denom for unit in units}) == 1:
        return SoldAs(item.item_no, units[0].code)
    return _no_such_unit(key, item, meanings[suffix])


def _by_barcode(
    key: str, items_by_no: Mapping[str, SellableItem], found: Sequence[SoldAs]
) -> SoldAs | Problem | None:
    """One barcode, one meaning: several items or units behind it are no answer."""
    meanings = {
        SoldAs(sold.item_no, STOCKING if sold.sell_unit in ("", _NO_UNIT) else sold.sell_unit)
        for sold in found
        if sku_key(sold.item_no) in items_by_no
    }
    if not meanings:
        return None
    if len(meanings) > 1:
        return _ambiguous_barcode(key, meanings)
    sold = meanings.pop()
    if sells(items_by_no, sold):
        return sold
    return _no_such_unit(key, items_by_no[sku_key(sold.item_no)], f"code {sold.sell_unit}")


def _no_sku() -> Problem:
    return Problem(
        code="NO_SKU",
        field="sku",
        found="no SKU",
        expected="the item number of a Counterpoint item",
        next_step="give the product its SKU in the store",
    )


def _not_found(key: str) -> Problem:
    return Problem(
        code="SKU_NOT_FOUND",
        field="sku",
        found=repr(key),
        expected="an item number, a mapped product, an item with a unit suffix, or a barcode",
        next_step="correct the SKU in the store, or add the item in Counterpoint, or map the "
        "product in USER_PRODUCT_MAP",
    )


def _unset_suffix(key: str, suffix: str) -> Problem:
    return Problem(
        code="UNIT_UNKNOWN",
        field="sku",
        found=repr(key),
        expected=f"a setting units.suffixes.{suffix} that names the unit",
        next_step=f'add {suffix} = "…" to [units.suffixes], or correct the SKU in the store',
    )


def _no_such_unit(key: str, item: SellableItem, unit: str) -> Problem:
    has = ", ".join(f"{one.name} ({one.code})" for one in item.units)
    return Problem(
        code="UNIT_UNKNOWN",
        field="sku",
        found=f"{key!r}: unit {unit}",
        expected=f"one unit of item {item.item_no}: {has}",
        next_step="add the unit to the item in Counterpoint, or correct the SKU in the store",
    )


def _ambiguous_barcode(key: str, meanings: set[SoldAs]) -> Problem:
    items = ", ".join(sorted(f"{sold.item_no} unit {sold.sell_unit}" for sold in meanings))
    return Problem(
        code="SKU_NOT_FOUND",
        field="sku",
        found=f"barcode {key} of {items}",
        expected="a barcode of one item and unit",
        next_step="give the product the item number as its SKU, or map it in USER_PRODUCT_MAP",
    )
