"""One request and one answer, free of Flask, and reading parameters as WordPress does.

Belongs here: the shapes that handlers take and give, and parsing of query and body. Does not:
checking of values (`schema.py`), logins (`auth.py`).
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from woocp_pipelines.sandbox.store.errors import Json, RestError
from woocp_pipelines.sandbox.store.state import StoreState

_BRACKET = re.compile(r"^(?P<name>[^\[]+)\[(?P<index>\d*)\]$")


@dataclass
class Call:
    """A request that has found its route: checked parameters and the ids of its path.

    `user` is who logged in to WordPress itself; consumer keys are checked before.
    """

    state: StoreState
    method: str
    root: str
    path: str
    query: Json
    params: Json
    ids: dict[str, int] = field(default_factory=dict)
    user: Json | None = None


@dataclass
class Reply:
    """An answer: JSON and headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def read_query(pairs: list[tuple[str, str]]) -> Json:
    """Query pairs as PHP sees them: `a[]=1&a[]=2` is a list, of repeated names the last wins."""
    query: Json = {}
    for name, value in pairs:
        match = _BRACKET.match(name)
        if match is None:
            query.pop(name, None)
            query[name] = value
            continue
        rows = query.get(match["name"])
        if not isinstance(rows, list):
            rows = query[match["name"]] = []
        rows.append(value)
    return query


def read_body(raw: bytes, content_type: str) -> Json:
    """The parameters of a body: JSON and forms; another content type is ignored (WC §2).

    Raises:
        RestError: 400 rest_invalid_json.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return read_query(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    if kind != "application/json" or not raw:
        return {}
    try:
        body = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise _invalid_json(5, "Malformed UTF-8 characters, possibly incorrectly encoded") from None
    except json.JSONDecodeError:
        raise _invalid_json(4, "Syntax error") from None
    return body if isinstance(body, dict) else {}


def _invalid_json(number: int, message: str) -> RestError:
    data = {"json_error_code": number, "json_error_message": message}
    return RestError(400, "rest_invalid_json", "Invalid JSON body passed.", data)
