"""Quantities on their way to the store: sent, remembered, and when a failure is the whole run's.

Belongs here: one round of writing. Does not: which quantities (rules/stock_policy.py), the batches
(woocommerce/stock.py), and the dead letters of what was not taken (inventory_letters.py).
"""

from collections.abc import Sequence
from typing import Final

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.product_map import SentQuantity, record_sent
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.stock_policy import StockChange
from woocp_pipelines.woocommerce.errors import Call, StoreUnavailable
from woocp_pipelines.woocommerce.stock import FATAL, StockWrite, StockWriteResult, write_stock

_DIFFERS: Final = "STOCK_DIFFERS"


def send_changes(context: FlowContext, changes: Sequence[StockChange]) -> list[StockWriteResult]:
    """Write the quantities and remember those that the store took; one result for each change."""
    inventory = context.settings.inventory
    results = write_stock(
        context.store,
        [_write(change) for change in changes],
        batch_size=inventory.batch_size,
        senders=inventory.senders,
    )
    taken = [result for result in results if _is_taken(result)]
    with writing(context.engine) as connection:
        record_sent(connection, context.store_id, map(_sent, taken), context.now())
    return results


def is_overtaken(result: StockWriteResult) -> bool:
    """A sale between writing and answering: the next round compares again (WC §3.8)."""
    return result.code == _DIFFERS


def raise_if_none_was_taken(results: Sequence[StockWriteResult]) -> bool:
    """True when the store took a quantity; False when it found fault with each product.

    Raises:
        StoreError: nothing worked, by a refused key or a store that is down: no product's fault.
    """
    if any(map(_is_taken, results)):
        return True
    for result in results:
        if isinstance(result.error, FATAL):
            raise result.error
    if all(result.transient for result in results):
        raise StoreUnavailable(
            Call("POST", "products/batch"),
            f"none of {len(results)} quantities could be written: {results[0].message}",
        )
    return False


def _is_taken(result: StockWriteResult) -> bool:
    return result.ok or is_overtaken(result)


def _write(change: StockChange) -> StockWrite:
    return StockWrite(change.product.product_id, change.product.parent_id, change.after)


def _sent(result: StockWriteResult) -> SentQuantity:
    shown = result.stored if isinstance(result.stored, int) else None
    return SentQuantity(result.write.product_id, result.write.quantity, shown)
