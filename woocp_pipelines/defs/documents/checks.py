"""Checks on documents. Belongs here: what must hold of them. Does not: repairing it."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.overview import BookedTotal, read_booked_totals
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_ORDER_STAGING
from woocp_pipelines.defs.catalog import RETRIES
from woocp_pipelines.defs.dead_letters import dead_letter_check
from woocp_pipelines.defs.documents.ops import ASSET
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import FlowContext

_LOOK_BACK: Final = timedelta(days=1)
_COLUMNS: Final = ("order", "ticket", "store_total", "document_total", "difference")


@dg.asset_check(asset=ASSET, blocking=True, retry_policy=RETRIES)
def totals_match_store(woocp: WoocpResource) -> dg.AssetCheckResult:
    """Every order booked in the last day has in Counterpoint the total the store charged.

    To the cent, and only while the document is as woocp left it: a clerk may change it rightly.
    """
    with failing_clearly(), woocp.open() as flow:
        totals = _booked_totals(flow)
        currency = flow.settings.store.currency
    unequal = [one for one in totals if one.store_total != one.document_total]
    return dg.AssetCheckResult(
        passed=not unequal,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "compared": len(totals),
            "unequal": len(unequal),
            "money_store": _money(sum(one.store_total for one in totals), currency),
            "money_documents": _money(sum(one.document_total for one in totals), currency),
            **listed("unequal_orders", [_row(one, currency) for one in unequal], _COLUMNS),
        },
    )


def _booked_totals(flow: FlowContext) -> Sequence[BookedTotal]:
    with reading(flow.engine) as connection:
        if not table_exists(connection, USER_ORDER_STAGING.name, "BOOKED_GMT"):
            return []
        return read_booked_totals(
            connection,
            flow.store_id,
            since=flow.now() - _LOOK_BACK,
            user=flow.settings.counterpoint.user,
        )


def _money(amount: Decimal | int, currency: str) -> str:
    return f"{amount:.2f} {currency}"


def _row(total: BookedTotal, currency: str) -> dict[str, str]:
    return {
        "order": total.order_number,
        "ticket": total.ticket,
        "store_total": _money(total.store_total, currency),
        "document_total": _money(total.document_total, currency),
        "difference": _money(total.document_total - total.store_total, currency),
    }


DOCUMENT_CHECKS: Final = [
    totals_match_store,
    dead_letter_check(
        ASSET,
        kind="order",
        name="every_order_could_be_booked",
        description=(
            "Fails while an order has no document because it was refused: unknown SKU, unmapped "
            "payment, sums that do not add up. The table says what to do; then it is tried again."
        ),
    ),
    dead_letter_check(
        ASSET,
        kind="outbox",
        name="the_store_was_told",
        description=(
            "Fails while a booked order's note could not be written to the store. The booking is "
            "done; the note is tried again by itself."
        ),
    ),
]
