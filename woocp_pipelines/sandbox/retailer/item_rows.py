"""Rows of the item tables: IM_ITEM, IM_INV, IM_PRC, IM_BARCOD and their codes.

Belongs here: how an item of the catalogue looks in Counterpoint (CP §1.4, §1.5, §1.17, §1.21).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from woocp_pipelines.rules.money import ZERO, cents, round_to
from woocp_pipelines.sandbox.retailer.catalogue import ItemSeed
from woocp_pipelines.sandbox.retailer.codes import LOCATION, OVERFLOW, USER

Row = dict[str, Any]
_CATEGORY_NAMES: Final = {
    "BOXES": "Corrugated boxes",
    "BAGS": "Poly bags",
    "TAPE": "Tape",
    "MAILERS": "Mailers",
    "PAPER": "Paper",
    "OFFICE": "Office supplies",
    "LABELS": "Labels",
    "WRAP": "Stretch wrap",
    "FOODSERV": "Food service",
    "ROLLS": "Roll goods",
    "SERVICES": "Services",
    "EQUIPMENT": "Equipment",
}
_APRON_SIZES: Final = ("S", "M", "L")
_OVERFLOW_EVERY: Final = 9
_LEVELS: Final = {2: Decimal("0.95"), 3: Decimal("0.9")}


def item_tables(catalogue: Sequence[ItemSeed], now: datetime) -> dict[str, list[Row]]:
    """All rows of the item tables by table name; `now` is store-local."""
    stocked = [item for item in catalogue if item.kind == "I"]
    gridded = [item for item in stocked if item.tracking == "G"]
    serial = [item for item in stocked if item.tracking == "S"]
    return {
        "IM_CATEG_COD": [
            {"CATEG_COD": code, "DESCR": name} for code, name in _CATEGORY_NAMES.items()
        ],
        "IM_ITEM": [_item(item, now) for item in catalogue],
        "IM_INV": [row for item in stocked for row in _stock(item, now)],
        "IM_PRC": [_prices(item) for item in catalogue],
        "IM_BARCOD": [row for item in catalogue for row in _barcodes(item)],
        "IM_GRID_DIM_1": [
            {"ITEM_NO": item.item_no, "DIM_1_UPR": size, "DIM_1": size, "DIM_1_SEQ_NO": number}
            for item in gridded
            for number, size in enumerate(_APRON_SIZES, start=1)
        ],
        "IM_INV_CELL": [_cell(item, size) for item in gridded for size in _APRON_SIZES],
        "IM_SER": [_serial(item, number) for item in serial for number in range(int(item.on_hand))],
        "IM_CTL": [{"KEY_ID": 1, "PRC_ROUND_METH": "N", "PRC_LVLS": 6, "USE_MULTI_LOC_PRCS": "N"}],
    }


def barcode_of(item: ItemSeed, unit: int) -> str:
    """The invented barcode of an item in one of its units: letters, so that it is nobody's."""
    return f"TC{item.item_no.replace('-', '')}{unit}"


def _item(item: ItemSeed, now: datetime) -> Row:
    return {
        "ITEM_NO": item.item_no,
        "DESCR": item.text,
        "DESCR_UPR": item.text.upper(),
        "ITEM_TYP": item.kind,
        "CATEG_COD": item.category,
        "TRK_METH": item.tracking,
        "STAT": item.status,
        "IS_TXBL": "Y",
        "QTY_DECS": item.quantity_decimals,
        "PRC_DECS": item.price_decimals,
        "STK_UNIT": item.stock_unit,
        "PREF_UNIT": "0",
        "PRC_1": item.price,
        "REG_PRC": item.regular,
        "BARCOD": barcode_of(item, 0),
        "WEIGHT": Decimal("1.25"),
        "CUBE": Decimal("0.5"),
        "IS_ECOMM_ITEM": "Y" if item.on_web else "N",
        "IS_DISCNTBL": "Y",
        "PROF_COD_1": _grade(item),
        "LST_COST": item.cost,
        "LST_MAINT_DT": now,
        "LST_MAINT_USR_ID": USER,
        "RS_STAT": 0,
        **_alternates(item),
    }


def _grade(item: ItemSeed) -> str:
    """The item profile that price rules ask for."""
    return ("ECONOMY", "STANDARD", "HEAVY DUTY")[item.number % 3]


def _alternates(item: ItemSeed) -> Row:
    row: Row = {}
    for slot in range(1, 6):
        has = slot <= len(item.alternates)
        unit = item.alternates[slot - 1] if has else None
        row[f"ALT_{slot}_UNIT"] = unit and unit.name
        row[f"ALT_{slot}_NUMER"] = unit and Decimal(unit.numer)
        row[f"ALT_{slot}_DENOM"] = unit and Decimal(unit.denom)
        row[f"ALT_{slot}_PRC_1"] = item.alternate_prices[slot - 1] if has else None
        row[f"ALT_{slot}_REG_PRC"] = item.alternate_prices[slot - 1] if has else None
    return row


def _prices(item: ItemSeed) -> Row:
    """Prices exist for the whole company only, location '*' (CP §1.17)."""
    levels = {
        f"PRC_{level}": round_to(item.price * share, item.price_decimals)
        for level, share in _LEVELS.items()
    }
    own = {
        f"ALT_{slot}_{name}": item.alternate_prices[slot - 1]
        if slot <= len(item.alternates)
        else None
        for slot in range(1, 6)
        for name in ("PRC_1", "REG_PRC")
    }
    return {
        "ITEM_NO": item.item_no,
        "LOC_ID": "*",
        "DIM_1_UPR": "*",
        "DIM_2_UPR": "*",
        "DIM_3_UPR": "*",
        "REG_PRC": item.regular,
        "PRC_1": item.price,
        **levels,
        **own,
    }


def _stock(item: ItemSeed, now: datetime) -> Iterable[Row]:
    yield _stock_row(item, LOCATION, item.on_hand, item.committed, now)
    # Goods of the overflow warehouse are not offered on the web: only LOCATION is published.
    if item.number and item.number % _OVERFLOW_EVERY == 0:
        yield _stock_row(item, OVERFLOW, Decimal(40 + item.number), ZERO, now)


def _stock_row(
    item: ItemSeed, location: str, on_hand: Decimal, committed: Decimal, now: datetime
) -> Row:
    return {
        "ITEM_NO": item.item_no,
        "LOC_ID": location,
        "QTY_ON_HND": on_hand,
        "QTY_COMMIT": committed,
        "QTY_ON_ORD": committed,
        "GL_VAL": cents(max(on_hand, ZERO) * item.cost),
        "LST_AVG_COST": item.cost,
        "LST_COST": item.cost,
        "STD_COST": item.cost,
        "LST_MAINT_DT": now,
        "LST_MAINT_USR_ID": USER,
    }


def _barcodes(item: ItemSeed) -> Iterable[Row]:
    for unit in range(len(item.alternates) + 1):
        yield {
            "ITEM_NO": item.item_no,
            "SEQ_NO": unit + 1,
            "BARCOD": barcode_of(item, unit),
            "UNIT": str(unit) if unit else "!",
        }


def _cell(item: ItemSeed, size: str) -> Row:
    return {
        "ITEM_NO": item.item_no,
        "LOC_ID": LOCATION,
        "DIM_1_UPR": size,
        "DIM_2_UPR": "*",
        "DIM_3_UPR": "*",
        "QTY_ON_HND": item.on_hand / len(_APRON_SIZES),
    }


def _serial(item: ItemSeed, number: int) -> Row:
    return {
        "ITEM_NO": item.item_no,
        "SER_NO": f"TC-{number + 1:05d}",
        "LOC_ID": LOCATION,
        "STAT": "A",
    }
