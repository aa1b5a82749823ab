"""What is made of the database server, this login's rights, the schema contract and triggers.

Belongs here: judging. Does not: asking (counterpoint/examination/server.py, contract.py), and what
the contract itself decides: its differences are taken over as they are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from woocp_pipelines.rules.doctor.findings import ALL_FLOWS, Finding, Level
from woocp_pipelines.rules.doctor.flows_of_tables import flows_of_rights, flows_of_table

# SQL Server 2019 is 15, 2022 is 16.
OLDEST_SERVER: Final = 15
NO_TABLE: Final = "no such table"
# So many missing at once are no difference between versions.
_ANOTHER_DATABASE: Final = 10
CHECK_COMPANY: Final = (
    "check that WOOCP_DATABASE_URL names the company's database: without a name it is the login's "
    "default database"
)
_NOCOUNT: Final = re.compile(r"\bSET\s+NOCOUNT\s+ON\b", re.IGNORECASE)
_COMMENTS: Final = re.compile(r"--[^\r\n]*|/\*.*?\*/", re.DOTALL)
# The product's own replication triggers on DELETE, and woocp deletes nothing of the vendor's.
_NATIVE: Final = re.compile(r"TR_RS_\w+_D", re.IGNORECASE)


class _Difference(Protocol):
    """As contract.Difference has it; rules know no adapter."""

    @property
    def table(self) -> str: ...
    @property
    def column(self) -> str | None: ...
    @property
    def found(self) -> str: ...
    @property
    def expected(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def fix(self) -> str: ...
    @property
    def level(self) -> Level: ...


class _Trigger(Protocol):
    @property
    def table(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def definition(self) -> str | None: ...


def judge_server(version: str, edition: str) -> Iterator[Finding]:
    """Servers older than those woocp is made for."""
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) >= OLDEST_SERVER:
        return
    yield Finding(
        id="database.version",
        level="yellow",
        found=f"{version or 'no version'} ({edition})" if edition else version or "no version",
        expected="SQL Server 2019 (15) or newer",
        why="woocp was never tried on an older one",
        fix="try every flow in plan mode first, and in the practice company",
    )


def judge_collation(collation: str | None) -> Iterator[Finding]:
    """Codes are compared without case, as Counterpoint's databases do."""
    if collation is None or "_CI_" in f"{collation}_".upper():
        return
    yield Finding(
        id="database.collation",
        level="yellow",
        found=collation,
        expected="a collation that ignores case (_CI_)",
        why="codes that differ only in case are two here and one in price filters and settings",
        fix="write codes in woocp.toml exactly as Counterpoint has them",
    )


def judge_snapshots(*, allowed: bool) -> Iterator[Finding]:
    """Reading of one moment without waiting for the tills."""
    if allowed:
        return
    yield Finding(
        id="database.snapshot_isolation",
        level="yellow",
        found="ALLOW_SNAPSHOT_ISOLATION OFF",
        expected="ALLOW_SNAPSHOT_ISOLATION ON",
        why="woocp's readings wait for the tills' writing and the other way round, and what was "
        "changed meanwhile must be read again",
        fix="ask the database's administrator for ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION "
        "ON; woocp never changes a database's options",
    )


def judge_revision(found: str | None, wanted: str | None) -> Iterator[Finding]:
    """The USER_* tables must be those of this version."""
    if found == wanted:
        return
    # Revisions are numbered in their order.
    newer = found is not None and wanted is not None and found > wanted
    yield Finding(
        id="database.upgrade",
        level="red",
        table="USER_WOOCP_VERSION",
        found=f"revision {found or 'none'}",
        expected=f"revision {wanted}",
        why="woocp keeps there what was booked and what waits; plan mode works without",
        fix="install the woocp that made them: this one is older, and nothing goes back"
        if newer
        else "run `woocp db upgrade`",
        stops=ALL_FLOWS,
    )


def is_no_company(missing: Iterable[str]) -> bool:
    """Whether so many of Counterpoint's own tables are not to be seen that this is no company."""
    return sum(not name.startswith("USER_") for name in missing) >= _ANOTHER_DATABASE


def judge_contract(differences: Iterable[_Difference], *, upgraded: bool) -> Iterator[Finding]:
    """The contract's differences; before the upgrade those of our own tables are the upgrade's."""
    theirs = [each for each in differences if upgraded or not each.table.startswith("USER_")]
    missing = sorted({each.table for each in theirs if each.found == NO_TABLE})
    if is_no_company(missing):
        yield _not_counterpoint(missing)
        theirs = [each for each in theirs if each.table not in missing]
    for each in theirs:
        yield Finding(
            id="database.contract",
            level=each.level,
            table=each.table,
            column=each.column,
            found=each.found,
            expected=each.expected,
            why=each.why,
            fix=each.fix,
            stops=flows_of_table(each.table) if each.level == "red" else (),
        )


def _not_counterpoint(missing: Sequence[str]) -> Finding:
    return Finding(
        id="database.company",
        level="red",
        table=missing[0],
        found=f"{len(missing)} tables are not to be seen: {', '.join(missing)}",
        expected="the tables of a Counterpoint company",
        why="woocp reads or writes each of them",
        fix=f"{CHECK_COMPANY}; if it is the right one, let its administrator run what "
        "`woocp grants` prints",
        stops=ALL_FLOWS,
    )


def judge_rights(
    lacking: Mapping[str, Sequence[str]],
    *,
    writing: bool,
    grant: Callable[[str, Sequence[str]], str],
) -> Iterator[Finding]:
    """Rights that the login lacks; without an apply flow only those of reading matter much.

    Args:
        lacking: by table.
        writing: whether something is to be written.
        grant: gives the statement that grants rights to a table.
    """
    for table, rights in sorted(lacking.items()):
        stops = flows_of_rights(table, rights)
        red = bool(stops) and (writing or "SELECT" in rights)
        yield Finding(
            id="database.rights",
            level="red" if red else "yellow",
            table=table,
            found=f"no right to {', '.join(rights)}",
            expected=f"the right to {', '.join(rights)}",
            why="a run that needs it would fail in the middle",
            fix=f"let the database's administrator run {grant(table, rights)} (`woocp grants` "
            "prints all of them; where the login has another role, to that one)",
            stops=stops if red else (),
        )


def judge_triggers(triggers: Iterable[_Trigger], counted: frozenset[str]) -> Iterator[Finding]:
    """Triggers on tables that woocp writes; `counted` are those whose row counts it relies on."""
    for each in triggers:
        if _NATIVE.fullmatch(each.name):
            continue
        if each.table in counted and each.definition is None:
            yield _unread(each)
        elif each.table in counted and not _is_quiet(each.definition or ""):
            yield _counts(each)
        else:
            yield _stranger(each)


def _is_quiet(definition: str) -> bool:
    return _NOCOUNT.search(_COMMENTS.sub(" ", definition)) is not None


def _counts(trigger: _Trigger) -> Finding:
    return Finding(
        id="database.trigger_counts",
        level="red",
        table=trigger.table,
        found=f"trigger {trigger.name} without SET NOCOUNT ON",
        expected="SET NOCOUNT ON as its first statement",
        why="the rows it touches are counted as woocp's: a number that was taken looks as if it "
        "was not, and the order is refused or booked under another",
        fix=f"add SET NOCOUNT ON to {trigger.name}",
        stops=flows_of_table(trigger.table),
    )


def _unread(trigger: _Trigger) -> Finding:
    return Finding(
        id="database.trigger_counts",
        level="unknown",
        table=trigger.table,
        found=f"trigger {trigger.name}, which this login may not read",
        expected="SET NOCOUNT ON in it",
        why="without it the rows it touches are counted as woocp's",
        fix=f"grant VIEW DEFINITION (`woocp grants`), or read {trigger.name} yourself",
    )


def _stranger(trigger: _Trigger) -> Finding:
    return Finding(
        id="database.trigger",
        level="yellow",
        table=trigger.table,
        found=f"trigger {trigger.name}",
        expected="no triggers but Counterpoint's own",
        why="it runs inside woocp's transactions and may change what woocp writes",
        fix="read it once; nothing to do when it only logs",
    )
