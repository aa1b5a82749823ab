"""What each login may do, table by table: one list for `woocp grants` and for doctor.

Belongs here: the list, made of what the code names, and the GRANT script. Does not: asking a server
(examination/server.py). Nobody needs more, and no right on the whole database is needed to run;
`woocp db upgrade` makes tables and is for another login.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from woocp_pipelines.counterpoint.contract import INSERTED, UPDATED
from woocp_pipelines.counterpoint.migrations import VERSION_TABLE
from woocp_pipelines.counterpoint.tables import METADATA

Right = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]
Role = Literal["syncs", "pricing", "doctor"]
Rights = Mapping[str, tuple[Right, ...]]

ROLES: Final[dict[Role, str]] = {
    "syncs": "woocp_syncs",
    "pricing": "woocp_pricing",
    "doctor": "woocp_doctor",
}
PURPOSES: Final[dict[Role, str]] = {
    "syncs": "all syncs and the woocp command: read, book documents, keep its own tables",
    "pricing": "the pricing service: reads prices, items, customers and the maps, writes nothing",
    "doctor": "woocp doctor and plan mode before anything may be written: reads only",
}
# Staging of the retailer's old scripts beside ours: looked at, never written (CP §2.5, §2.6).
RETAILERS: Final = ("USER_CUSTOMER_NOTES_STAGING", "USER_SHIP_TO_STAGING")
_OURS: Final = "USER_"
# Lines of an order that was edited are written anew; the log of runs is kept for some time only.
_DELETED: Final = frozenset({"USER_ORDER_STAGING_LIN", "USER_SYNC_LOG"})
_PRICES: Final = (
    "AR_CUST",
    "IM_BARCOD",
    "IM_CTL",
    "IM_ITEM",
    "IM_PRC",
    "IM_PRC_GRP",
    "IM_PRC_RUL",
    "IM_PRC_RUL_BRK",
    "USER_CUSTOMER_MAP",
    "USER_PRODUCT_MAP",
)


def rights_of(role: Role) -> dict[str, tuple[Right, ...]]:
    """The tables of a role, by name, with what it may do to each."""
    if role == "pricing":
        return dict.fromkeys(_PRICES, ("SELECT",))
    names = sorted({*METADATA.tables, VERSION_TABLE, *RETAILERS})
    if role == "doctor":
        return dict.fromkeys(names, ("SELECT",))
    return {name: tuple(_of_syncs(name)) for name in names}


def grant_script(role: Role) -> list[str]:
    """T-SQL that makes the role and gives it its rights; it may be run again."""
    name = ROLES[role]
    lines = [
        f"-- {name}: {PURPOSES[role]}.",
        f"IF DATABASE_PRINCIPAL_ID('{name}') IS NULL CREATE ROLE [{name}];",
    ]
    lines += [_line(role, table, rights) for table, rights in rights_of(role).items()]
    if role != "pricing":
        # Triggers are read to see that they SET NOCOUNT ON.
        lines.append(f"GRANT VIEW DEFINITION ON SCHEMA::[dbo] TO [{name}];")
    lines.append(f"-- ALTER ROLE [{name}] ADD MEMBER [your login's user];")
    return lines


def grant_statement(role: Role, table: str, rights: Sequence[str]) -> str:
    """T-SQL that gives the role rights to one table."""
    return f"GRANT {', '.join(rights)} ON OBJECT::[dbo].[{table}] TO [{ROLES[role]}];"


def _line(role: Role, table: str, rights: tuple[Right, ...]) -> str:
    grant = grant_statement(role, table, rights)
    # Those come with `woocp db upgrade`, or were the retailer's; run the script again afterwards.
    may_be_missing = table.startswith(_OURS)
    return f"IF OBJECT_ID(N'dbo.{table}') IS NOT NULL {grant}" if may_be_missing else grant


def _of_syncs(table: str) -> Iterator[Right]:
    yield "SELECT"
    if table == VERSION_TABLE or table in RETAILERS:
        return
    ours = table.startswith(_OURS)
    if ours or table in INSERTED:
        yield "INSERT"
    if ours or table in UPDATED:
        yield "UPDATE"
    if table in _DELETED:
        yield "DELETE"
