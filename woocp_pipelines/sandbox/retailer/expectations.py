"""What must come out of a run over the sandbox, said independently of the code that does it.

Belongs here: per order, account and product the result that demo and tests compare with. It is
derived from the declarations of the retailer alone: no rule of woocp is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from woocp_pipelines.rules.money import ZERO
from woocp_pipelines.sandbox.retailer.accounts import ACCOUNTS, ROLE_OF_TIER, Account
from woocp_pipelines.sandbox.retailer.listings import Listing
from woocp_pipelines.sandbox.retailer.order_json import order_json
from woocp_pipelines.sandbox.retailer.order_seed import Line, OrderSeed, Outcome
from woocp_pipelines.sandbox.retailer.shelf import expected_quantity, promised_by_orders
from woocp_pipelines.sandbox.retailer.web_shop import Retailer


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """What a line must be in Counterpoint: item, selling unit, quantities, net amount."""

    item_no: str
    sell_unit: str
    quantity: Decimal
    stocking: Decimal
    extended: Decimal


@dataclass(frozen=True, slots=True)
class ExpectedOrder:
    """What must become of one web order.

    `customer` is the number it is booked on; None for a booked order: a customer created for
    `email`. `deposit` is what the deposit ticket holds, zero where there is none. `tax_code` is the
    document's. Lines and amounts are those of a booked order; `total` is the web total of any.
    """

    order_id: int
    outcome: Outcome
    total: Decimal
    reason: str = ""
    code: str | None = None
    customer: str | None = None
    email: str = ""
    deposit: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    tax_code: str = ""
    lines: tuple[ExpectedLine, ...] = ()
    revision: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """Everything that must come out, and what `total` of it reached Counterpoint."""

    orders: Mapping[int, ExpectedOrder]
    accounts: Mapping[int, Account]
    stock: Mapping[str, int | None]
    product_problems: Mapping[str, str]

    def of(self, outcome: Outcome) -> tuple[ExpectedOrder, ...]:
        """The orders with one outcome, oldest first."""
        return tuple(order for order in self.orders.values() if order.outcome == outcome)

    def roles_of(self, user_id: int, tier: str) -> set[str]:
        """Roles of a user whose customer has this tier: its role, and what no tier gives."""
        account = self.accounts[user_id]
        kept = {account.role, *account.more_roles} - {*ROLE_OF_TIER.values(), "customer"}
        if tier in ROLE_OF_TIER:
            return {*kept, ROLE_OF_TIER[tier]}
        return kept or {"customer"}

    @property
    def booked_total(self) -> Decimal:
        """The sum of the web totals of all booked orders."""
        return sum((order.total for order in self.of("booked")), ZERO)


def expected_of(retailer: Retailer) -> Expected:
    """The whole expectation: all syncs have run once over a fresh sandbox."""
    shop, items = retailer.shop, retailer.items
    promised = promised_by_orders(retailer.orders, shop, items)
    return Expected(
        orders={order.order_id: _order(order, retailer) for order in retailer.orders},
        accounts={account.user_id: account for account in ACCOUNTS},
        stock={
            listing.sku: expected_quantity(
                listing,
                items.get(listing.item_no or ""),
                promised.get(listing.item_no or "", ZERO),
            )
            for listing in shop.values()
        },
        product_problems={
            listing.sku: listing.problem for listing in shop.values() if listing.problem
        },
    )


def _order(order: OrderSeed, retailer: Retailer) -> ExpectedOrder:
    shop = retailer.shop
    raw = order_json(order, shop)
    total = Decimal(raw["total"])
    verdict = order.verdict
    if verdict.outcome != "booked":
        return ExpectedOrder(
            order.order_id, verdict.outcome, total, reason=verdict.reason, code=verdict.code
        )
    return ExpectedOrder(
        order_id=order.order_id,
        outcome="booked",
        total=total,
        customer=verdict.customer,
        email=order.person.email.lower(),
        deposit=total if order.paid else ZERO,
        tax=Decimal(raw["total_tax"]),
        shipping=Decimal(raw["shipping_total"]),
        tax_code=_tax_code(order),
        lines=tuple(
            _line(line, shop[line.sku], Decimal(shown["total"]), retailer)
            for line, shown in zip(order.lines, raw["line_items"], strict=True)
        ),
        revision=verdict.revision,
    )


def _tax_code(order: OrderSeed) -> str:
    return {"OH": "OH-LAKE", "PA": "PA-SALES"}.get((order.ship_to or order.person).state, "OUT")


def _line(line: Line, listing: Listing, extended: Decimal, retailer: Retailer) -> ExpectedLine:
    item_no = listing.item_no or ""
    numer, denom = retailer.items[item_no].factor(listing.unit)
    quantity = Decimal(line.quantity)
    return ExpectedLine(item_no, str(listing.unit), quantity, quantity * numer / denom, extended)
