"""How Counterpoint's keys are made, as pure functions (CP §1.6.1, §1.6.2).

Belongs here: the arithmetic of numbers and ids. Does not: taking one from a counter
(counterpoint/numbers.py).
"""

from typing import Final

MAX_NUMBER: Final = 15
# Last member of each run, and what follows it; the carry goes on to the left.
_CARRY: Final = {"9": "0", "Z": "A", "z": "a"}


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
