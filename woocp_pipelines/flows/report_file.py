"""Reports for people as CSV files under WOOCP_HOME/reports.

Belongs here: writing one, whole or not at all. They hold what customers bought and at which
prices, so only their owner may read them.
"""

import csv
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

# Spreadsheets run what begins so; SKUs and remarks hold texts from the web.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_report(
    home: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Path:
    """Write a report; an earlier file of the name is replaced. Gives the path.

    Args:
        home: WOOCP_HOME.
        name: of the file, without its ending.
        columns: the first line.
        rows: None is an empty cell.

    Raises:
        OSError: the folder or file cannot be written.
    """
    folder = home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    # mkstemp makes it readable for its owner only.
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f"{name}-")
    try:
        # With a mark, by which spreadsheets know UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([_cell(value) for value in row] for row in rows)
        Path(draft).replace(path)
    except OSError:
        with suppress(OSError):
            Path(draft).unlink()
        raise
    return path


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
