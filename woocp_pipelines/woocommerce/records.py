"""Reading single values of what the store sent, strictly.

Belongs here: shape checks that every reader needs. Does not: business rules on the values (rules/).
An unexpected shape raises: half a list is worse than none (WC §1).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from woocp_pipelines.rules.clock import read_gmt
from woocp_pipelines.woocommerce.errors import Call, UnexpectedAnswer

JsonObject = dict[str, Any]


def read_object(data: Any, call: Call) -> JsonObject:
    """The answer as one JSON object.

    Raises:
        UnexpectedAnswer: it is anything else.
    """
    if not isinstance(data, dict):
        raise UnexpectedAnswer(call, f"expected a JSON object, found {_kind(data)}.")
    return data


def read_records(data: Any, call: Call) -> list[JsonObject]:
    """The answer as a list of records, each with an id.

    Raises:
        UnexpectedAnswer: it is no list, or one element is no object or has no id.
    """
    if not isinstance(data, list):
        raise UnexpectedAnswer(call, f"expected a list, found {_kind(data)}.")
    for position, record in enumerate(data):
        if not isinstance(record, dict):
            raise UnexpectedAnswer(
                call, f"expected an object at position {position}, found {_kind(record)}."
            )
        read_id(record, call)
    return data


def read_id(record: Mapping[str, Any], call: Call, field: str = "id") -> int:
    """A record's id, a whole number above 0.

    Raises:
        UnexpectedAnswer: it is missing or anything else.
    """
    value = record.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UnexpectedAnswer(call, f"expected a positive number in {field}, found {value!r}.")
    return value


def read_time(record: Mapping[str, Any], field: str, call: Call) -> datetime:
    """One of a record's `*_gmt` times, aware in UTC.

    Raises:
        UnexpectedAnswer: it is missing, null or no date-time.
    """
    value = record.get(field)
    where = f"record {record.get('id')}, field {field}"
    if not isinstance(value, str):
        raise UnexpectedAnswer(call, f"{where}: expected a UTC time, found {value!r}.")
    try:
        return read_gmt(value)
    except ValueError as error:
        raise UnexpectedAnswer(call, f"{where}: {error}.") from error


def _kind(data: Any) -> str:
    """What came, without its content: bodies hold customers' data."""
    if isinstance(data, dict):
        return f"an object with {', '.join(sorted(map(str, data))[:8]) or 'no keys'}"
    return "null" if data is None else type(data).__name__
