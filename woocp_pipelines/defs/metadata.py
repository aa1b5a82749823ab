"""What a run tells people: the same keys on every asset, so that the UI plots them over time.

Belongs here: reports and tables as Dagster metadata. Does not: counting anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import dagster as dg
from sqlalchemy import Table
from sqlalchemy.dialects import mssql

from woocp_pipelines.defs.catalog import environment_of
from woocp_pipelines.defs.columns import COLUMNS
from woocp_pipelines.flows.report import FlowReport
from woocp_pipelines.settings import Settings

Metadata = dict[str, Any]

# Tables are stored in every event of every run: enough to act on, not an archive.
SHOWN: Final = 50
ROW_COUNT: Final = "dagster/row_count"
# What to do stands before the details: the UI cuts wide tables off on the right.
REASON: Final = ("next_step", "code", "field", "found", "expected")


def report_metadata(
    report: FlowReport, settings: Settings, *, row_count: int | None = None
) -> Metadata:
    """A flow's report under the keys that every asset has.

    `refused` is a number, so that it is plotted; `refused_records` has the first 50 with their
    reasons. A plan has `planned_changes` where an apply run has `changes`.
    """
    metadata: Metadata = {
        "state": "degraded" if report.refused else "clean",
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "waiting": report.waiting,
        "refused": len(report.refused),
        "seconds": round(report.seconds, 3),
        "mode": report.mode,
        "environment": environment_of(settings),
        **_facts(report, settings),
    }
    if row_count is not None:
        metadata[ROW_COUNT] = row_count
    if report.refused:
        metadata["refused_records"] = _refused_table(report)
    if report.changes:
        key = "planned_changes" if report.mode == "plan" else "changes"
        metadata[key] = _changes_table(report)
    for name, rows in report.tables.items():
        metadata |= listed(name, rows, tuple(rows[0]) if rows else ())
    return metadata


def table(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """The first 50 rows as a table of texts."""
    shown = [row for row, _ in zip(rows, range(SHOWN), strict=False)]
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: row[name] for name in columns}) for row in shown],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, "string") for name in columns]),
    )


def listed(name: str, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> Metadata:
    """A table under its name, or nothing where there is nothing to list."""
    return {name: table(rows, columns)} if rows else {}


def table_metadata(of: Table) -> Metadata:
    """Name and main columns of one of woocp's own tables, for the asset that is this table."""
    dialect = mssql.dialect()  # type: ignore[no-untyped-call]
    columns = [
        dg.TableColumn(name, of.c[name].type.compile(dialect).lower(), description=meaning)
        for name, meaning in COLUMNS[of.name].items()
    ]
    return {
        "dagster/table_name": of.name,
        "dagster/column_schema": dg.TableSchema(columns=columns),
    }


def _facts(report: FlowReport, settings: Settings) -> Metadata:
    return {name: _fact(name, value, settings) for name, value in report.facts.items()}


def _fact(name: str, value: str | int, settings: Settings) -> Any:
    if name == "watermark":
        return dg.MetadataValue.timestamp(datetime.fromisoformat(str(value)))
    if name.startswith("money_"):
        # As text: a float would plot, and lose cents.
        return f"{value} {settings.store.currency}"
    return value


def _refused_table(report: FlowReport) -> dg.TableMetadataValue:
    rows = (
        {
            "record": f"{one.kind} {one.key}",
            "code": one.problem.code,
            "next_step": one.problem.next_step,
            "field": one.problem.field,
            "found": one.problem.found,
            "expected": one.problem.expected,
        }
        for one in report.refused
    )
    return table(rows, ("record", *REASON))


def _changes_table(report: FlowReport) -> dg.TableMetadataValue:
    rows = (
        {"record": one.key, "before": one.before, "after": one.after, "what": one.what}
        for one in report.changes
    )
    return table(rows, ("record", "before", "after", "what"))
