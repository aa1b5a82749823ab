"""The price book: Counterpoint's price rules, read and understood as a whole.

Belongs here: how the book appears in the graph. The engine: counterpoint/prices.
"""

import time
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.reading import read_price_book
from woocp_pipelines.defs.catalog import COUNTERPOINT, OWNERS, RETRIES, environment_of
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import ROW_COUNT, Metadata, listed
from woocp_pipelines.defs.resources import WoocpResource


@dg.asset(
    deps=["counterpoint_price_rules", "counterpoint_items", "counterpoint_customers"],
    group_name="prices",
    kinds={COUNTERPOINT},
    owners=OWNERS["prices"],
    retry_policy=RETRIES,
)
def price_book(
    context: dg.AssetExecutionContext, woocp: WoocpResource
) -> dg.MaterializeResult[None]:
    """A row is one price rule of Counterpoint, read the way the pricing service reads it.

    Reads groups, rules, breaks, items, prices and customers in seven statements and writes
    nothing. The pricing service keeps a book of its own and refreshes it by itself; this one
    shows what is in it, how long it takes, and which rules cannot be decided.
    """
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        start = time.perf_counter()
        with reading(flow.engine) as connection:
            zone = flow.settings.store.time_zone
            book = read_price_book(connection, time_zone=zone, read_at=flow.now())
        seconds = round(time.perf_counter() - start, 3)
        environment = environment_of(flow.settings)
    return dg.MaterializeResult(
        metadata={**_counts(book), "seconds": seconds, "environment": environment}
    )


def _counts(book: PriceBook) -> Metadata:
    facts = book.facts
    rules = sum(len(group.rules) for group in facts.groups)
    return {
        ROW_COUNT: rules,
        "state": "degraded" if book.unsupported_filters else "clean",
        "read": rules,
        "refused": len(book.unsupported_filters),
        "groups": len(facts.groups),
        "groups_switched_off": sum(not group.enabled for group in facts.groups),
        "items": len(facts.items),
        "customers": len(facts.customers),
        "open_contracts": ", ".join(book.open_contracts) or "none",
        **listed("notes", [{"note": note} for note in facts.notes], ("note",)),
    }


PRICE_ASSETS: Final = [price_book]
