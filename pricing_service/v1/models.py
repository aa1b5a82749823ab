"""What is asked and answered under /api/v1; the OpenAPI document is made from these.

Belongs here: fields, their bounds, what they mean. Does not: what bounds cannot say (asking.py).
Money, quantities and percentages are texts in answers, so that no caller's floats touch them.
Unknown fields are refused: a misspelt unit must not become another price.
"""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from pricing_service.reading import MAX_TEXT, Name, Quantity
from woocp_pipelines.counterpoint.prices.explain import Explanation

CustomerNumber = Annotated[
    str,
    Field(
        min_length=1, max_length=MAX_TEXT, description="CUST_NO in Counterpoint.", examples=["1001"]
    ),
]


def _whole(value: object) -> object:
    """JSON has one kind of numbers: 7.0 is 7."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WooUserId = Annotated[
    int,
    Field(
        ge=1,
        le=2**63 - 1,
        description="The shop's user id, resolved through USER_CUSTOMER_MAP; leave it out for "
        "guests.",
    ),
    BeforeValidator(_whole),
]
GroupCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="Contract group code; for keys with scope group only.",
    ),
]
Sku = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="An item number, or the SKU of a product that USER_PRODUCT_MAP knows with its "
        "item and unit.",
    ),
]
Unit = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="'0' for the stocking unit, '1' to '5' for an alternate unit. With an SKU the "
        "unit is the SKU's.",
        examples=["0"],
    ),
]
Location = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="Price location; the site's own where it is left out.",
    ),
]
Amount = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["21.0955"])]

ONE_CUSTOMER: Final = ("cust_no", "woo_user_id", "group")
ONE_ITEM: Final = ("item_no", "sku")


def _never_two(schema: dict[str, Any]) -> None:
    pairs = [("cust_no", "woo_user_id"), ("cust_no", "group"), ("woo_user_id", "group")]
    schema["not"] = {"anyOf": [{"required": list(pair)} for pair in pairs]}


def _one_item(schema: dict[str, Any]) -> None:
    no_sku: dict[str, Any] = {"required": ["sku"]}
    others: dict[str, Any] = {"anyOf": [{"required": ["item_no"]}, {"required": ["unit"]}]}
    schema["oneOf"] = [
        {"required": ["item_no"], "not": no_sku},
        {"required": ["sku"], "not": others},
    ]


def _explained(schema: dict[str, Any]) -> None:
    _never_two(schema)
    _one_item(schema)


@with_config(ConfigDict(extra="forbid", json_schema_extra=_one_item))
class PriceItem(TypedDict):
    """One item, by its number or by an SKU of the shop."""

    item_no: NotRequired[Name]
    sku: NotRequired[Sku]
    quantity: NotRequired[Quantity]
    unit: NotRequired[Unit]


class ForWhom(TypedDict):
    """For whom: at most one of the three; without any, somebody without an account."""

    cust_no: NotRequired[CustomerNumber]
    woo_user_id: NotRequired[WooUserId]
    group: NotRequired[GroupCode]
    location: NotRequired[Location]


@with_config(ConfigDict(extra="forbid", json_schema_extra=_never_two))
class PricesRequest(ForWhom):
    """Prices of several items for one customer; the same item may stand there twice."""

    items: Annotated[list[PriceItem], Field(min_length=1)]


@with_config(ConfigDict(extra="forbid", json_schema_extra=_explained))
class ExplainRequest(ForWhom):
    """One price to be explained."""

    item_no: NotRequired[Name]
    sku: NotRequired[Sku]
    quantity: NotRequired[Quantity]
    unit: NotRequired[Unit]


Source = Literal["contract", "promotion", "special", "list"]
# Stable words for programs; the sentence beside one may change.
RefusalCode = Literal["unknown_item", "unknown_unit", "unsupported_rule"]


@with_config(ConfigDict(extra="forbid"))
class Price(TypedDict):
    """A price. Without a rule that holds it is the item's own: source `list`."""

    item_no: str
    sku: NotRequired[Annotated[str, Field(description="As it was asked for.")]]
    unit: Annotated[str, Field(description="'0' stocking unit, '1' to '5' alternate unit.")]
    quantity: Amount
    price: Annotated[Amount, Field(description="Of one unit, at the item's decimals.")]
    extended: Annotated[Amount, Field(description="Price times quantity, two decimals.")]
    regular_price: Annotated[
        Amount | None, Field(description="REG_PRC, else price 1, at the item's decimals.")
    ]
    source: Annotated[
        Source, Field(description="What kind of rule decides; `list` when none does.")
    ]
    rule: Annotated[str | None, Field(description="The rule's description in Counterpoint.")]
    method: Annotated[
        str | None,
        Field(description="Counterpoint's code: D percent off, A amount off, F fixed price."),
    ]
    discount_pct: Annotated[Amount | None, Field(description="Of method D only.")]
    basis: Annotated[
        Amount | None,
        Field(description="What a discount is taken from, four decimals; null for a fixed price."),
    ]
    break_quantity: Annotated[
        Amount | None, Field(description="The quantity from which this price is given.")
    ]
    group: NotRequired[
        Annotated[
            str | None,
            Field(description="The rule's group; for keys with scope group or explain."),
        ]
    ]


@with_config(ConfigDict(extra="forbid"))
class NoPrice(TypedDict):
    """An item without an answer; never a reason to show another price as the customer's."""

    item_no: NotRequired[str]
    sku: NotRequired[str]
    quantity: Amount
    code: RefusalCode
    detail: str


@with_config(ConfigDict(extra="forbid"))
class BookState(TypedDict):
    """The price book that was answered from."""

    read_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    age_seconds: Annotated[
        int, Field(ge=0, description="Since Counterpoint was last seen to say the same.")
    ]
    source: Annotated[
        Literal["counterpoint", "saved"],
        Field(description="`saved`: the last known good book, while Counterpoint is away."),
    ]


@with_config(ConfigDict(extra="forbid"))
class Prices(TypedDict):
    """One result for each item, in the order in which they were asked for."""

    results: list[Price | NoPrice]
    price_book: BookState


@with_config(ConfigDict(extra="forbid"))
class ExplainAnswer(TypedDict):
    """How one price comes about."""

    explanation: Explanation
    price_book: BookState


@with_config(ConfigDict(extra="forbid"))
class Problem(TypedDict):
    """An error (RFC 9457). `code` is stable, the texts may change."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: NotRequired[Annotated[str, Field(description="Path of the field that is wrong.")]]


PRICES_REQUEST: Final = TypeAdapter(PricesRequest)
EXPLAIN_REQUEST: Final = TypeAdapter(ExplainRequest)
