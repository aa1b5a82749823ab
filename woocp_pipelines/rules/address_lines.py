"""WooCommerce's two address lines in Counterpoint's three.

Belongs here: which line holds what (CP §3.8), and where a long line is split (CP §3.2.1). How the
words are spelled: address_spelling.py.
"""

import re
from collections.abc import Sequence
from typing import Final

from woocp_pipelines.rules.address_ordinals import is_house_number
from woocp_pipelines.rules.address_spelling import (
    find_unit,
    is_unit_or_person,
    spell_line,
    with_unit_blanks,
)

_DESIGNATOR: Final = r"(?:\s*#?\s*(?:[\w-]*\d[\w-]*|[A-Z]\b))"
_UNIT: Final = re.compile(
    r"(?i)(?<=[\s,])(?:ATTN\b|C/O\b|#(?=\s*\w)|(?:SUITE|STE|UNIT|APARTMENT|APT|ROOM|RM|FLOOR"
    rf"|BUILDING|BLDG|HANGAR|HANGER|HNGR|WAREHOUSE|WHSE|DEPT|LOT)\.?(?={_DESIGNATOR}))"
)
_EDGES: Final = " ,;"
_LINES: Final = 3
# Each round needs a line to have become shorter; three lines settle in a few.
_ROUNDS: Final = 10


def office_lines(lines: Sequence[str], width: int = 40) -> tuple[str, str, str]:
    """Three lines in the office's spelling, the unit or the person in line 2 (CP §3.8).

    Doing it again changes nothing: each round may bring a word to the end of its line, where it
    has a short form, so it is done until nothing changes.

    Args:
        lines: one to three lines of an address in this country, cleaned (`rules.text.clean`).
        width: of a line; the last line may be too long when three cannot hold the text.
    """
    before, found = tuple(lines), _round(lines, width)
    for _ in range(_ROUNDS):
        if found == before:
            break
        before, found = found, _round(found, width)
    return found


def address_lines(address_1: str, address_2: str, width: int = 40) -> tuple[str, str, str]:
    """Three lines that lose nothing as long as three can hold it; the last may be too long.

    A line over `width` characters is split; what is cut off goes before the other line. The second
    line moves to the third only then, so a short address stays as the customer wrote it.
    """
    return fitted_lines((address_1, address_2), width)


def fitted_lines(lines: Sequence[str], width: int) -> tuple[str, str, str]:
    """Any number of lines in three, split where a reader would."""
    first, second, *rest = [*(part for line in lines for part in _split(line, width)), "", ""]
    return first, second, " ".join(part for part in rest if part)


def _round(lines: Sequence[str], width: int) -> tuple[str, str, str]:
    first, *rest = (spell_line(line) for line in lines)
    return _spread(*_street_first(first, rest), width)


def _street_first(first: str, rest: list[str]) -> tuple[str, list[str]]:
    """A unit or a person above the street goes below it."""
    if rest and is_unit_or_person(first) and is_house_number(_first_word(rest[0])):
        return rest[0], [first, *rest[1:]]
    return first, rest


def _spread(first: str, rest: list[str], width: int) -> tuple[str, str, str]:
    """The unit behind the street in a line of its own, as long as three lines can hold all."""
    at = find_unit(with_unit_blanks(first))
    as_given = fitted_lines([first, *rest], width)
    if not at:
        return as_given
    street, unit = first[:at].rstrip(_EDGES), first[at:]
    below = rest[0] if rest else ""
    # A second street below: the unit belongs to what stands before it.
    if below == unit or is_house_number(_first_word(below)):
        return as_given
    parts = [part for line in (street, unit, *rest) for part in _split(line, width)]
    return fitted_lines(parts, width) if len(parts) <= _LINES else as_given


def _first_word(line: str) -> str:
    return next(iter(line.split()), "")


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
