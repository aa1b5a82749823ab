"""The goods of a web order as far as its JSON can be read: what it takes from stock.

Belongs here: lines without amounts, so that an order whose amounts nobody can read keeps its goods
back all the same. Does not: reading an order to book it (order_mapping.py), which item a line is
(units.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol

from woocp_pipelines.rules.money import ZERO, NotAnAmountError, read_decimal
from woocp_pipelines.rules.units import SoldAs
from woocp_pipelines.rules.web_order import WebLine

# As in order_mapping.py: far above any order, far below what the column holds.
_TOO_MUCH: Final = Decimal(10) ** 9
_LARGEST_ID: Final = 2**63 - 1
_LISTED: Final = 5


class Goods(Protocol):
    """What a line takes from stock; a WebLine is one, too."""

    @property
    def line_id(self) -> int:
        """WooCommerce's id of the line."""
        ...

    @property
    def product_id(self) -> int:
        """0 where the product was deleted."""
        ...

    @property
    def variation_id(self) -> int:
        """0 where there is none."""
        ...

    @property
    def sku(self) -> str | None:
        """As the product shows it; None when missing."""
        ...

    @property
    def quantity(self) -> Decimal:
        """In whatever it was sold by."""
        ...

    @property
    def sold(self) -> SoldAs | None:
        """Its item at first sight; only where the store deleted its product since."""
        ...


@dataclass(frozen=True, slots=True)
class GoodsLine:
    """One line; ids are 0 where they cannot be read, `line_id` is below 0 where it cannot."""

    line_id: int
    product_id: int
    variation_id: int
    sku: str | None
    quantity: Decimal
    sold: SoldAs | None = None


@dataclass(frozen=True, slots=True)
class FirstSight:
    """What a line named when it was staged; `sold` is None where nobody knew its item."""

    product_id: int
    variation_id: int
    sku: str | None
    sold: SoldAs | None


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """Where a line stands whose goods cannot be read; `line_id` is 0 where nothing tells it."""

    path: str
    line_id: int = 0


@dataclass(frozen=True, slots=True)
class GoodsRead:
    """The lines that can be read, and those that cannot."""

    lines: tuple[GoodsLine, ...]
    unread: tuple[UnreadLine, ...] = ()

    def may_be_unread(self, line_id: int) -> bool:
        """Whether a line of an earlier reading may be one that cannot be read now."""
        if any(line.line_id == line_id for line in self.lines):
            return False
        return any(each.line_id in (0, line_id) for each in self.unread)

    def warning(self, held: Mapping[int, str]) -> str:
        """What people must know of goods that cannot be read; '' when all can.

        `held`: by line id, in words, what an earlier reading keeps back of the order.
        """
        kept = [text for line_id, text in sorted(held.items()) if self.may_be_unread(line_id)]
        lost = [
            each.path
            for each in self.unread
            if each.line_id not in held and (each.line_id or not kept)
        ]
        parts = [f"{_listed(kept)} stay kept back, as they were read last"] if kept else []
        if lost:
            parts.append(f"the goods of {', '.join(lost)} are not kept back")
        return f"; until then {', and '.join(parts)}" if parts else ""


# An order of whose lines nothing is known.
NOTHING_READ: Final = GoodsRead((), (UnreadLine("line_items"),))


def read_goods(raw: Mapping[str, Any]) -> GoodsRead:
    """Read what can be read of the lines of `GET /orders` JSON."""
    items = raw.get("line_items")
    if not isinstance(items, list):
        return NOTHING_READ
    lines: list[GoodsLine] = []
    unread: list[UnreadLine] = []
    taken: set[int] = set()
    for index, item in enumerate(items):
        line = _read(item, index, taken) if isinstance(item, dict) else None
        if line is None or not (line.product_id or line.variation_id or line.sku):
            line_id = _id(item.get("id")) if isinstance(item, dict) else 0
            unread.append(UnreadLine(f"line_items[{index}]", line_id))
        # Without a product, too: a staged line may remember which one it was.
        if line is not None:
            taken.add(line.line_id)
            lines.append(line)
    return GoodsRead(tuple(lines), tuple(unread))


def was_taken_away(line: Goods, product_id: int, variation_id: int) -> bool:
    """Whether the store forgot the product of a line that had these ids.

    Deleting a product or a variation turns its id into 0 on all old orders (WC §2), and with it
    goes the SKU; where only the variation is gone, the line shows the SKU of the parent.
    """
    return bool(
        (product_id and not line.product_id)
        or (variation_id and not line.variation_id and line.product_id in (0, product_id))
    )


def recalled(line: WebLine, seen: FirstSight | None) -> WebLine:
    """The line as it was at first sight, where the store forgot its product; else as it is.

    What it is called, counts and costs is still the order's.
    """
    if seen is None or not was_taken_away(line, seen.product_id, seen.variation_id):
        return line
    return replace(
        line,
        product_id=seen.product_id,
        variation_id=seen.variation_id,
        sku=seen.sku,
        is_recalled=True,
        sold=seen.sold,
    )


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - _LISTED
    return ", ".join([*texts[:_LISTED], *([f"{more} more lines"] if more > 0 else [])])


def _read(item: Mapping[str, Any], index: int, taken: set[int]) -> GoodsLine | None:
    quantity = _quantity(item.get("quantity"))
    if quantity is None:
        return None
    line_id = _id(item.get("id"))
    return GoodsLine(
        # A key that no line of the store has, for one that shares its id with another or has none.
        line_id=-index - 1 if line_id == 0 or line_id in taken else line_id,
        product_id=_id(item.get("product_id")),
        variation_id=_id(item.get("variation_id")),
        sku=_sku(item.get("sku")),
        quantity=quantity,
    )


def _quantity(value: object) -> Decimal | None:
    try:
        quantity = read_decimal(value)
    except (NotAnAmountError, InvalidOperation):
        return None
    return quantity if ZERO <= quantity < _TOO_MUCH else None


def _id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 < value <= _LARGEST_ID else 0


def _sku(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None
