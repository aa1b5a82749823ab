"""Column types that are right on SQL Server and on SQLite.

Belongs here: the decimal, time, GUID and text types of CP §0.4. Does not: columns (tables/).
SQLite has no decimals and would make floats of them, also in computed columns; so there each
decimal is stored as an integer of its last decimal place.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Numeric,
    SmallInteger,
    String,
    UnicodeText,
    Uuid,
)
from sqlalchemy.dialects import mssql
from sqlalchemy.types import TypeDecorator, TypeEngine


class ScaledDecimal(TypeDecorator[Decimal]):
    """A decimal of fixed scale. Refuses floats and values with more decimals than it holds."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        self.precision = precision
        self.scale = scale
        super().__init__(precision, scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Integers on SQLite, decimals elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(self._server_type())

    def _server_type(self) -> TypeEngine[Any]:
        return Numeric(self.precision, self.scale, asdecimal=True)

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        """Check exactness before the driver could round."""
        if value is None:
            return None
        if isinstance(value, float) or not isinstance(value, Decimal | int):
            raise TypeError(f"expected Decimal, found {value!r}")
        exact = Decimal(value)
        stored = exact.scaleb(self.scale)
        whole = int(stored)
        if whole != stored:
            raise ValueError(f"{exact} has more than {self.scale} decimals")
        return whole if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give a Decimal of exactly the column's scale."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(int(value)).scaleb(-self.scale)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.scale))


class Money(ScaledDecimal):
    """T_MONEY: decimal(15,2)."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(15, 2)


class Price(ScaledDecimal):
    """T_PRC and T_COST: decimal(15,4)."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(15, 4)


class Qty(ScaledDecimal):
    """T_QTY: decimal(15,4)."""

    cache_ok = True

    def __init__(self, precision: int = 15) -> None:
        super().__init__(precision, 4)


class Pct(ScaledDecimal):
    """T_PCT: decimal(9,3)."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(9, 3)


class Factor(ScaledDecimal):
    """T_CONV_FAC: decimal(11,0), numerator or denominator of a unit."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(11, 0)


class UnitMoney(ScaledDecimal):
    """T_UNIT_MONEY: SQL Server's `money`, four decimals."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(19, 4)

    def _server_type(self) -> TypeEngine[Any]:
        return mssql.MONEY()


class UtcDateTime(TypeDecorator[datetime]):
    """Our own times: datetime2 of whole UTC, aware in Python."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Microseconds fit both datetime2(6) and SQLite."""
        if dialect.name == "mssql":
            return dialect.type_descriptor(mssql.DATETIME2(6))  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive times: nobody can tell which zone they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"expected an aware time, found {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give an aware UTC time."""
        return None if value is None else value.replace(tzinfo=UTC)


class LocalDateTime(TypeDecorator[datetime]):
    """Counterpoint's `datetime`: naive store-local time, whole seconds (CP §0.5)."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The vendor's columns are `datetime`, not datetime2."""
        if dialect.name == "mssql":
            return dialect.type_descriptor(mssql.DATETIME())
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse aware times: they must go through rules.clock.store_local first."""
        if value is not None and value.tzinfo is not None:
            raise TypeError(f"expected a naive store-local time, found {value!r}")
        return value


class Code(TypeDecorator[str]):
    """A varchar that is a key, code or flag: trailing blanks never count (CP §5.6)."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Trim what char columns or careless writers padded: blanks only, as SQL Server does."""
        return None if value is None else str(value).rstrip(" ")


class TinyInteger(TypeDecorator[int]):
    """T_INT_TINY: 0 to 255."""

    impl = SmallInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite has one integer type only."""
        if dialect.name == "mssql":
            return dialect.type_descriptor(mssql.TINYINT())
        return dialect.type_descriptor(SmallInteger())


def guid() -> Uuid[Any]:
    """T_GUID: uniqueidentifier on SQL Server, 32 characters on SQLite."""
    return Uuid(as_uuid=True)


def long_unicode() -> TypeEngine[str]:
    """nvarchar(max) on SQL Server, TEXT on SQLite."""
    return UnicodeText().with_variant(mssql.NVARCHAR(None), "mssql")
