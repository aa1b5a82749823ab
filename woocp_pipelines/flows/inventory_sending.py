"""Quantities on their way to the store: sent, remembered, and when a failure is the whole run's.

A product on which the store breaks is a matter of that product: people get its letter, and all
else goes on. A key that is refused and a store that is down are no product's fault.

Belongs here: one round of writing. Does not: which quantities (rules/stock_policy.py), the batches
(woocommerce/stock.py), and the dead letters of what was not taken (inventory_letters.py).
"""

from collections.abc import Sequence
from typing import Final

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.product_map import SentQuantity, record_sent
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.stock_policy import StockChange
from woocp_pipelines.woocommerce.errors import Call, StoreError, StoreUnavailable
from woocp_pipelines.woocommerce.products import read_newest_change
from woocp_pipelines.woocommerce.stock import (
    FATAL,
    NEVER_SENT,
    StockWrite,
    StockWriteResult,
    write_stock,
)

_DIFFERS: Final = "STOCK_DIFFERS"
# That many products, each on its own, are not all broken at once: the store is.
_NO_CHANCE: Final = 3


def send_changes(context: FlowContext, changes: Sequence[StockChange]) -> list[StockWriteResult]:
    """Write the quantities and remember those that the store took; one result for each change."""
    inventory = context.settings.inventory
    results = write_stock(
        context.store,
        [_write(change) for change in changes],
        batch_size=inventory.batch_size,
        senders=inventory.senders,
    )
    taken = [result for result in results if is_taken(result)]
    with writing(context.engine) as connection:
        record_sent(connection, context.store_id, map(_sent, taken), context.now())
    return results


def is_overtaken(result: StockWriteResult) -> bool:
    """A sale between writing and answering: the next round compares again (WC §3.8)."""
    return result.code == _DIFFERS


def is_taken(result: StockWriteResult) -> bool:
    """The store wrote what was sent, though it may have sold of it since."""
    return result.ok or is_overtaken(result)


def failure_of_all(context: FlowContext, results: Sequence[StockWriteResult]) -> StoreError | None:
    """Why not one quantity was taken, where that is the key's or the store's fault.

    None where one was taken, or where it is about the products: the store found fault with one,
    or broke on so few that they may be the cause, while it answers to others.
    """
    if any(map(is_taken, results)):
        return None
    fatal = [result.error for result in results if isinstance(result.error, FATAL)]
    if fatal:
        return fatal[0]
    asked = [result for result in results if result.code not in NEVER_SENT]
    if not asked or not all(result.transient for result in asked):
        return None
    about = {result.write.parent_id or result.write.product_id for result in asked}
    if len(about) < _NO_CHANCE and _answers(context):
        return None
    return StoreUnavailable(
        Call("POST", "products/batch"),
        f"none of {len(asked)} quantities could be written: {asked[0].message}",
    )


def _answers(context: FlowContext) -> bool:
    """Whether the store is up: the cheapest question that it can be asked."""
    try:
        read_newest_change(context.store)
    except StoreError:
        return False
    return True


def _write(change: StockChange) -> StockWrite:
    return StockWrite(change.product.product_id, change.product.parent_id, change.after)


def _sent(result: StockWriteResult) -> SentQuantity:
    shown = result.stored if isinstance(result.stored, int) else None
    return SentQuantity(result.write.product_id, result.write.quantity, shown)
