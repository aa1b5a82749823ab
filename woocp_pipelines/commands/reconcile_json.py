"""The answer of `woocp reconcile DAY --json`: money as strings, times UTC ISO 8601.

Belongs here: its shape, which monitors and scripts rely on.
"""

from typing import TYPE_CHECKING, Any

from woocp_pipelines.rules.money import money_text

if TYPE_CHECKING:
    from woocp_pipelines.flows.reconciliation import DayReport, Found
    from woocp_pipelines.flows.reconciliation_stock import StockParity
    from woocp_pipelines.rules.reconciliation_totals import DayTotals


def document(report: "DayReport") -> dict[str, Any]:
    """The whole report as one JSON document."""
    return {
        "day": report.day.isoformat(),
        "at": report.at.isoformat(),
        "seconds": round(report.seconds, 3),
        "rows": len(report.rows),
        "totals": [_totals(each) for each in report.totals],
        "unexplained_cents": report.unexplained_cents,
        "open_differences": len(report.open_differences),
        "differences": [_difference(each) for each in report.differences],
        "unread": [{"woo_order_number": number, "why": why} for number, why in report.unread],
        "customers_without_map": [
            {
                "woo_customer_id": each.customer_id,
                "orders": list(each.orders),
                "code": each.code or None,
            }
            for each in report.customers
        ],
        "stock": _stock(report.stock),
    }


def failed_document(day: str) -> dict[str, Any]:
    """The same keys of a day that could not be compared: nothing is known, which is no zero."""
    unknown = ("at", "seconds", "rows", "unexplained_cents", "open_differences", "stock")
    none_found = ("totals", "differences", "unread", "customers_without_map")
    return {"day": day, **dict.fromkeys(unknown), **{name: [] for name in none_found}}


def _totals(totals: "DayTotals") -> dict[str, Any]:
    amounts = {
        "charged": totals.charged,
        "refunded": totals.refunded,
        "web": totals.web,
        "unpaid": totals.unpaid,
        "due": totals.due,
        "documents": totals.documents,
        "payments": totals.payments,
        "documents_above": totals.documents - totals.web,
        "payments_above": totals.payments_above,
        "payments_not_read": totals.unread_due,
    }
    shown = {name: money_text(amount) for name, amount in amounts.items()}
    return {
        "currency": totals.currency,
        "orders": totals.orders,
        "orders_with_payments_not_read": totals.unread_orders,
        **shown,
    }


def _difference(found: "Found") -> dict[str, Any]:
    row, each, payments = found.row, found.difference, found.payments_above
    return {
        "woo_order_id": row.order_id,
        "woo_order_number": row.number,
        "of_day": row.is_of_day,
        "status": row.status,
        "currency": row.currency,
        "cause": each.cause,
        "documents_above": money_text(each.documents),
        "payments_above": None if payments is None else money_text(payments),
        "unexplained": money_text(each.unexplained),
        "open": each.is_open,
        "code": each.code or None,
        "remark": each.remark,
        "next_step": each.next_step,
        "tickets": list(row.tickets),
    }


def _stock(stock: "StockParity | None") -> dict[str, Any] | None:
    if stock is None:
        return None
    return {
        "compared": stock.compared,
        "waiting": stock.waiting,
        "why_not": stock.why_not or None,
        "differing": [
            {"sku": each.key, "store_shows": each.before, "should_show": each.after}
            for each in stock.differing
        ],
    }
