"""The same for what is asked over the network: Counterpoint's database, the pricing service.

Belongs here: what an answer, or none, means. Asking: flows/health.py, flows/pricing_health.py.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from woocp_pipelines.rules.doctor.server import CHECK_COMPANY
from woocp_pipelines.rules.health import by_age, span
from woocp_pipelines.rules.health_facts import RECORDS_SHOWN, Finding, Level

_DATABASE: Final = "critical when it does not answer"
_TABLES: Final = (
    "critical when one is gone, when the database is no Counterpoint company, or in apply mode "
    "while not of this version"
)


def database_answers() -> Finding:
    """Counterpoint's database was read."""
    return Finding("database", "ok", "answers", _DATABASE)


def database_is_away(reason: str) -> Finding:
    """It could not be read, so nothing else is known."""
    return Finding(
        "database",
        "critical",
        reason,
        _DATABASE,
        "bring Counterpoint's SQL Server and the network to it back; look at WOOCP_DATABASE_URL "
        "and the login. Everything that waits is done by itself afterwards",
    )


def tables(*, upgraded: bool, planning: bool) -> Finding:
    """Our tables; a plan works without them."""
    if upgraded:
        return Finding("tables", "ok", "the USER_* tables are there", _TABLES)
    level: Level = "ok" if planning else "critical"
    plan = "; plan mode works without them" if planning else ""
    return Finding(
        "tables",
        level,
        f"the USER_* tables are not those of this version{plan}",
        _TABLES,
        "" if planning else "run `woocp db upgrade`",
    )


def no_company(database: str, missing: Sequence[str]) -> Finding:
    """Counterpoint's own tables are not to be seen: no upgrade of ours helps."""
    return Finding(
        "tables",
        "critical",
        f"the database {database} is no Counterpoint company: {len(missing)} of the tables that "
        "woocp needs are not to be seen",
        _TABLES,
        f"{CHECK_COMPANY}; if it is the right one, run what `woocp grants` prints",
        records=tuple(missing[:RECORDS_SHOWN]),
        count=len(missing),
    )


def tables_are_gone(missing: Sequence[str]) -> Finding:
    """Some of them, though `woocp db upgrade` made them all."""
    return Finding(
        "tables",
        "critical",
        f"{len(missing)} of the USER_* tables cannot be seen: nothing is written, and nothing else "
        "is known",
        _TABLES,
        "run what `woocp grants` prints, in case this login may not see them; if somebody dropped "
        "them, restore them from a backup (`woocp doctor` says more)",
        records=tuple(missing),
        count=len(missing),
    )


def price_service(
    state: str, found: str, next_step: str, age: timedelta | None, refuse_after: timedelta
) -> Finding:
    """The pricing service: what it said of itself, and how old its price book is.

    Args:
        state: ok, degraded, or what keeps it from pricing.
        found: the same in words.
        next_step: what a person can do.
        age: of the price book; None when it is not known.
        refuse_after: the age at which it prices no more (`pricing.refuse_after_hours`).
    """
    level: Level = {"ok": "ok", "degraded": "warning"}.get(state, "critical")  # type: ignore[assignment]
    aged = by_age(age, refuse_after / 2, refuse_after) if age is not None else "ok"
    # A book that is not read again is trouble before the service says so.
    if level == "ok" and aged != "ok":
        level = aged
        next_step = "look at the log of the pricing service: it cannot read Counterpoint's prices"
    book = f", price book of {span(age)} ago" if age is not None else ""
    return Finding(
        "prices",
        level,
        f"{found}{book}",
        f"warning when degraded or its book is over {span(refuse_after / 2)}, critical when it "
        f"cannot price or its book is over {span(refuse_after)}",
        next_step if level != "ok" else "",
    )


def no_price_service() -> Finding:
    """Nothing says that there is one."""
    return Finding(
        "prices",
        "ok",
        "no pricing service is configured here (WOOCP_PRICING_HOST, WOOCP_PRICING_PORT)",
        "none",
    )
