"""A Counterpoint and a store that doctor finds nothing in, so that each test can plant one fault.

Belongs here: what must be there for green. Does not: any fault.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, update

from woocp_pipelines.counterpoint.engine import writing
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.flows.doctor.examining import examine_database
from woocp_pipelines.rules.doctor.findings import Finding
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines_tests.customer_world import known_customer, put
from woocp_pipelines_tests.worked_example import example_settings, seed_example

NOW = datetime(2026, 11, 22, 17, 5, 9, tzinfo=UTC)
STORE_URL = "http://127.0.0.1:9"
# Of the checks of a database, those that ask what only SQL Server has differ by server.
OF_SERVER = ("database.version", "database.snapshot_isolation", "database.collation")


def seed_healthy(engine: Engine) -> None:
    """The worked example with all that its settings name."""
    seed_example(engine)
    known_customer(engine, "00001", NAM="Cash")
    with writing(engine) as connection:
        put(connection, "PS_DRW", STR_ID="01", DRW_ID="WEB", DESCR="Web")
    set_rows(engine, "PS_STR_CFG_PS", USE_MISC_1="Y", USE_MISC_2="Y", USE_ORD="Y", STK_LOC_ID="01")


def table_of(name: str) -> Any:
    """A vendor table with all its columns, or one of ours."""
    found = vendor_tables().get(name)
    return METADATA.tables[name] if found is None else found


def set_rows(
    engine: Engine, table: str, where: dict[str, Any] | None = None, **values: Any
) -> None:
    """What somebody does in Counterpoint."""
    source = table_of(table)
    with writing(engine) as connection:
        connection.execute(update(source).filter_by(**(where or {})).values(**values))


def add(engine: Engine, table: str, **values: Any) -> None:
    """One more row."""
    with writing(engine) as connection:
        connection.execute(insert(table_of(table)).values(**values))


def remove(engine: Engine, table: str, **where: Any) -> None:
    """Rows that somebody deleted."""
    source = table_of(table)
    conditions = [source.c[name] == value for name, value in where.items()]
    with writing(engine) as connection:
        connection.execute(delete(source).where(*conditions))


def look(engine: Engine, *, gate: bool = False, **tables: Any) -> list[Finding]:
    """What doctor finds in the database, apart from what kind of server it is."""
    settings = example_settings(STORE_URL, **tables)
    found = examine_database(settings, engine, NOW, gate=gate).findings
    return [each for each in found if each.id not in OF_SERVER]


def seen(findings: list[Finding]) -> list[tuple[str, str, str | None, str | None]]:
    """Id, level, table and column of each."""
    return [(each.id, each.level, each.table, each.column) for each in findings]
