"""Checking and cleaning request parameters as the REST layer does, from small schemas.

Belongs here: the generic check of a value against a schema and its error texts. Does not: which
parameters exist (`arguments.py`). Schemas know type (integer, string, boolean, array, object,
ids), enum, minimum, maximum, format (date-time, email), items, properties, default, required.
"""

import re
from typing import Any

from woocp_pipelines.sandbox.store.errors import Json, RestError, invalid_params, missing_params
from woocp_pipelines.sandbox.store.text import php_bool, php_int
from woocp_pipelines.sandbox.store.times import is_date_time

Schema = dict[str, Any]

_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
_BOOLEANS = (True, False, 0, 1, "0", "1", "true", "false", "TRUE", "FALSE", "")
_EMPTY: dict[str, Any] = {"integer": 0, "string": "", "boolean": False, "array": [], "object": {}}


def check_params(params: Json, arguments: dict[str, Schema]) -> Json:
    """Parameters with defaults filled and values cleaned; unknown ones pass unchanged.

    A null is not checked but cleaned to the empty value of its type: that is how a null quantity
    becomes 0 on a single PUT (WC §3.1).

    Raises:
        RestError: 400 rest_missing_callback_param or rest_invalid_param.
    """
    missing = [
        name
        for name, schema in arguments.items()
        if schema.get("required") and params.get(name) is None
    ]
    if missing:
        raise missing_params(missing)
    details = {
        name: problem
        for name, schema in arguments.items()
        if params.get(name) is not None and (problem := _problem(params[name], schema, name))
    }
    if details:
        raise invalid_params(details)
    cleaned = {
        name: _clean(value, arguments[name]) if name in arguments else value
        for name, value in params.items()
    }
    defaults = {n: s["default"] for n, s in arguments.items() if "default" in s}
    return {**defaults, **cleaned}


def listed(names: list[str]) -> str:
    """An English list: "a and b", "a, b, and c"."""
    if len(names) < 3:  # noqa: PLR2004  (the comma before "and" starts at three)
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _problem(value: Any, schema: Schema, param: str) -> Json | None:
    kind = schema.get("type")
    if kind == "array":
        return _array_problem(value, schema, param)
    if kind == "object":
        return _object_problem(value, schema, param)
    if not _has_type(value, kind):
        return _wrong_type(param, str(kind))
    return _range_problem(value, schema, param) or _format_problem(value, schema)


def _has_type(value: Any, kind: str | None) -> bool:
    if kind == "integer":
        return _is_integer(value)
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool | int | str) and value in _BOOLEANS
    return True


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        return float(value).is_integer()
    except ValueError:
        return False


def _array_problem(value: Any, schema: Schema, param: str) -> Json | None:
    rows = _as_list(value)
    if not isinstance(rows, list):
        return _wrong_type(param, "array")
    found = (_problem(row, schema["items"], f"{param}[{at}]") for at, row in enumerate(rows))
    return next((problem for problem in found if problem), None)


def _object_problem(value: Any, schema: Schema, param: str) -> Json | None:
    if not isinstance(value, dict) and value not in ("", []):
        return _wrong_type(param, "object")
    if not value:
        return None
    properties = schema.get("properties", {})
    found = (
        _problem(value[name], inner, f"{param}[{name}]")
        for name, inner in properties.items()
        if name in value
    )
    return next((problem for problem in found if problem), None)


def _range_problem(value: Any, schema: Schema, param: str) -> Json | None:
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        message = f"{param} is not one of {listed(allowed)}."
        return {"code": "rest_not_in_enum", "message": message, "data": None}
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and not low <= float(value) <= high:
        message = f"{param} must be between {low} (inclusive) and {high} (inclusive)"
    elif low is not None and float(value) < low:
        message = f"{param} must be greater than or equal to {low}"
    else:
        return None
    return {"code": "rest_out_of_bounds", "message": message, "data": None}


def _format_problem(value: Any, schema: Schema) -> Json | None:
    wanted = schema.get("format")
    if wanted == "date-time" and not is_date_time(value):
        return {"code": "rest_invalid_date", "message": "Invalid date.", "data": None}
    if wanted == "email" and not _EMAIL.match(value):
        return {"code": "rest_invalid_email", "message": "Invalid email address.", "data": None}
    return None


def _wrong_type(param: str, kind: str) -> Json:
    message = f"{param} is not of type {kind}."
    return {"code": "rest_invalid_type", "message": message, "data": {"param": param}}


def _clean(value: Any, schema: Schema) -> Any:
    kind = schema.get("type", "")
    if value is None:
        return _EMPTY.get(kind)
    if kind == "ids":
        return [abs(php_int(row)) for row in _as_list(value)]
    if kind == "integer":
        return int(float(value))
    if kind == "boolean":
        return php_bool(value)
    return _as_list(value) if kind == "array" else value


def _as_list(value: Any) -> Any:
    if isinstance(value, str):
        return [part for part in re.split(r"[\s,]+", value) if part]
    return list(value.values()) if isinstance(value, dict) else value


__all__ = ["RestError", "Schema", "check_params", "listed"]
