"""Stock as the shop shows it against what it should show now.

Belongs here: asking the inventory sync what it would do. Does not: a second computation of any
quantity (flows/inventory.py), and writing.
"""

from dataclasses import dataclass

from woocp_pipelines.counterpoint.codes import UnknownLocationError
from woocp_pipelines.counterpoint.stock import NoStockReadError
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.flows.inventory_mirror import EmptyStoreError
from woocp_pipelines.flows.report import Change

_UNREADABLE = (UnknownLocationError, NoStockReadError, EmptyStoreError)


@dataclass(frozen=True, slots=True)
class StockParity:
    """How many products were compared, and those that show another quantity than they should.

    `waiting` are raises held back until the web orders can be read. `why_not`: why nothing could
    be compared.
    """

    compared: int = 0
    waiting: int = 0
    differing: tuple[Change, ...] = ()
    why_not: str = ""


def compare_with_shop(context: FlowContext) -> StockParity:
    """Read the whole shop and Counterpoint's stock; writes nothing.

    Raises:
        StoreError, DBAPIError: a side could not be read.
    """
    try:
        plan = sync_inventory(context, mode="plan", full=True)
    except _UNREADABLE as error:
        return StockParity(why_not=str(error))
    return StockParity(plan.read, plan.waiting, tuple(plan.changes))
