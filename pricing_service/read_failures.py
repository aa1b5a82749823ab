"""Why Counterpoint could not be read, in words for the operator's log.

Belongs here: from a driver's error to its kind and the next step. A driver's own text may quote
the connection with its password, so none of it is ever shown: codes are, and sentences of ours.
"""

import re
from typing import Final

from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError

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
_NO_TABLE: Final = (
    "this database has no Counterpoint tables, or not all that prices need; check the database's "
    f"name in {_URL}"
)
# What the text must hold (of it nothing is shown), most telling first.
_BY_TEXT: Final = (
    ("(4060)", f"the database is unknown, or closed to this login; check its name in {_URL}"),
    ("(18456)", _LOGIN),
    ("(208)", _NO_TABLE),
    ("(229)", "SELECT is denied; grant it to the login on the tables of prices"),
    (
        "certificate verify failed",
        "the server's certificate is not trusted; trust it on this machine",
    ),
    ("Can't open lib", _DRIVER),
    ("unable to open database file", f"the database file cannot be opened; check {_URL}"),
    ("no such table", _NO_TABLE),
    ("database is locked", "the database file is locked by another program"),
)
_NO_SOURCE: Final = "IM002"
_BY_STATE: Final = {
    _NO_SOURCE: _DRIVER,
    "IM003": _DRIVER,
    "28000": _LOGIN,
    "42S02": _NO_TABLE,
    "42S22": f"a column is missing; check that {_URL} names the Counterpoint company database",
    **dict.fromkeys(("08001", "08004", "08S01", "HYT00", "HYT01", "01002"), _UNREACHABLE),
}
_UNKNOWN: Final = "the database's own log tells more"


def cause_of(error: Exception, *, by_data_source: bool = False) -> str:
    """The kind of an error, its SQLSTATE where there is one, and the next step.

    `by_data_source`: the database is reached by a data source name (DSN), not by a driver's name.
    """
    kind = type(error).__name__
    if isinstance(error, PriceBookError):
        # The text is ours: which table gave nothing.
        return f"{kind}: {error}"
    if not isinstance(error, DBAPIError):
        return f"{kind}: {_UNKNOWN}"
    arguments = getattr(error.orig, "args", ())
    first = str(arguments[0]) if arguments else ""
    state = first if _STATE.fullmatch(first) else ""
    text = str(error.orig)
    found = next((told for sign, told in _BY_TEXT if sign in text), None)
    if by_data_source and state == _NO_SOURCE:
        found = _DATA_SOURCE
    shown = f"{kind} {state}".rstrip()
    return f"{shown}: {found or _BY_STATE.get(state, _UNKNOWN)}"
