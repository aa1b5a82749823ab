"""Why Counterpoint could not be read, in words for the operator's log.

Belongs here: from a driver's error to its kind and the next step. A driver's own text may quote
the connection with its password, so none of it is ever shown: codes are, and sentences of ours.
Does not: why no connection came about (counterpoint/connection_failures.py).
"""

from typing import Final

from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.connection_failures import connection_failure, sqlstate
from woocp_pipelines.counterpoint.prices.errors import PriceBookError

_URL: Final = "WOOCP_DATABASE_URL"
_NO_TABLE: Final = (
    "this database has no Counterpoint tables, or not all that prices need; check the database's "
    f"name in {_URL}"
)
# What the text must hold; of it nothing is shown.
_BY_TEXT: Final = (
    ("(208)", _NO_TABLE),
    ("(229)", "SELECT is denied; grant it to the login on the tables of prices"),
    ("no such table", _NO_TABLE),
    ("database is locked", "the database file is locked by another program"),
)
_BY_STATE: Final = {
    "42S02": _NO_TABLE,
    "HYT00": "the server did not answer in time; see what keeps it busy",
    "42S22": f"a column is missing; check that {_URL} names the Counterpoint company database",
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
    state, text = sqlstate(error), str(error.orig)
    found = connection_failure(error, by_data_source=by_data_source)
    found = found or next((told for sign, told in _BY_TEXT if sign in text), None)
    shown = f"{kind} {state}".rstrip()
    return f"{shown}: {found or _BY_STATE.get(state, _UNKNOWN)}"
