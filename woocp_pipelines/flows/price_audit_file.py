"""The price audit of a day as a CSV file: every line of the day.

Belongs here: its columns. The file itself: report_file.py.
"""

from dataclasses import fields
from pathlib import Path
from typing import Final

from woocp_pipelines.flows.price_audit import AuditedLine, PriceAudit
from woocp_pipelines.flows.report_file import write_report

COLUMNS: Final = tuple(field.name for field in fields(AuditedLine))


def write_audit(audit: PriceAudit, home: Path) -> Path:
    """Write every line of the day; gives the path. An earlier file of the day is replaced.

    Raises:
        OSError: the folder or file cannot be written.
    """
    rows = ([getattr(line, name) for name in COLUMNS] for line in audit.lines)
    return write_report(home, f"price-audit-{audit.day.isoformat()}", COLUMNS, rows)
