"""One summary of a run of order creation, whose work is spread over several steps.

Belongs here: adding reports up, and reading what earlier steps of the same run reported. Steps
hand on a token only, so a later step finds the numbers of an earlier one in the event log.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import dagster as dg

from woocp_pipelines.defs.metadata import SHOWN, Metadata
from woocp_pipelines.flows.report import FlowReport

_TABLE: Final = "refused_records"


def add_reports(first: FlowReport, second: FlowReport) -> FlowReport:
    """Both reports of one flow as one; amounts of money are added, too."""
    facts = {**first.facts, **second.facts}
    for name in first.facts.keys() & second.facts.keys():
        if name.startswith("money_"):
            facts[name] = str(Decimal(str(first.facts[name])) + Decimal(str(second.facts[name])))
    return FlowReport(
        flow=first.flow,
        mode=first.mode,
        seconds=first.seconds + second.seconds,
        read=first.read + second.read,
        created=first.created + second.created,
        updated=first.updated + second.updated,
        unchanged=first.unchanged + second.unchanged,
        waiting=first.waiting + second.waiting,
        refused=[*first.refused, *second.refused],
        changes=[*first.changes, *second.changes],
        facts=facts,
    )


def asset_metadata(context: dg.OpExecutionContext, asset: str, notes: FlowReport) -> Metadata:
    """What the whole run did: refusals of validation, bookings, and notes sent to the store."""
    steps = _output_metadata(context)
    validated = steps.get(f"{asset}.validate_orders", {})
    summary: Metadata = dict(steps.get(f"{asset}.create_documents", {}))
    refused = _number(validated, "refused")
    summary["refused"] = _number(summary, "refused") + refused
    # Refused orders were given back before booking read the claim again.
    summary["read"] = _number(summary, "read") + refused
    summary["state"] = "degraded" if summary["refused"] or notes.refused else "clean"
    if tables := [one[_TABLE] for one in (validated, summary) if _TABLE in one]:
        summary[_TABLE] = _joined(tables)
    summary["notes_sent"] = notes.created
    summary["notes_waiting"] = notes.waiting
    summary["notes_refused"] = len(notes.refused)
    return summary


def _output_metadata(context: dg.OpExecutionContext) -> dict[str, Mapping[str, Any]]:
    entries = context.instance.all_logs(context.run_id, of_type=dg.DagsterEventType.STEP_OUTPUT)
    return {
        str(entry.step_key): entry.dagster_event.step_output_data.metadata
        for entry in entries
        if entry.dagster_event is not None
    }


def _number(metadata: Mapping[str, Any], key: str) -> int:
    value = metadata.get(key)
    return (value.value or 0) if isinstance(value, dg.IntMetadataValue) else 0


def _joined(tables: list[dg.TableMetadataValue]) -> dg.TableMetadataValue:
    records = [record for one in tables for record in one.records]
    return dg.MetadataValue.table(records=records[:SHOWN], schema=tables[0].schema)
