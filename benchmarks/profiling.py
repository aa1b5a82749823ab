"""What a booking's time is made of: a profile, summed by who spends it.

Belongs here: `python -m benchmarks --profile`. A profiler slows Python code down and not the
driver, so these shares say where to look, not how long it takes.
"""

import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

_OURS: Final = ("rules", "counterpoint", "flows", "woocommerce")


def print_shares(work: Callable[[], object]) -> None:
    """Run and print each part's share of the time."""
    profile = cProfile.Profile()
    profile.runcall(work)
    spent: dict[str, float] = defaultdict(float)
    # The one thing that pstats' type stubs do not know of.
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_part(file, name)] += own
    total = sum(spent.values())
    print("  a booking's time, profiled:")
    for part, own in sorted(spent.items(), key=lambda each: -each[1]):
        print(f"    {own / total:>4.0%} {part}")


def _part(file: str, name: str) -> str:
    parts = PurePath(file).parts
    if "woocp_pipelines" in parts:
        package = parts[parts.index("woocp_pipelines") + 1]
        return f"woocp_pipelines/{package}" if package in _OURS else "woocp_pipelines"
    if "sqlalchemy" in parts or "sqlalchemy" in name:
        return "SQLAlchemy"
    if "sqlite3" in name or "pyodbc" in name:
        return "the database and its driver"
    return "Python: built-in functions, decimal, json, logging and others"
