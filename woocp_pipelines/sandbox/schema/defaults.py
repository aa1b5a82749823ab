"""Column defaults of the reference, in the words of each database.

Belongs here: what `'Y'`, `0` and `host_name` mean as DEFAULT. Does not: the values of seeds.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, FetchedValue, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from woocp_pipelines.counterpoint.types import ScaledDecimal

# SQLite knows neither logins nor machines: a constant stands for both.
_FUNCTIONS: Final[Mapping[str, str]] = {
    "SYSTEM_USER": "SYSTEM_USER",
    "host_name": "host_name()",
    "@@servername": "@@servername",
    "db_name": "db_name()",
}
_SANDBOX: Final = "'sandbox'"


class _Default(ColumnElement[Any]):
    """DDL text per database; built from the constants above and plain numbers only."""

    inherit_cache = False

    def __init__(self, server: str, sqlite: str) -> None:
        self.server = server
        self.sqlite = sqlite


@compiles(_Default)
def _server_default(element: _Default, _compiler: SQLCompiler, **_: Any) -> str:
    return element.server


@compiles(_Default, "sqlite")
def _sqlite_default(element: _Default, _compiler: SQLCompiler, **_: Any) -> str:
    return element.sqlite


ServerDefault = str | ColumnElement[Any] | FetchedValue | None


def server_default(text: str | None, column_type: TypeEngine[Any]) -> ServerDefault:
    """What to give a Column as `server_default` for a default of the reference.

    Raises:
        ValueError: a default that is neither a number, a quoted text nor a known function.
    """
    if text is None or text.startswith("IDENTITY"):
        return None
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1]
    if text == "GETDATE()":
        return func.current_timestamp()
    if text in _FUNCTIONS:
        return _Default(server=_FUNCTIONS[text], sqlite=_SANDBOX)
    if not text.replace(".", "", 1).isdecimal():
        raise ValueError(f"column default: found {text!r}, expected a number or a quoted text")
    if isinstance(column_type, ScaledDecimal):
        # SQLite holds decimals as integers of their last place (counterpoint/types.py).
        return _Default(server=text, sqlite=str(int(Decimal(text).scaleb(column_type.scale))))
    return _Default(server=text, sqlite=text)
