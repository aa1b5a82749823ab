"""Text compared as SQL Server's default collation compares varchar (CP §5.6).

Belongs here: equality, order and LIKE without regard to case and trailing blanks. Does not:
NULL, which never gets here (filters.py).
"""

import re
from typing import Final

from woocp_pipelines.counterpoint.prices.errors import FilterDoubtError

# Letters that some collations expand to two (ß = ss): nobody can tell here whether they are equal.
_EXPANDING: Final = frozenset("ßÆæŒœÞþ")
# Windows collations weigh these only when all else is equal, SQL collations like any other sign.
_WORD_SORT_SIGNS: Final = frozenset("-'")
_BLANK, _SIGN, _DIGIT, _LETTER = range(4)


def fold(text: str) -> str:
    """The form in which two texts that SQL Server calls equal are the same string."""
    return text.rstrip(" ").lower()


def is_yes(flag: str | None) -> bool:
    """Whether SQL Server calls a flag equal to 'Y'; NULL is no."""
    return flag is not None and fold(flag) == "y"


def as_code(text: str) -> str:
    """A code of one letter as this package compares it: GRP_TYP 'c' is 'C' to SQL Server."""
    return fold(text).upper()


def check_literal(text: str) -> None:
    """Refuse texts whose equality depends on the collation.

    Raises:
        FilterDoubtError: it holds a letter that some collations expand, or a control character.
    """
    if not _EXPANDING.isdisjoint(text) or any(ord(sign) < ord(" ") for sign in text):
        raise FilterDoubtError(f"the text {text!r} compares differently under other collations")


def compare(left: str, right: str) -> int:
    """Order of two texts: below zero, zero or above zero.

    Raises:
        FilterDoubtError: the first difference is a sign whose weight the collation decides.
    """
    first, second = fold(left), fold(right)
    if first == second:
        return 0
    width = max(len(first), len(second))
    pairs = zip(first.ljust(width), second.ljust(width), strict=True)
    one, other = next((a, b) for a, b in pairs if a != b)
    ranks = _rank(one), _rank(other)
    # Two different signs of one rank (`.` and `/`) have an order too, but not the same everywhere.
    if ranks[0] == ranks[1] == _SIGN:
        raise FilterDoubtError(f"the order of {left!r} and {right!r} depends on the collation")
    return -1 if (ranks[0], one) < (ranks[1], other) else 1


def order_is_known(left: str, right: str) -> bool:
    """False where `compare` is in doubt."""
    try:
        compare(left, right)
    except FilterDoubtError:
        return False
    return True


def sorting_key(text: str) -> tuple[tuple[int, str], ...]:
    """Sorts as `compare` does; texts that it doubts stand somewhere beside each other."""
    return tuple((_kind(each), each) for each in fold(text))


def _rank(character: str) -> int:
    if character in _WORD_SORT_SIGNS or not character.isascii():
        raise FilterDoubtError(f"the place of {character!r} in the order is the collation's")
    return _kind(character)


def _kind(character: str) -> int:
    if character == " ":
        return _BLANK
    if character.isdigit():
        return _DIGIT
    return _LETTER if character.isalpha() else _SIGN


def like_pattern(pattern: str) -> re.Pattern[str]:
    """A LIKE pattern with % and _ as a compiled expression over folded texts.

    Raises:
        FilterDoubtError: sets in brackets, and a trailing blank, which LIKE does count although
            the stored value may have lost its own.
    """
    if "[" in pattern or pattern.endswith(" "):
        raise FilterDoubtError(f"LIKE {pattern!r} uses a set or ends in a blank")
    check_literal(pattern)
    wildcards = {"%": ".*", "_": "."}
    parts = (wildcards.get(sign) or re.escape(sign) for sign in pattern.lower())
    return re.compile("".join(parts), re.DOTALL)
