"""The last readings before a claim's orders are written: customers, addresses, prices.

Belongs here: what a booking is given beside the prepared order, read once for the claim. Writing
it: booking.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.ship_addresses import read_known_addresses
from woocp_pipelines.flows.claim_customers import find_customers
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_preparation import Prepared, Unprepared
from woocp_pipelines.flows.order_prices import LinePrices, price_lines, read_order_book


@dataclass(frozen=True, slots=True)
class Ready:
    """An order that only needs to be written.

    `ship_adrs_id` is the address's id where the customer has it already; `new_address`: the
    customer has not, and it is found or added in the booking's transaction.
    """

    found: Prepared
    cust_no: str
    prices: LinePrices
    ship_adrs_id: str | None
    new_address: bool


def make_ready(
    context: FlowContext, orders: Sequence[Prepared | Unprepared]
) -> list[Ready | Unprepared]:
    """Find or create every customer, then read addresses and prices of all of them."""
    known, customers = find_customers(context, orders)
    found = list(customers)
    bookable = [each for each in found if not isinstance(each, Unprepared)]
    with reading(context.engine) as connection:
        addresses = read_known_addresses(connection, (cust_no for _, cust_no in bookable))
    book = read_order_book(context, bookable)
    ready: list[Ready | Unprepared] = []
    for each in found:
        if isinstance(each, Unprepared):
            ready.append(each)
            continue
        order, cust_no = each
        # The walk-in customer collects no addresses of strangers.
        wanted = order.ship_to.has_street and cust_no != known.walk_in_no
        address = addresses.find(cust_no, order.ship_to) if wanted else None
        ready.append(
            Ready(
                found=order,
                cust_no=cust_no,
                prices=price_lines(context, book, order, cust_no),
                ship_adrs_id=address,
                new_address=wanted and address is None,
            )
        )
    return ready
