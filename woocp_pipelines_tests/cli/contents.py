"""Everything that a sandbox's files hold, to prove that nothing was written."""

import sqlite3
from contextlib import closing
from pathlib import Path


def contents(home: Path) -> dict[str, list[str]]:
    """All rows of all tables of both databases, as SQL."""
    found = {}
    for name in ("counterpoint.db", "store.db"):
        with closing(sqlite3.connect(home / "sandbox" / name)) as connection:
            found[name] = list(connection.iterdump())
    return found
