"""The codes a booking relies on, looked up before anything is written (CP §4.8.3).

Belongs here: stores, stations, locations, drawer sessions, pay and tax codes, and what is said when
one is missing. Does not: keys (document_keys.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Label, Row, and_, select

from woocp_pipelines.counterpoint.items import EVERY_LOCATION
from woocp_pipelines.counterpoint.tables import (
    IM_LOC,
    PS_DRW_SESSION,
    PS_STA,
    PS_STR,
    PS_STR_CFG_PS,
    SY_PAY_COD,
    SY_TAX_COD,
)
from woocp_pipelines.rules.addresses import Address
from woocp_pipelines.rules.customer_building import tax_code
from woocp_pipelines.rules.document_building.inputs import PayCode, TaxCode
from woocp_pipelines.rules.problems import Problem, RefusedError
from woocp_pipelines.rules.web_order import WebOrder
from woocp_pipelines.settings import Counterpoint, Settings


@dataclass(frozen=True, slots=True)
class StationNumbers:
    """STR_NO and STA_NO, which DOC_ID is made of, and where each number comes from."""

    store_no: int
    station_no: int
    orders_from_store: bool
    tickets_from_store: bool
    order_no_length: int


_STORE_COUNTERS = "S"
_SHOWN_LOCATIONS: Final = 20
# A release ticket is numbered "<order>-01": the order number must leave room (CP §1.6.2).
_LENGTH_WITH_SUFFIX, _LENGTH = 12, 15


def read_station(connection: Connection, where: Counterpoint) -> StationNumbers:
    """Numbers of the web station; the locations beside it must exist, too.

    Raises:
        RefusedError: NO_STATION or NO_LOCATION, retryable: it is a setting, not the order, that
            is wrong.
    """
    store, station, config = PS_STR, PS_STA, PS_STR_CFG_PS
    statement = (
        select(
            store.c.STR_NO,
            station.c.STA_NO,
            config.c.ORD_NO_METH,
            config.c.TKT_NO_METH,
            config.c.USE_ORD_NO_AS_TKT_NO,
            _location(where.stock_location, "STOCK_LOCATION"),
            _location(where.price_location, "PRICE_LOCATION"),
        )
        .select_from(
            store.join(station, store.c.STR_ID == station.c.STR_ID).join(
                config, config.c.STR_ID == store.c.STR_ID
            )
        )
        .where(store.c.STR_ID == where.store, station.c.STA_ID == where.station)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise RefusedError(
            Problem(
                code="NO_STATION",
                field="counterpoint.station",
                found=f"store {where.store!r}, station {where.station!r}",
                expected="a store in PS_STR and PS_STR_CFG_PS with that station in PS_STA",
                next_step="correct [counterpoint] in woocp.toml, or add the station; the order is "
                "booked then by itself",
                retryable=True,
            )
        )
    _require_own_locations(connection, where, row)
    as_ticket = (row.USE_ORD_NO_AS_TKT_NO or "N") == "Y"
    return StationNumbers(
        store_no=row.STR_NO,
        station_no=row.STA_NO,
        orders_from_store=row.ORD_NO_METH == _STORE_COUNTERS,
        tickets_from_store=row.TKT_NO_METH == _STORE_COUNTERS,
        order_no_length=_LENGTH_WITH_SUFFIX if as_ticket else _LENGTH,
    )


class UnknownLocationError(Exception):
    """`[inventory] locations` names what Counterpoint does not have; nothing was written."""

    def __init__(self, unknown: str, known: str) -> None:
        super().__init__(
            f"inventory.locations: found {unknown}, expected codes of IM_LOC: {known}; nothing was "
            "written. Correct [inventory] in woocp.toml, or add the location in Counterpoint"
        )
        self.unknown = unknown
        self.known = known


def require_locations(connection: Connection, locations: Sequence[str]) -> None:
    """Refuse to add up stock of locations that do not exist: a slip of the pen hides goods.

    Raises:
        UnknownLocationError: at least one does not.
    """
    wanted = select(IM_LOC.c.LOC_ID).where(IM_LOC.c.LOC_ID.in_(locations))
    known = {_folded(each) for each in connection.execute(wanted).scalars()}
    unknown = [repr(each) for each in locations if _folded(each) not in known]
    if unknown:
        raise UnknownLocationError(", ".join(unknown), _known_locations(connection))


def _require_own_locations(connection: Connection, where: Counterpoint, row: Row[Any]) -> None:
    named = (
        ("stock_location", where.stock_location, row.STOCK_LOCATION),
        ("price_location", where.price_location, row.PRICE_LOCATION),
    )
    for name, location, found in named:
        if found is None and location != EVERY_LOCATION:
            raise RefusedError(
                Problem(
                    code="NO_LOCATION",
                    field=f"counterpoint.{name}",
                    found=repr(location),
                    expected=f"a code of IM_LOC: {_known_locations(connection)}",
                    next_step="correct [counterpoint] in woocp.toml, or add the location; the "
                    "order is booked then by itself",
                    retryable=True,
                )
            )


def _location(code: str, name: str) -> Label[Any]:
    statement = select(IM_LOC.c.LOC_ID).where(IM_LOC.c.LOC_ID == code)
    return statement.scalar_subquery().label(name)


def _known_locations(connection: Connection) -> str:
    found = list(connection.execute(select(IM_LOC.c.LOC_ID).order_by(IM_LOC.c.LOC_ID)).scalars())
    rest = len(found) - _SHOWN_LOCATIONS
    shown = ", ".join(found[:_SHOWN_LOCATIONS])
    return f"{shown} and {rest} more" if rest > 0 else shown or "it has none"


def _folded(code: str) -> str:
    # The database decided what is equal; this only finds its answer among the questions.
    return code.strip().casefold()


def read_drawer_session(connection: Connection, where: Counterpoint) -> int:
    """The active session of the web drawer; woocp never opens one itself (CP §7 Q3).

    Raises:
        RefusedError: NO_DRAWER_SESSION, retryable.
    """
    table = PS_DRW_SESSION
    condition = and_(
        table.c.STR_ID == where.store, table.c.DRW_ID == where.drawer, table.c.STAT == "A"
    )
    statement = select(table.c.DRW_SESSION_ID).where(condition)
    sessions = connection.execute(statement.order_by(table.c.DRW_SESSION_ID.desc())).scalars()
    session = sessions.first()
    if session is None:
        raise RefusedError(no_drawer_session(where))
    return int(session)


def no_drawer_session(where: Counterpoint) -> Problem:
    """What is said while nobody has opened the web drawer."""
    return Problem(
        code="NO_DRAWER_SESSION",
        field="counterpoint.drawer",
        found=f"no active session of drawer {where.drawer!r} in store {where.store!r}",
        expected="one session with STAT 'A' in PS_DRW_SESSION",
        next_step="open the drawer in Counterpoint; the order is booked then by itself",
        retryable=True,
    )


def read_pay_code(connection: Connection, order: WebOrder, settings: Settings) -> PayCode:
    """The pay code of the order's gateway, by the map in the settings (CP §4.5).

    Raises:
        RefusedError: NO_PAY_CODE, the gateway is not mapped or the code does not exist.
    """
    code = settings.payments.pay_codes.get(order.payment_method)
    row = None
    if code:
        statement = select(SY_PAY_COD).where(SY_PAY_COD.c.PAY_COD == code)
        row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise RefusedError(_no_pay_code(order, code))
    return PayCode(
        pay_cod=row["PAY_COD"],
        pay_typ=row["PAY_TYP"],
        descr=row["DESCR"] or row["PAY_COD"],
        edc_auth_flg=row["EDC_AUTH_FLG"] or "N",
        prompts=row["PROMPT_1_REQ"] == "Y",
    )


def _no_pay_code(order: WebOrder, code: str | None) -> Problem:
    gateway = order.payment_method
    shown = f"{gateway!r} ({order.payment_title})" if order.payment_title else repr(gateway)
    if code:
        found = f"{shown}, mapped to {code!r}, which SY_PAY_COD does not have"
        step = f'correct "{gateway}" in [payments.pay_codes], or add the pay code in Counterpoint'
    elif gateway:
        found = f"{shown}, which is not mapped"
        step = f'add "{gateway}" with its PAY_COD to [payments.pay_codes]'
    else:
        found = f"no gateway ({order.payment_title})" if order.payment_title else "no gateway"
        step = (
            "enter the order in Counterpoint by hand and `woocp settle` it; or choose its payment "
            "method in WooCommerce"
        )
    return Problem(
        code="NO_PAY_CODE",
        field="payment_method",
        found=found,
        expected="a gateway in [payments.pay_codes] whose code exists in SY_PAY_COD",
        next_step=f"{step}, then replay",
    )


def read_tax_code(connection: Connection, ship_to: Address, settings: Settings) -> TaxCode | None:
    """The tax code of the ship-to state, else the default; None when there is neither.

    Raises:
        RefusedError: NO_TAX_CODE, retryable: it is a setting, not the order, that is wrong.
    """
    code = tax_code(ship_to, settings.tax)
    if code is None:
        return None
    statement = select(SY_TAX_COD.c.TAX_COD).where(SY_TAX_COD.c.TAX_COD == code)
    if connection.execute(statement).scalar_one_or_none() is None:
        raise RefusedError(no_tax_code(f"{code!r} for state {ship_to.STATE!r}"))
    rates = {name.strip().upper(): pair for name, pair in settings.tax.rates.items()}
    return TaxCode(code, settings.tax.authorities.get(code, ()), rates)


def no_tax_code(found: str) -> Problem:
    """What is said of an order or a new customer whose tax code Counterpoint does not have."""
    return Problem(
        code="NO_TAX_CODE",
        field="TAX_COD",
        found=found,
        expected="a code of SY_TAX_COD",
        next_step="correct [tax] in woocp.toml, or add the code in Counterpoint; it is tried again "
        "by itself",
        retryable=True,
    )
