"""WooCommerce's two address lines in Counterpoint's three.

Belongs here: where a long line is split (CP §3.2.1). The office's spelling of streets (CP §3.8)
changes the finished lines and so will come after `address_lines`.
"""

import re
from typing import Final

_DESIGNATOR: Final = r"(?:\s*#?\s*(?:[\w-]*\d[\w-]*|[A-Z]\b))"
_UNIT: Final = re.compile(
    r"(?i)(?<=[\s,])(?:ATTN\b|C/O\b|#(?=\s*\w)|(?:SUITE|STE|UNIT|APARTMENT|APT|ROOM|RM|FLOOR"
    rf"|BUILDING|BLDG|HANGAR|HANGER|HNGR|WAREHOUSE|WHSE|DEPT|LOT)\.?(?={_DESIGNATOR}))"
)
_EDGES: Final = " ,;"


def address_lines(address_1: str, address_2: str, width: int = 40) -> tuple[str, str, str]:
    """Three lines that lose nothing as long as three can hold it; the last may be too long.

    A line over `width` characters is split; what is cut off goes before the other line. The second
    line moves to the third only then, so a short address stays as the customer wrote it.
    """
    lines = [part for line in (address_1, address_2) for part in _split(line, width)]
    first, second, *rest = [*lines, "", ""]
    return first, second, " ".join(part for part in rest if part)


def _split(line: str, width: int) -> list[str]:
    """A line in parts: at a unit marker, a comma, the last blank, else at the width."""
    line = line.strip(_EDGES)
    if len(line) <= width:
        return [line] if line else []
    at = _unit_marker(line, width) or _comma(line, width) or _blank(line, width) or width
    return [line[:at].rstrip(_EDGES), *_split(line[at:], width)]


def _unit_marker(line: str, width: int) -> int:
    """The last marker that leaves a street of at most `width` characters before it."""
    starts = (match.start() for match in _UNIT.finditer(line))
    return max((at for at in starts if len(line[:at].rstrip(_EDGES)) <= width), default=0)


def _comma(line: str, width: int) -> int:
    return line.rfind(",", 1, width + 1) + 1


def _blank(line: str, width: int) -> int:
    return line.rfind(" ", 1, width + 1) + 1
