"""The office's spelling of an address line (CP §3.8).

Belongs here: upper case, directions, street types, and blanks in units, each line on its own.
Numbers that are words: address_ordinals.py. Which line holds what: address_lines.py. It loses no
word and no digit: a word is replaced by its short form, dots of short forms go, the words of one
direction come together, and only a blank before a unit's number makes a line longer.

The old formatter replaced street words anywhere, knew no dotted direction, and shortened the last
word of street names (CP §6.9 bug 67). So a word is replaced only where it cannot be the name: a
type as the last word after a name, a direction after that type or after a number.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from woocp_pipelines.rules.address_ordinals import (
    is_house_number,
    is_ordinal_number,
    spell_ordinals,
)
from woocp_pipelines.rules.street_words import (
    DIRECTION_WORDS,
    DIRECTIONS,
    OFFICE_TYPES,
    STREET_TYPES,
    UNITS,
)
from woocp_pipelines.rules.text import upper_twin

_WORD: Final = "|".join(sorted(UNITS, key=len, reverse=True))
# "STE208", "STE.208", "STE#208", "STE. 208": the word and its number, with one blank between.
_GLUED: Final = re.compile(rf"(?<![^\s,])({_WORD})\.?\s*(?=#?\s*\d)")
_NUMBER: Final = r"(?:#\s*)?(?:[\w-]*\d[\w-]*|[A-Z](?!\w))"
_UNIT: Final = re.compile(
    rf"(?<=[\s,])(?:(?:{_WORD})\s{_NUMBER}|#\s*\w|\d+(?:ST|ND|RD|TH)\s(?:FLOOR|FLR|FL)(?!\w))"
)
_PERSON: Final = re.compile(r"(?<![^\s,])(?:ATTN\b|ATTENTION\b|C/O\b)")
_DOTTED_TWO: Final = re.compile(r"([NS])\.([EW])\.?|([NS])([EW])\.")
_DOTTED_ONE: Final = re.compile(r"([NSEW])\.")
_FRACTION: Final = re.compile(r"\d+/\d+")
_POLES: Final = frozenset(("N", "NORTH", "S", "SOUTH"))
_SIDES: Final = frozenset(("E", "EAST", "W", "WEST"))
# After the house number and both words of a direction.
_STREET: Final = 3

Words = list[str]


def spell_line(line: str) -> str:
    """One line as the office writes it; the part of a person ("ATTN …") only in upper case."""
    line = with_unit_blanks(line)
    person = _PERSON.search(line)
    at = person.start() if person else len(line)
    return ",".join(_spell_part(part) for part in line[:at].split(",")) + line[at:]


def with_unit_blanks(line: str) -> str:
    """Upper case, and one blank between a unit's word and its number."""
    return _GLUED.sub(r"\1 ", upper_twin(line))


def find_unit(line: str) -> int:
    """Where a unit or a person begins that is not the street itself; 0 when there is none.

    The line is upper-case with its unit blanks. A unit that goes on to a street type is part of
    the street's name ("12 SUITE A ROAD").
    """
    starts = [match.start() for match in _UNIT.finditer(line)]
    found = next((at for at in starts if line[:at].strip(" ,") and not _ends_street(line[at:])), 0)
    person = _PERSON.search(line)
    if person and person.start() and not 0 < found < person.start():
        return person.start()
    return found


def is_unit_or_person(line: str) -> bool:
    """True for a line that belongs into line 2: "STE 208", "ATTN BILL" (CP §3.8)."""
    if _PERSON.match(line):
        return True
    unit = _UNIT.match(f" {line}", 1)
    return unit is not None and not line[unit.end() - 1 :].strip(" ,")


def _spell_part(part: str) -> str:
    unit = find_unit(part) or len(part)
    street, rest = part[:unit], part[unit:]
    return _rewritten(street, _spell_street) + _rewritten(rest, _spell_unit)


def _rewritten(text: str, rule: Callable[[Words], Words]) -> str:
    """The words by a rule; the blanks around them stay."""
    words = text.split()
    if not words:
        return text
    start = text[: len(text) - len(text.lstrip())]
    end = text[len(text.rstrip()) :]
    return start + " ".join(rule(words)) + end


def _spell_unit(words: Words) -> Words:
    """HANGER 4A is HNGR 4A; SUITE stays (CP §3.8)."""
    following = [*words[1:], ""]
    return [
        OFFICE_TYPES[word] if word in UNITS and word in OFFICE_TYPES and _is_value(after) else word
        for word, after in zip(words, following, strict=True)
    ]


def _is_value(word: str) -> bool:
    return bool(re.fullmatch(_NUMBER, word))


def _spell_street(words: Words) -> Words:
    words = _without_dots(_one_direction_at_end(_spell_unit(words)))
    words = _one_direction_at_start(spell_ordinals(words))
    last = len(words) - 1
    if _is_last_direction(words):
        words[last] = DIRECTIONS.get(words[last], words[last])
        last -= 1
    if last > 0 and _has_name(words[:last]):
        words[last] = OFFICE_TYPES.get(words[last], words[last])
    return words


def _without_dots(words: Words) -> Words:
    """N.E. anywhere; N. at the end or before the name; the dot of a short type at the end."""
    made = [_DOTTED_TWO.sub(r"\1\2\3\4", word) if _is_dotted_two(word) else word for word in words]
    for index in {1, len(made) - 1}:
        single = 0 < index < len(made) and _DOTTED_ONE.fullmatch(made[index])
        if single and (index == len(made) - 1 or is_house_number(made[0])):
            made[index] = made[index][:-1]
    at = len(made) - (2 if made[-1] in DIRECTION_WORDS else 1)
    if at > 0 and made[at][:-1] in STREET_TYPES and made[at].endswith("."):
        made[at] = made[at][:-1]
    return made


def _is_dotted_two(word: str) -> bool:
    return _DOTTED_TWO.fullmatch(word) is not None


def _one_direction_at_end(words: Words) -> Words:
    """NORTH EAST after the street is NE, in one word; "TRUE NORTH EAST" is a name."""
    plain = [word.rstrip(".") for word in words]
    both = _two_in_one(plain[-2:])
    return [*words[:-2], both] if both and _is_last_direction([*plain[:-2], both]) else words


def _one_direction_at_start(words: Words) -> Words:
    """NORTH EAST before a numbered street is NE; "NORTH EAST AVE" is the north of East Avenue."""
    both = _two_in_one([word.rstrip(".") for word in words[1:3]])
    numbered = len(words) > _STREET and is_ordinal_number(words[_STREET])
    return (
        [words[0], both, *words[3:]] if both and numbered and is_house_number(words[0]) else words
    )


def _two_in_one(words: Sequence[str]) -> str | None:
    """NE of NORTH EAST, and of N E; one of each kind is left alone: E may be a unit."""
    if len(words) != 2 or words[0] not in _POLES or words[1] not in _SIDES:  # noqa: PLR2004
        return None
    if (len(words[0]) == 1) is not (len(words[1]) == 1):
        return None
    return f"{words[0][0]}{words[1][0]}"


def _is_last_direction(words: Sequence[str]) -> bool:
    """A direction after a street's type or number; the street's name itself is left alone."""
    if len(words) < 2 or words[-1] not in DIRECTION_WORDS:  # noqa: PLR2004
        return False
    before, earlier = words[-2], words[:-2]
    if before in STREET_TYPES:
        return _has_name(earlier)
    has_digit = any(each.isdigit() for each in before)
    return (
        has_digit
        and bool(earlier or is_ordinal_number(before))
        and not (_FRACTION.fullmatch(before))
    )


def _has_name(words: Sequence[str]) -> bool:
    """Whether a type after these words has a name before it, beside house number and article."""
    names = words[1:] if words and is_house_number(words[0]) else words
    return any(name != "THE" and not _FRACTION.fullmatch(name) for name in names)


def _ends_street(text: str) -> bool:
    words = text.split()
    if words and words[-1] in DIRECTION_WORDS:
        words.pop()
    return bool(words) and words[-1] in STREET_TYPES and words[-1] not in UNITS
