"""Numbers of streets and floors that are written as words (CP §3.8).

Belongs here: which word is a number, and its short form. A compound is shortened as a whole or not
at all: half of it would be another street. Does not: all other words (address_spelling.py).
"""

import re
from collections.abc import Sequence
from typing import Final

from woocp_pipelines.rules.street_words import (
    DIRECTION_WORDS,
    FLOORS,
    HUNDREDS,
    ORDINALS,
    STREET_TYPES,
    TENS,
)

_ORDINAL_NUMBER: Final = re.compile(r"\d+(?:ST|ND|RD|TH)")
_ONES: Final = frozenset(list(ORDINALS)[:9])
_COMPOUNDS: Final = {
    f"{tens}{sign}{ones}": f"{digit}{ORDINALS[ones]}"
    for tens, digit in TENS.items()
    for ones in _ONES
    for sign in " -"
}
_NUMBERS: Final = {**ORDINALS, **_COMPOUNDS}


def spell_ordinals(words: Sequence[str]) -> list[str]:
    """FIFTH is 5TH and TWENTY SECOND is 22ND where they name a street or a floor.

    Args:
        words: of a street, upper-case; never changed in "FIRST BAPTIST CHURCH".
    """
    parts = _with_compounds(words)
    return " ".join(_short(parts, index) for index in range(len(parts))).split()


def is_ordinal_number(word: str) -> bool:
    """A number such as 5TH."""
    return _ORDINAL_NUMBER.fullmatch(word) is not None


def is_house_number(word: str) -> bool:
    """A word with a digit that is no ordinal: "12", "N6W230", not "5TH"."""
    return any(each.isdigit() for each in word) and not is_ordinal_number(word)


def _with_compounds(words: Sequence[str]) -> list[str]:
    """Both words of a compound as one, with the blank between them."""
    parts: list[str] = []
    for word in words:
        if parts and parts[-1] in TENS and word in _ONES:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts


def _short(parts: Sequence[str], index: int) -> str:
    word = parts[index]
    if word not in _NUMBERS or not _is_name(parts, index) or _goes_on(parts[:index]):
        return word
    if word in _COMPOUNDS and not _is_certain(parts, index):
        return word
    return _NUMBERS[word]


def _is_name(parts: Sequence[str], index: int) -> bool:
    if index == len(parts) - 1:
        return is_house_number(parts[0])
    after = parts[index + 1]
    return after in STREET_TYPES or after in DIRECTION_WORDS or after in FLOORS


def _goes_on(before: Sequence[str]) -> bool:
    """Whether the number begins earlier: ONE HUNDRED FIRST, ONE HUNDRED AND FIRST."""
    words = before[:-1] if before and before[-1] == "AND" else before
    return bool(words) and words[-1] in HUNDREDS


def _is_certain(parts: Sequence[str], index: int) -> bool:
    """TWENTY FIFTH AVENUE alone may be number twenty of Fifth Avenue."""
    is_floor = index + 1 < len(parts) and parts[index + 1] in FLOORS
    after_direction = index > 0 and parts[index - 1] in DIRECTION_WORDS
    return is_floor or after_direction or is_house_number(parts[0])
