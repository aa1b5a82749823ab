"""From the bytes of a request to checked fields.

Belongs here: reading JSON against a shape, quantities, and the words for what is wrong. Does not:
the shapes (schemas.py, v1/models.py). Bodies are read by pydantic's parser in one step, since a
batch that is first parsed and then checked field by field costs several times as much.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from woocp_pipelines.rules.money import plain

T = TypeVar("T")
MAX_TEXT: Final = 50
QUANTITY_LIMIT: Final = 100_000_000_000
_DECIMALS: Final = 4
# What sums of doubles may be off, as 0.1 + 0.2 is; in steps of a double where those are larger.
_NOISE: Final = 1e-9
_NOISE_STEPS: Final = 4
_LARGEST_SHOWN: Final = 2**64
_NOT_FOR_CALLERS: Final = frozenset({"json_invalid", "json_type"})
_TOO_LONG: Final = "Invalid JSON: number out of range"
_NUMBER: Final = f"a number above 0 and below {QUANTITY_LIMIT}"
_WHOLE: Final = "a whole number from 1 on"
# By the kinds of error of pydantic; those that are not here have a fitting text of their own.
_EXPECTED: Final = {
    **dict.fromkeys(("float_type", "finite_number", "greater_than", "less_than"), _NUMBER),
    **dict.fromkeys(
        ("int_type", "int_from_float", "greater_than_equal", "less_than_equal"), _WHOLE
    ),
    "string_type": "a text",
}
_LENGTHS: Final = frozenset({"string_too_short", "string_too_long"})
_PLAIN: Final = {
    "missing": "expected a value, found none",
    "extra_forbidden": "there is no such field",
}

Name = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Quantity = Annotated[
    float,
    Field(
        gt=0,
        lt=QUANTITY_LIMIT,
        allow_inf_nan=False,
        description="In the unit asked for; at most four decimals.",
        examples=[10],
        json_schema_extra={"multipleOf": 0.0001},
    ),
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: its path (empty for the whole body), and a sentence.

    `given` is False where the field is missing, null or an empty text.
    """

    field: str
    reason: str
    given: bool = True


class InvalidBodyError(Exception):
    """A body that does not have its shape; `errors` in the order of the fields, never empty."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.reason}" for each in errors[:1]))
        self.errors = errors

    @property
    def is_object(self) -> bool:
        """False when the body is no JSON object at all."""
        return bool(self.errors[0].field)


def read_body(shape: TypeAdapter[T], body: bytes) -> T:
    """The fields of a JSON body.

    Raises:
        InvalidBodyError: no JSON object, or not of that shape.
    """
    try:
        return shape.validate_json(body, strict=True)
    except ValidationError as error:
        raise InvalidBodyError(_field_errors(error)) from None


def read_fields(shape: TypeAdapter[T], fields: Mapping[str, Any]) -> T:
    """The fields of a request that is no JSON, such as the parameters of a GET.

    Raises:
        InvalidBodyError: not of that shape.
    """
    try:
        return shape.validate_python(fields, strict=True)
    except ValidationError as error:
        raise InvalidBodyError(_field_errors(error)) from None


@lru_cache(maxsize=4096)
def exact_quantity(value: float) -> Decimal:
    """A quantity as Counterpoint holds it, from the double that JSON numbers are to all callers.

    Args:
        value: a finite number; noise beyond the fourth decimal is rounded away.

    Returns:
        In its shortest form: 1, not 1.0.

    Raises:
        ValueError: more than four decimals, or not above zero and below `QUANTITY_LIMIT`.
    """
    kept = round(value, _DECIMALS)
    if abs(value - kept) > max(_NOISE, _NOISE_STEPS * math.ulp(value)):
        raise ValueError(f"expected at most {_DECIMALS} decimals, found {value!r}")
    # Once more, since noise may have kept it within the bounds of the field.
    if not 0 < kept < QUANTITY_LIMIT:
        raise ValueError(f"expected {_NUMBER}, rounded to {_DECIMALS} decimals, found {value!r}")
    return Decimal(plain(Decimal(repr(kept))))


def _field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    return tuple(_field_error(each) for each in error.errors(include_url=False))


def _field_error(found: Mapping[str, Any]) -> FieldError:
    kind, value = str(found["type"]), found.get("input")
    if kind in _NOT_FOR_CALLERS:
        # Valid JSON all the same: the parser gives up at more than some 4,300 digits.
        if str(found["msg"]).startswith(_TOO_LONG):
            return FieldError("", "expected numbers of less than 4,300 digits")
        return FieldError("", "expected a JSON object in UTF-8")
    field = ".".join(str(part) for part in found["loc"])
    given = kind != "missing" and value is not None and value != ""
    return FieldError(field, _reason(kind, value, found), given=given)


def _reason(kind: str, value: object, found: Mapping[str, Any]) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _LENGTHS:
        return f"expected 1 to {MAX_TEXT} characters, found {len(str(value))}"
    expected = _EXPECTED.get(kind)
    return str(found["msg"]) if expected is None else f"expected {expected}, found {_shown(value)}"


def _shown(value: object) -> str:
    """A number, of anything else the kind: callers may have sent a megabyte."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {"NoneType": "null", "dict": "object"}.get(
            type(value).__name__, type(value).__name__
        )
    if isinstance(value, int) and abs(value) > _LARGEST_SHOWN:
        return "a larger one"
    return repr(value)
