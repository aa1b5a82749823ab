"""Checks on staged orders. Belongs here: what must hold of them. Does not: repairing it."""

from typing import Final

from woocp_pipelines.defs.dead_letters import dead_letter_check

ORDER_CHECKS: Final = [
    dead_letter_check(
        "order_staging",
        kind="revision",
        # What Counterpoint did with a document is on order_fulfilment.
        flows=lambda flow: flow != "fulfilment",
        name="no_booked_order_was_changed",
        description=(
            "Fails while the store changed an order that is already booked: cancelled, refunded, "
            "edited or trashed. Nothing was rewritten; a person corrects the documents."
        ),
    )
]
