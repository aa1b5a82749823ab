"""The product families of the invented retailer: what is written by hand about its items.

Belongs here: units, prices and names of each family, and the few items outside every family. Does
not: how many items there are and which peculiarity each has (catalogue.py).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple


class Unit(NamedTuple):
    """An alternate unit: one of it is `numer`/`denom` stocking units."""

    name: str
    numer: int
    denom: int = 1


@dataclass(frozen=True, slots=True)
class Family:
    """Items that differ by size only. `text` names item n; sizes are in inches."""

    prefix: str
    category: str
    text: str
    stock_unit: str
    alternates: tuple[Unit, ...]
    price_decimals: int
    quantity_decimals: int
    first_price: Decimal
    step: Decimal

    def describe(self, number: int) -> str:
        """The description of item `number`, at most 30 characters (T_DESCR)."""
        return self.text.format(a=4 + number % 20, b=6 + number % 14, n=number)


@dataclass(frozen=True, slots=True)
class Oddity:
    """An item outside the families. `kind` is ITEM_TYP, `tracking` TRK_METH."""

    item_no: str
    category: str
    text: str
    price: Decimal
    kind: str = "I"
    tracking: str = "N"
    on_web: bool = True


def _family(
    prefix: str,
    category: str,
    text: str,
    stock_unit: str,
    alternates: tuple[Unit, ...],
    prices: tuple[str, str],
    decimals: tuple[int, int] = (2, 0),
) -> Family:
    first, step = (Decimal(price) for price in prices)
    return Family(prefix, category, text, stock_unit, alternates, *decimals, first, step)


FAMILIES: Final = (
    _family(
        "CB",
        "BOXES",
        'Box {a}" x {b}" x 4" RSC {n}',
        "EA",
        (Unit("BD", 25), Unit("PL", 500)),
        ("0.8425", "0.1375"),
        (4, 0),
    ),
    _family("PB", "BAGS", 'Poly bag {a}" x {b}" {n}', "PK", (Unit("CT", 10),), ("6.35", "0.85")),
    _family("TP", "TAPE", 'Tape {a}" x 110 yd {n}', "RL", (Unit("CT", 36),), ("2.79", "0.44")),
    _family(
        "ML",
        "MAILERS",
        'Mailer {a}" x {b}" {n}',
        "EA",
        (Unit("CT", 100),),
        ("0.2175", "0.0365"),
        (4, 0),
    ),
    _family(
        "PR",
        "PAPER",
        'Paper 8.5" x 11" {a}pt {n}',
        "RM",
        (Unit("CT", 10), Unit("PL", 400)),
        ("5.15", "0.65"),
    ),
    _family("OF", "OFFICE", "Marker No. {n}", "DZ", (Unit("EA", 1, 12),), ("9.48", "1.08"), (2, 2)),
    _family("LB", "LABELS", 'Label {a}" x {b}" {n}', "RL", (Unit("CT", 12),), ("7.20", "0.90")),
    _family("SW", "WRAP", 'Wrap {b}" x 1500 ft {n}', "RL", (Unit("CS", 4),), ("14.75", "1.60")),
    _family(
        "FS", "FOODSERV", "Cup {a} oz {n}", "CS", (Unit("SL", 1, 20),), ("38.60", "2.20"), (2, 2)
    ),
    _family(
        "RP",
        "ROLLS",
        'Kraft {a}" per foot {n}',
        "FT",
        (Unit("RL", 500),),
        ("0.0845", "0.0115"),
        (4, 2),
    ),
)

# "OF-1004-CASE" ends like a unit suffix and is an item all the same.
ODDITIES: Final = (
    Oddity("OF-1004-CASE", "OFFICE", "Carrying case for markers", Decimal("18.40")),
    Oddity("PRINT-SETUP", "SERVICES", "Printing plate set-up", Decimal("45.00"), kind="N"),
    Oddity("GIFT-WRAP", "SERVICES", "Gift wrapping", Decimal("3.25"), kind="S"),
    Oddity("PJ-9001", "EQUIPMENT", "Pallet jack 5500 lb", Decimal("389.00"), tracking="S"),
    Oddity("AP-7700", "EQUIPMENT", "Apron", Decimal("11.60"), tracking="G", on_web=False),
)

# What a suffix of a web SKU means; the same table stands in the sandbox's woocp.toml.
SUFFIXES: Final = {
    "CARTON": "CT",
    "CASE": "CS",
    "BUNDLE": "BD",
    "PALLET": "PL",
    "SLEEVE": "SL",
    "ROLL": "RL",
    "EA": "EA",
}
