"""What is noted about one request while it is answered, for its log line and its headers.

Belongs here: the note and how a view reaches it. Does not: what becomes of it (edge.py).
"""

import re
import secrets
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from flask import request

from pricing_service.limits import Allowance

NOTES: Final = "woocp.notes"
_GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Ids of our own: unique over restarts by their beginning, within one by their number.
_START: Final = secrets.token_hex(4)
_NUMBERS: Final = count(1)


@dataclass(slots=True)
class RequestNotes:
    """One request: who asked, for which contract group, why it was refused.

    `key` is the name of the key, never its secret; `group` only where the caller named one;
    `headers` are put on the answer as they are, past the checks of a library.
    """

    request_id: str
    key: str = ""
    scopes: frozenset[str] = frozenset()
    group: str = ""
    refused: str = ""
    allowance: Allowance | None = None
    headers: tuple[tuple[str, str], ...] = ()


def new_notes(given_id: str | None) -> RequestNotes:
    """Notes under the id that the caller gave, where it is one that may stand in a log."""
    if given_id is not None and _GIVEN_ID.fullmatch(given_id):
        return RequestNotes(given_id)
    return RequestNotes(f"{_START}-{next(_NUMBERS)}")


def notes() -> RequestNotes:
    """The notes of the request that is being answered."""
    return notes_of(request.environ)


def notes_of(environ: dict[str, Any]) -> RequestNotes:
    """The notes of a request by its WSGI environment."""
    found = environ.get(NOTES)
    if not isinstance(found, RequestNotes):
        # A route that is tested without the edge around it.
        found = environ[NOTES] = new_notes(None)
    return found


def note_group(code: str) -> None:
    """Remember the contract group that the caller named: the access log tells who asked for it."""
    notes().group = code
