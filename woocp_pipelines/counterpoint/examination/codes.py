"""The codes that the settings name, as Counterpoint has them (CP §4.8.3, §7 Q3, Q11).

Belongs here: one small statement for each table. What a booking refuses by itself is
counterpoint/codes.py; doctor asks the same functions where they fit.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from woocp_pipelines.counterpoint.tables import (
    AR_CUST,
    PS_DRW,
    PS_STR_CFG_PS,
    SY_PAY_COD,
    SY_WRKGRP,
)
from woocp_pipelines.settings import Counterpoint, as_compared

_SLOTS = range(1, 6)


@dataclass(frozen=True, slots=True)
class StoreSwitches:
    """What PS_STR_CFG_PS switches on: charge slots by number, orders; and who walks in."""

    slots: Mapping[int, bool]
    uses_orders: bool
    walk_in_no: str | None
    has_walk_in: bool


@dataclass(frozen=True, slots=True)
class PayCodeFacts:
    """A row of SY_PAY_COD."""

    code: str
    kind: str
    for_orders: bool
    currency: str


@dataclass(frozen=True, slots=True)
class Workgroup:
    """A row of SY_WRKGRP; `template` only where it is an existing customer."""

    template_no: str | None
    has_template: bool
    counts_by_itself: bool


def read_switches(connection: Connection, where: Counterpoint) -> StoreSwitches | None:
    """The switches of the web store; None where the store has no settings."""
    table = PS_STR_CFG_PS
    statement = (
        select(table, AR_CUST.c.CUST_NO.label("EXISTING"))
        .select_from(table.outerjoin(AR_CUST, AR_CUST.c.CUST_NO == table.c.WALK_IN_CUST_NO))
        .where(table.c.STR_ID == where.store)
    )
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    return StoreSwitches(
        slots={number: row[f"USE_MISC_{number}"] == "Y" for number in _SLOTS},
        # A version that does not say uses them.
        uses_orders=row["USE_ORD"] != "N",
        walk_in_no=row["WALK_IN_CUST_NO"],
        has_walk_in=row["EXISTING"] is not None,
    )


def drawer_exists(connection: Connection, where: Counterpoint) -> bool:
    """Whether the web drawer is there, open or not."""
    statement = select(PS_DRW.c.DRW_ID).where(
        PS_DRW.c.STR_ID == where.store, PS_DRW.c.DRW_ID == where.drawer
    )
    return connection.execute(statement).first() is not None


def read_pay_codes(connection: Connection, codes: Collection[str]) -> dict[str, PayCodeFacts]:
    """The existing ones among these pay codes, by the code as it was asked for."""
    table = SY_PAY_COD
    statement = select(
        table.c.PAY_COD, table.c.PAY_TYP, table.c.ALLOW_FOR_ORDS, table.c.CURNCY_COD
    ).where(table.c.PAY_COD.in_(sorted(codes)))
    # The database decides what is equal; this only finds its answers among the questions.
    found = {row.PAY_COD.casefold(): row for row in connection.execute(statement)}
    return {
        code: PayCodeFacts(
            row.PAY_COD, row.PAY_TYP, row.ALLOW_FOR_ORDS != "N", row.CURNCY_COD or "HOME"
        )
        for code in codes
        if (row := found.get(as_compared(code))) is not None
    }


def read_workgroup(connection: Connection, where: Counterpoint) -> Workgroup | None:
    """The web workgroup, or None."""
    table = SY_WRKGRP
    statement = (
        select(table.c.TMPLT_CUST_NO, table.c.NXT_CUST_NO_AUTO, AR_CUST.c.CUST_NO.label("EXISTING"))
        .select_from(table.outerjoin(AR_CUST, AR_CUST.c.CUST_NO == table.c.TMPLT_CUST_NO))
        .where(table.c.WRKGRP_ID == where.workgroup)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Workgroup(row.TMPLT_CUST_NO, row.EXISTING is not None, row.NXT_CUST_NO_AUTO != "N")


def count_tiers(connection: Connection) -> dict[str, int]:
    """How many web customers have each PROF_COD_1; none counts as an empty text."""
    tier, count = AR_CUST.c.PROF_COD_1, func.count().label("customers")
    statement = select(tier, count).where(AR_CUST.c.IS_ECOMM_CUST == "Y").group_by(tier)
    return {row.PROF_COD_1 or "": row.customers for row in connection.execute(statement)}
