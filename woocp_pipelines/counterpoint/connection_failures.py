"""Why no connection to the database came about, in words, with the next step.

Belongs here: what drivers say when they cannot connect. A driver's own text may quote the
connection with its password, so none of it is ever shown. Does not: errors of statements
(refusals.py).
"""

import re
from itertools import chain
from typing import Final

from sqlalchemy.exc import StatementError

_STATE: Final = re.compile(r"[0-9A-Z]{5}")
_URL: Final = "WOOCP_DATABASE_URL"
_DRIVER: Final = f"the ODBC driver is missing; install it, or correct driver= in {_URL}"
_DATA_SOURCE: Final = (
    f"the data source name (DSN) of {_URL} does not exist on this machine, or not for this user; "
    "correct it, or define it (odbc.ini; on Windows the ODBC administrator of the same bits)"
)
_LOGIN: Final = f"login failed; check user and password in {_URL}"
_UNREACHABLE: Final = (
    f"the server did not answer; check host and port in {_URL}, the network, and that SQL Server "
    "listens on TCP"
)
# Recovering, restoring, offline, in transition, a secondary, or the server is going down or up.
_CLOSED: Final = (
    "the database is not open to anybody: it is being recovered, restored or is offline; wait, or "
    "see SQL Server's log"
)
# The server's own numbers, most telling first: a database that is closed comes with a failed login.
_BY_NUMBER: Final = {
    "4060": f"the database is unknown, or closed to this login; check its name in {_URL}",
    "18456": _LOGIN,
    **dict.fromkeys(("922", "927", "942", "945", "952", "983", "6005", "18401"), _CLOSED),
}
# Where a number stands: at the end of a message, before the driver's function or the next message.
_NUMBER: Final = re.compile(r"\((\d+)\)(?= \(SQL|; \[|$)")
# A value or constraint of a record: the text quotes what people typed and tells of no connection.
_OF_A_RECORD: Final = ("22", "23")
# What the text must hold (of it nothing is shown).
_BY_TEXT: Final = (
    (
        "certificate verify failed",
        "the server's certificate is not trusted; trust it on this machine",
    ),
    ("Can't open lib", _DRIVER),
    ("Login timeout expired", _UNREACHABLE),
    ("unable to open database file", f"the database file cannot be opened; check {_URL}"),
)
_NO_SOURCE: Final = "IM002"
_BY_STATE: Final = {
    _NO_SOURCE: _DRIVER,
    "IM003": _DRIVER,
    "28000": _LOGIN,
    **dict.fromkeys(("08001", "08004", "08S01", "HYT01", "01002"), _UNREACHABLE),
}


def sqlstate(error: StatementError) -> str:
    """The five letters by which ODBC names the kind of an error; empty where there are none."""
    arguments = getattr(error.orig, "args", ())
    first = str(arguments[0]) if arguments else ""
    return first if _STATE.fullmatch(first) else ""


def connection_failure(error: StatementError, *, by_data_source: bool = False) -> str | None:
    """What stands in the way of a connection, and the next step; None for any other error.

    `by_data_source`: the database is reached by a data source name (DSN), not by a driver's name.
    """
    state, text = sqlstate(error), str(next(reversed(getattr(error.orig, "args", ())), ""))
    if state.startswith(_OF_A_RECORD):
        return None
    if by_data_source and state == _NO_SOURCE:
        return _DATA_SOURCE
    numbers = _NUMBER.findall(text)
    by_number = (told for number, told in _BY_NUMBER.items() if number in numbers)
    by_text = (told for sign, told in _BY_TEXT if sign in text)
    return next(chain(by_number, by_text), None) or _BY_STATE.get(state)
