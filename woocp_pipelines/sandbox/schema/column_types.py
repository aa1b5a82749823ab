"""SQL type names of the reference as SQLAlchemy types.

Belongs here: reading "decimal(15,4)" and the like. The types themselves are counterpoint/types.py,
so that SQLite stores what the Table objects of counterpoint/tables expect.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Date,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    Unicode,
)
from sqlalchemy.types import TypeEngine

from woocp_pipelines.counterpoint.tables.order_staging import SERVER_TIME
from woocp_pipelines.counterpoint.types import (
    Factor,
    LocalDateTime,
    Money,
    Pct,
    Price,
    Qty,
    TinyInteger,
    UnitMoney,
    guid,
    long_unicode,
)

_TYPE: Final = re.compile(r"(?P<name>[a-z0-9]+)(\((?P<size>[0-9]+|max)(,(?P<scale>[0-9]+))?\))?")

_FIXED: Final[Mapping[str, Callable[[], TypeEngine[Any]]]] = {
    "bigint": BigInteger,
    "bit": Boolean,
    "date": Date,
    "datetime": LocalDateTime,
    "datetime2": lambda: SERVER_TIME,
    "image": LargeBinary,
    "int": Integer,
    "money": UnitMoney,
    "nvarchar(max)": long_unicode,
    "smallint": SmallInteger,
    "text": Text,
    "tinyint": TinyInteger,
    "uniqueidentifier": guid,
    "decimal(9,3)": Pct,
    "decimal(11,0)": Factor,
    "decimal(15,2)": Money,
    "decimal(15,4)": Price,
    "decimal(16,4)": lambda: Qty(16),
    # Measures of runs and requests, not money: plain numbers as in counterpoint/tables.
    "decimal(5,2)": lambda: Numeric(5, 2, asdecimal=False),
    "decimal(10,2)": lambda: Numeric(10, 2, asdecimal=False),
}
_SIZED: Final[Mapping[str, Callable[[int], TypeEngine[Any]]]] = {
    "char": CHAR,
    "nvarchar": Unicode,
    "varchar": String,
}


def column_type(sql: str) -> TypeEngine[Any]:
    """The type for a name of the reference.

    Raises:
        ValueError: a type that the reference did not have when this was written.
    """
    if sql in _FIXED:
        return _FIXED[sql]()
    found = _TYPE.fullmatch(sql)
    if found and found["name"] in _SIZED and found["size"] not in (None, "max"):
        return _SIZED[found["name"]](int(found["size"]))
    known = ", ".join([*sorted(_FIXED), "varchar(n)", "nvarchar(n)", "char(n)"])
    raise ValueError(f"column type: found {sql!r}, expected one of {known}")
