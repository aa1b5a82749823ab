"""Requests and answers of the API in the shapes of CP §5.8.

Belongs here: fields, their checks, how errors name them. Numbers are Decimal inside; they become
JSON numbers only in the answer, where at most 15 digits pass through a float unchanged.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from woocp_pipelines.counterpoint.prices.engine import PriceAnswer, check_quantity
from woocp_pipelines.rules.money import round_to

_MAX_TEXT = 50


class BadRequestError(Exception):
    """A request that cannot be answered; the text names the field and goes to the caller."""


def _quantity(value: object) -> Decimal:
    if not isinstance(value, Decimal):
        raise ValueError(f"expected a number, found {type(value).__name__}")  # noqa: TRY004 - pydantic collects ValueError
    check_quantity(value)
    return value


def _location(value: object) -> object:
    return "*" if value == "" else value


Name = Annotated[str, Field(min_length=1, max_length=_MAX_TEXT)]
Quantity = Annotated[Decimal, BeforeValidator(_quantity)]
Location = Annotated[str, BeforeValidator(_location), Field(max_length=_MAX_TEXT)]


class _Request(BaseModel):
    # Unknown fields pass: the plugin in production may send more than this service reads.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ContractPriceRequest(_Request):
    """`POST /api/contract-price`."""

    ncr_bid_no: Name
    item_no: Name
    quantity: Quantity = Decimal(1)
    loc_id: Location = "*"


class BatchItem(_Request):
    """One item of a batch."""

    item_no: Name
    quantity: Quantity = Decimal(1)


class ContractPricesRequest(_Request):
    """`POST /api/contract-prices`."""

    ncr_bid_no: Name
    items: list[BatchItem]
    loc_id: Location = "*"


Request = TypeVar("Request", bound=_Request)


def read_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a request body, its numbers as Decimal.

    Raises:
        BadRequestError: no JSON object.
    """
    try:
        # Every number as Decimal, NaN and infinities too, so that the field's check can name them.
        found = json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
    except (ValueError, RecursionError):
        raise BadRequestError("No JSON data provided") from None
    if not isinstance(found, dict):
        raise BadRequestError("No JSON data provided")
    return found


def check_present(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body where a required text is missing or empty, in the words of CP §5.8.

    Raises:
        BadRequestError: naming all required parameters, as the service always did.
    """
    if any(body.get(name) in (None, "") for name in names):
        raise BadRequestError(f"Missing required parameters: {', '.join(names)}")


def read_request(model: type[Request], body: Mapping[str, Any]) -> Request:
    """Check a body against its model.

    Raises:
        BadRequestError: the first wrong field, what was expected and found.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise BadRequestError(f"{field}: {reason}") from None


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


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
