"""Checks on the fulfilment. Belongs here: what must hold of it. Does not: repairing it."""

from typing import Final

from woocp_pipelines.defs.dead_letters import dead_letter_check

FULFILMENT_CHECKS: Final = [
    dead_letter_check(
        "order_fulfilment",
        kind="revision",
        flows=lambda flow: flow == "fulfilment",
        name="document_and_order_go_together",
        description=(
            "Fails while Counterpoint cancelled, closed short or lost a document whose order lives "
            "in the shop, or shipped an order that the shop stopped, or while nobody can tell "
            "from its tickets whether it was shipped. Nothing was forced on the shop; a person "
            "decides, then settles. An order that the shop lets go is completed "
            "by the next run, which closes its letter."
        ),
    )
]
