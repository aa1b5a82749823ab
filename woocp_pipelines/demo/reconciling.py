"""Does everything agree? Each thing that does not becomes a sentence.

Belongs here: comparing what was found on both sides with each other and with the retailer's own
statement of what must come out.
"""

from woocp_pipelines.demo.findings import Findings
from woocp_pipelines.demo.price import AnsweredPrice
from woocp_pipelines.sandbox.opening import Sandbox
from woocp_pipelines.sandbox.outcome import differences


def complaints(sandbox: Sandbox, found: Findings, price: AnsweredPrice) -> list[str]:
    """Everything that is not as it must be; empty when all is well."""
    return [*differences(sandbox), *_totals(sandbox, found), *_price(price)]


def _totals(sandbox: Sandbox, found: Findings) -> list[str]:
    wrong = []
    if found.documents_total != found.booked_in_store:
        wrong.append(
            f"Counterpoint's documents sum to {found.documents_total}, the same orders in the "
            f"store to {found.booked_in_store}"
        )
    if found.booked_in_store != sandbox.expected.booked_total:
        wrong.append(
            f"the store's booked orders sum to {found.booked_in_store}, must be "
            f"{sandbox.expected.booked_total}"
        )
    shown = {order.order_id for order in found.orders}
    missing = sorted(sandbox.expected.orders.keys() - shown)
    if missing:
        wrong.append(f"the store does not show orders {missing}")
    return wrong


def _price(price: AnsweredPrice) -> list[str]:
    if price.price == price.agreed:
        return []
    asked = f"{price.quantity} of {price.item_no} under {price.contract}"
    return [f"the price for {asked} is {price.price}, the contract says {price.agreed}"]
