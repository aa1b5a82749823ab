"""The rows that people read of a reconciliation, for the asset and its checks alike."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from woocp_pipelines.flows.reconciliation import DayReport, Found
from woocp_pipelines.flows.reconciliation_stock import StockParity
from woocp_pipelines.rules.reconciliation_causes import MEANINGS, Difference

Row = dict[str, str]
# What to do stands before the reasons: the UI cuts wide tables off on the right.
DIFFERENCES: Final = (
    "order",
    "cause",
    "code",
    "documents_above",
    "payments_above",
    "next_step",
    "why",
    "tickets",
)
CUSTOMERS: Final = ("web_customer", "orders", "dead_letter")
STOCK: Final = ("product", "shop_shows", "should_show")


def difference_rows(differences: Iterable[Found]) -> list[Row]:
    """What differs, why, and what to do."""
    return [
        {
            "order": found.row.number if found.row.is_of_day else f"{found.row.number} (other day)",
            "cause": found.difference.cause,
            "code": found.difference.code,
            "documents_above": f"{found.difference.documents:.2f} {found.row.currency}",
            "payments_above": _amount(found.payments_above, found.row.currency),
            "next_step": found.difference.next_step or "nothing",
            "why": _why(found.difference),
            "tickets": ", ".join(found.row.tickets),
        }
        for found in differences
    ]


def customer_rows(report: DayReport) -> list[Row]:
    """Web customers with orders of the day and no map row."""
    return [
        {
            "web_customer": str(each.customer_id),
            "orders": ", ".join(each.orders),
            "dead_letter": each.code,
        }
        for each in report.customers
    ]


def stock_rows(stock: StockParity | None) -> list[Row]:
    """Products that show another quantity than they should."""
    if stock is None:
        return []
    return [
        {"product": each.key, "shop_shows": each.before, "should_show": each.after}
        for each in stock.differing
    ]


def _amount(amount: Decimal | None, currency: str) -> str:
    return "not known" if amount is None else f"{amount:.2f} {currency}"


def _why(difference: Difference) -> str:
    return "; ".join(filter(None, (MEANINGS[difference.cause], difference.remark)))
