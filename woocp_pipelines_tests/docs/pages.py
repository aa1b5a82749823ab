"""The pages that people read, for the tests that hold them to the program."""

import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"


@cache
def page(name: str) -> str:
    """The text of a page of docs/."""
    return (DOCS / name).read_text("utf-8")


def every_page() -> list[Path]:
    """All that is written for people."""
    return [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted((ROOT / "deploy").glob("*.md"))]


def first_cells(name: str) -> set[str]:
    """What stands in code quotes in the first column of the page's tables."""
    return {
        quoted
        for line in page(name).splitlines()
        if line.startswith("| `")
        for quoted in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
