"""Requests and answers in the shapes of CP §5.8, which the WordPress plugin in production uses.

Belongs here: their fields. Does not: reading bytes (reading.py), the shapes of /api/v1 (v1/).
Numbers are Decimal inside; they become JSON numbers only in the answer, where at most 15 digits
pass through a float unchanged.
"""

from decimal import Decimal
from typing import Annotated, Any, Final, NotRequired

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from pricing_service.reading import (
    MAX_TEXT,
    InvalidBodyError,
    Name,
    Quantity,
    T,
    read_body,
)
from woocp_pipelines.counterpoint.prices.answers import PriceAnswer
from woocp_pipelines.counterpoint.prices.facts import EVERY_LOCATION
from woocp_pipelines.rules.money import round_to

Location = Annotated[
    str, Field(max_length=MAX_TEXT, description="Price location; '*' where it is left out.")
]
BidNumber = Annotated[
    str,
    Field(
        min_length=1, max_length=MAX_TEXT, description="Contract group code.", examples=["144319"]
    ),
]
NO_BODY: Final = "No JSON data provided"
NO_ITEMS: Final = "Missing or invalid items array"


class BadRequestError(Exception):
    """A request that cannot be answered; the text names the field and goes to the caller."""


# Unknown fields pass: the plugin in production may send more than this service reads.
class ContractPriceRequest(TypedDict):
    """One price under the contract group that the caller names."""

    ncr_bid_no: BidNumber
    item_no: Name
    quantity: NotRequired[Quantity]
    loc_id: NotRequired[Location]


class ContractItem(TypedDict):
    """One item of a batch."""

    item_no: Name
    quantity: NotRequired[Quantity]


class ContractPricesRequest(TypedDict):
    """Prices of several items under the contract group that the caller names."""

    ncr_bid_no: BidNumber
    items: Annotated[list[ContractItem], Field(min_length=1)]
    loc_id: NotRequired[Location]


class ContractPrice(TypedDict):
    """A contract price; `regular_price` is what the discount starts from."""

    contract_price: float
    regular_price: float | None
    discount_pct: float | None
    pricing_method: str
    rule_descr: str
    applied_qty_break: float
    requested_quantity: float


class FoundPrice(ContractPrice):
    """A contract price in a batch, with the item and the quantity as they were asked for."""

    item_no: str
    quantity: float


class FailedItem(TypedDict):
    """An item of a batch without a contract price, or with a rule that cannot be evaluated."""

    item_no: str
    error: Annotated[str, Field(examples=["No contract price found", "unsupported_rule"])]


class ContractPrices(TypedDict):
    """The answer to a batch, also where no item has a price."""

    results: list[FoundPrice]
    errors: list[FailedItem]
    total_requested: int
    total_found: int
    total_errors: int


class ServiceMetrics(TypedDict):
    """Figures of price requests since the start."""

    total_requests: int
    cache_hits: Annotated[int, Field(description="Prices given again from memory.")]
    cache_misses: Annotated[int, Field(description="Prices worked out from the price book.")]
    errors: Annotated[int, Field(description="Answers of 500 and above.")]
    avg_response_time_ms: float
    p95_response_time_ms: float


class Error(TypedDict):
    """What went wrong."""

    error: str


ONE_PRICE: Final = TypeAdapter(ContractPriceRequest)
MANY_PRICES: Final = TypeAdapter(ContractPricesRequest)


def read_old(shape: TypeAdapter[T], body: bytes, *required: str) -> T:
    """The fields of a body, or the complaint in the words of CP §5.8.

    Args:
        shape: of the request.
        body: as it came.
        required: the texts without which the service always complained of all of them.

    Raises:
        BadRequestError: naming the first wrong field, what was expected and found.
    """
    try:
        return read_body(shape, body)
    except InvalidBodyError as error:
        raise BadRequestError(_complaint(error, required)) from None


def location_of(asked: ContractPriceRequest | ContractPricesRequest) -> str:
    """The price location, '*' by default and for an empty text."""
    return asked.get("loc_id") or EVERY_LOCATION


def contract_price_answer(answer: PriceAnswer, round_method: str) -> dict[str, Any]:
    """The answer of `/api/contract-price`; `regular_price` is the basis, not REG_PRC (CP §5.8).

    A fixed price has no basis; there it is the regular price, for comparison.
    """
    compared = answer.basis if answer.basis is not None else answer.regular
    if compared is not None:
        compared = round_to(compared, answer.decimals, round_method)
    return {
        "contract_price": float(answer.unit_price),
        "regular_price": _number(compared),
        "discount_pct": _number(answer.discount_pct),
        "pricing_method": answer.method,
        "rule_descr": answer.rule_descr,
        "applied_qty_break": _number(answer.break_min_qty),
        "requested_quantity": float(answer.quantity),
    }


def _complaint(error: InvalidBodyError, required: tuple[str, ...]) -> str:
    if not error.is_object:
        return NO_BODY
    if any(each.field in required and not each.given for each in error.errors):
        return f"Missing required parameters: {', '.join(required)}"
    if any(each.field == "items" for each in error.errors):
        return NO_ITEMS
    return f"{error.errors[0].field}: {error.errors[0].reason}"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
