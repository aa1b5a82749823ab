"""What the tills have sold or promised before woocp came: the lines of the native documents.

Belongs here: facts. The rows that Counterpoint keeps of them: native_documents.py.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from woocp_pipelines.rules.money import ZERO


@dataclass(frozen=True, slots=True)
class NativeLine:
    """One line: so many selling units, one of which is `factor` stocking units."""

    item_no: str
    quantity: int
    unit: int
    unit_name: str
    factor: int
    price: Decimal

    @property
    def extended(self) -> Decimal:
        """EXT_PRC."""
        return self.price * self.quantity

    @property
    def stocking(self) -> Decimal:
        """Stocking units."""
        return Decimal(self.quantity * self.factor)


@dataclass(frozen=True, slots=True)
class NativeDocument:
    """A document entered at a till; an unpaid order, or a ticket paid in cash."""

    kind: str
    station: str
    station_no: int
    number: str
    cust_no: str
    begun: datetime
    lines: tuple[NativeLine, ...]

    @property
    def goods(self) -> Decimal:
        """SUB_TOT."""
        return sum((line.extended for line in self.lines), ZERO)


NATIVE_DOCUMENTS: Final = (
    NativeDocument(
        "O",
        "101",
        1,
        "O101-000412",
        "40003",
        datetime(2026, 10, 28, 14, 2, 11),  # noqa: DTZ001 (Counterpoint keeps store-local times)
        (
            NativeLine("PR-1003", 5, 1, "CT", 10, Decimal("69.40")),
            NativeLine("CB-1004", 120, 0, "EA", 1, Decimal("1.35")),
        ),
    ),
    NativeDocument(
        "T",
        "102",
        2,
        "102-003318",
        "00001",
        datetime(2026, 11, 2, 9, 47, 55),  # noqa: DTZ001
        (NativeLine("OF-1002", 2, 0, "DZ", 1, Decimal("11.64")),),
    ),
)


def promised_at_tills() -> dict[str, Decimal]:
    """Stocking units by item that open native documents hold (CP §1.5.1)."""
    return {line.item_no: line.stocking for document in NATIVE_DOCUMENTS for line in document.lines}
