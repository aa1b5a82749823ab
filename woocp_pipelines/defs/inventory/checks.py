"""Checks on the store's stock. Belongs here: what must hold. Does not: repairing it."""

from typing import Final

from woocp_pipelines.defs.dead_letters import dead_letter_check

INVENTORY_CHECKS: Final = [
    dead_letter_check(
        "woo_stock",
        kind="product",
        name="every_product_has_its_stock",
        description=(
            "Fails while a product of the store gets no stock: no or an unknown SKU, a SKU used "
            "twice, stock not managed, an item without stock row, or a write that failed."
        ),
    )
]
