"""Whether two rows of name and address are the same ship-to address (CP §3.2.3).

Belongs here: the comparison, which is wider than the spelling: a till writes CT, the office CRT, a
customer Court. Does not: how an address is written (address_spelling.py).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from woocp_pipelines.rules.address_lines import office_lines
from woocp_pipelines.rules.street_words import (
    DIRECTIONS,
    OFFICE_TYPES,
    OTHER_TYPES,
    STREET_TYPES,
    UNITS,
)
from woocp_pipelines.rules.text import upper_twin

SAME_WHEN: Final = ("NAM", "ADRS_1", "ADRS_2", "ADRS_3", "CITY", "STATE", "ZIP_COD")
_LINES: Final = ("ADRS_1", "ADRS_2", "ADRS_3")
_MEANING: Final = {**OFFICE_TYPES, **OTHER_TYPES, **UNITS, "FLR": "FL", "ATTENTION": "ATTN"}
_CITY_WORDS: Final = {"SAINT": "ST", "FORT": "FT", "MOUNT": "MT"}
_NAME_WORDS: Final = {"&": "AND"}
# Signs between digits are part of the number; all others are a matter of taste.
_SIGNS: Final = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|['`\"();:!?*]")
_GAPS: Final = re.compile(r"[\s\-_]+")
_ZIP: Final = re.compile(r"(\d{5})-?\d{4}")
_WIDE: Final = 1_000

Place = tuple[str, ...]


def place_of(row: Mapping[Any, Any]) -> Place:
    """What two rows have in common when they mean the same name and place.

    Args:
        row: with the columns of `SAME_WHEN`; None counts as empty. The unit may stand in any of
            the address lines. ZIP+4 is the same as its ZIP.
    """
    lines = [_text(row, name) for name in _LINES]
    return (
        " ".join(_words(_text(row, "NAM"), _NAME_WORDS)),
        " ".join(_street(lines)),
        " ".join(_words(_text(row, "CITY"), _CITY_WORDS)),
        _text(row, "STATE"),
        _postcode(_text(row, "ZIP_COD")),
    )


def _text(row: Mapping[Any, Any], name: str) -> str:
    return upper_twin(str(row[name] or "")).strip()


def _street(lines: Sequence[str]) -> list[str]:
    """The words of all lines by their meaning; a sign of number after a unit's word says nothing.

    Spelled first, so that ordinals and what sticks together ("STE208") are the same words.
    """
    spelled = office_lines([line for line in lines if line] or [""], _WIDE)
    words = _words(" ".join(spelled).replace("#", " # "), {})
    meant = [_direction(words, index) for index in range(len(words))]
    meant = [_MEANING.get(word, word) for word in meant]
    before = ["", *meant]
    return [
        word
        for word, earlier in zip(meant, before, strict=False)
        if word != "#" or earlier not in UNITS.values()
    ]


def _direction(words: Sequence[str], index: int) -> str:
    """NORTH is N before a name or after a type; "12 NORTH ST" is not "12 N ST", a lettered one."""
    word = words[index]
    before = words[index - 1] if index else ""
    after = words[index + 1] if index + 1 < len(words) else ""
    if (after and after not in STREET_TYPES) or before in STREET_TYPES:
        return DIRECTIONS.get(word, word)
    return word


def _words(text: str, meaning: Mapping[str, str]) -> list[str]:
    found = _GAPS.sub(" ", _SIGNS.sub("", text.replace("&", " & "))).split()
    return [meaning.get(word, word) for word in found]


def _postcode(text: str) -> str:
    packed = text.replace(" ", "")
    american = _ZIP.fullmatch(packed)
    return american[1] if american else packed
