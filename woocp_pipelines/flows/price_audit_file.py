"""The price audit of a day as a CSV file under WOOCP_HOME/reports.

Belongs here: the file. It holds contract prices, so only its owner may read it.
"""

import csv
import os
import tempfile
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from woocp_pipelines.flows.price_audit import AuditedLine, PriceAudit

COLUMNS: Final = tuple(field.name for field in fields(AuditedLine))
# Spreadsheets run what begins so; SKUs and remarks hold texts from the web.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_audit(audit: PriceAudit, home: Path) -> Path:
    """Write every line of the day; gives the path. An earlier file of the day is replaced.

    Raises:
        OSError: the folder or file cannot be written.
    """
    folder = home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"price-audit-{audit.day.isoformat()}.csv"
    # mkstemp makes it readable for its owner only.
    handle, name = tempfile.mkstemp(dir=folder, prefix="price-audit-")
    try:
        # With a mark, by which spreadsheets know UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_row(line) for line in audit.lines)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return path


def _row(line: AuditedLine) -> list[str]:
    return [_cell(getattr(line, name)) for name in COLUMNS]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
