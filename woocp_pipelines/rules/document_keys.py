"""How Counterpoint's keys are made, as pure functions (CP §1.6.1, §1.6.2).

Belongs here: the arithmetic of numbers and ids. Does not: taking one from a counter
(counterpoint/numbers.py).
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

MAX_NUMBER: Final = 15
# Last member of each run, and what follows it; the carry goes on to the left.
_CARRY: Final = {"9": "0", "Z": "A", "z": "a"}
_TYPE_DIGITS: Final = {"O": 1, "H": 2, "T": 3, "V": 4, "L": 5, "Q": 6, "R": 7}
_OTHER_TYPE: Final = 9
_LOW: Final = 1_000_000
_DAY_SECONDS: Final = 86_400


def increment_number(text: str, max_length: int = MAX_NUMBER) -> str:
    """The number that follows, by the vendor's own rule (CP §1.6.2).

    From the right: 9 becomes 0 and Z becomes A, both with a carry; any other digit or letter goes
    up by one; every other character is passed over. A carry out of the left end puts a '1' in
    front, or restarts at '1' when that would be too long.

    Raises:
        ValueError: the text is empty or longer than `max_length`.
    """
    if not 0 < len(text) <= max_length:
        raise ValueError(f"expected a number of 1 to {max_length} characters, found {text!r}")
    characters = list(text)
    for index in reversed(range(len(characters))):
        character = characters[index]
        if not (character.isascii() and character.isalnum()):
            continue
        characters[index] = _CARRY.get(character) or chr(ord(character) + 1)
        if character not in _CARRY:
            return "".join(characters)
    carried = "1" + "".join(characters)
    return carried if len(carried) <= max_length else "1"


def low_digits(begun: datetime) -> int:
    """Six digits: the fraction of the store-local day at which a document was begun, cut."""
    seconds = begun.hour * 3600 + begun.minute * 60 + begun.second
    exact = (Decimal(seconds) + Decimal(begun.microsecond) / 1_000_000) / _DAY_SECONDS * _LOW
    return int(exact.to_integral_value(rounding=ROUND_DOWN))


def compose_doc_id(store_no: int, station_no: int, doc_typ: str, begun: datetime, low: int) -> int:
    """DOC_ID of a document: store, station, type digit, day of the year, low digits.

    Args:
        store_no: PS_STR.STR_NO.
        station_no: PS_STA.STA_NO.
        doc_typ: the type the document begins as.
        begun: store-local time.
        low: from `low_digits`, or a following number; wraps within six digits.
    """
    return (
        (store_no % 10_000) * 10**11
        + (station_no % 100) * 10**9
        + _TYPE_DIGITS.get(doc_typ, _OTHER_TYPE) * 10**8
        + (begun.timetuple().tm_yday % 100) * _LOW
        + low % _LOW
    )


def candidate_ids(
    store_no: int, station_no: int, doc_typs: str, begun: datetime, tries: int
) -> Iterator[tuple[int, ...]]:
    """Ids for documents that are begun together, in the order of their types.

    A companion takes the next number: deposit ticket …30, its order …31. Each further candidate
    starts one higher, since the formula is not unique.
    """
    first = low_digits(begun)
    bases = [compose_doc_id(store_no, station_no, doc_typ, begun, 0) for doc_typ in doc_typs]
    for low in range(first, first + tries):
        yield tuple([base + (low + offset) % _LOW for offset, base in enumerate(bases)])
