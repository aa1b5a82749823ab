"""Text that fits Counterpoint's single-byte varchar columns (CP §0.4, §3.8).

Belongs here: cleaning, cutting, upper-case twins, codes, phones, e-mails. Addresses: addresses.py.
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from woocp_pipelines.rules.problems import Problem, RefusedError

# Checked before Latin-1, so that signs which would survive are still written out (CP §3.8).
_REPLACED: Final = str.maketrans(
    {
        "\u00a0": " ",
        "\u2007": " ",
        "\u202f": " ",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2015": "-",
        "\u2212": "-",
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u02bc": "'",
        "\u2032": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2033": '"',
        "\u2026": "...",
        "\u00a9": "(c)",
        "\u00ae": "(R)",
        "\u2122": "(TM)",
        "\u00b0": " deg",
        "\u00b5": "u",
        "\u03bc": "u",
        "\u00d7": "x",
        "\u00f7": "/",
        # Letters with a stroke and ligatures have no base letter that Unicode would give.
        "\u0141": "L",
        "\u0142": "l",
        "\u0110": "D",
        "\u0111": "d",
        "\u0126": "H",
        "\u0127": "h",
        "\u0131": "i",
        "\u0152": "OE",
        "\u0153": "oe",
        "\u20ac": "EUR",
        "\u00a3": "GBP",
        "\u00a5": "JPY",
        "\u2044": "/",
        "\u0166": "T",
        "\u0167": "t",
        "\u1e9e": "\u00df",
    }
)
_BLANKS: Final = re.compile(r"\s+")
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")
MAX_EMAIL: Final = 50
_US_DIGITS: Final = 10
_EXTENSION: Final = re.compile(r"(?i)\s*(?:extension|ext\.?|x)\s*(?=\d)")
_NO_DIGIT: Final = re.compile(r"\D")
_LETTER: Final = re.compile(r"[^\W\d_]")
_SOFT_HYPHEN: Final = "\u00ad"
_FRACTION: Final = "\u2044"


def _latin(character: str) -> str:
    if character.isspace():
        return " "
    if character == _SOFT_HYPHEN:
        return ""
    if 32 <= ord(character) <= 126 or 161 <= ord(character) <= 255:  # noqa: PLR2004
        return character
    base = unicodedata.normalize("NFKD", character)
    # Without the blank, 8 and a third would become 81/3.
    blank = " " if _FRACTION in base else ""
    return blank + "".join(part for part in base.translate(_REPLACED) if 32 <= ord(part) <= 126)  # noqa: PLR2004


def clean(value: str | None) -> str:
    """Text of Latin-1 letters without control characters, blanks collapsed; None becomes ''.

    A letter outside Latin-1 falls back to its base letter (š becomes s); what has none is
    dropped: varchar would store a '?' instead.
    """
    if value is None:
        return ""
    if value.isascii() and value.isprintable():
        # Nearly every text, and nothing in it needs looking at but its blanks.
        return " ".join(value.split())
    composed = unicodedata.normalize("NFC", value).translate(_REPLACED)
    return _BLANKS.sub(" ", "".join(_latin(character) for character in composed)).strip()


def clean_multiline(value: str | None) -> str:
    """Like `clean`, but line ends stay: for notes, which are read by people."""
    return "\n".join(clean(line) for line in (value or "").splitlines()).strip()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text cut to its column, with the original when something was cut off."""

    value: str
    original: str | None = None


def fit(value: str | None, length: int) -> Fitted:
    """Clean a free text and cut it to a column's length; never for codes, see `fit_code`."""
    whole = clean(value)
    cut = whole[:length].rstrip()
    return Fitted(cut, None if cut == whole else whole)


def cut_unicode(text: str, length: int) -> str:
    """Cut to an nvarchar column, whose length counts UTF-16 units: an emoji is two of them."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore")


def fit_code(value: str, length: int, field: str) -> str:
    """A code that must fit as it is: a cut code is another code (CP §3.8, §6.2 bug 18).

    Raises:
        RefusedError: CODE_TOO_LONG.
    """
    if len(value) <= length:
        return value
    raise RefusedError(
        Problem(
            code="CODE_TOO_LONG",
            field=field,
            found=repr(value),
            expected=f"at most {length} characters",
            next_step=f"correct the setting or the map that yields {field}; then replay",
        )
    )


def upper_twin(value: str) -> str:
    """The text for a `*_UPR` column: upper case, as long as the original and within Latin-1.

    Letters whose capital is no single Latin-1 letter (ß, ÿ, µ) stay: NAM_UPR must fit where NAM
    does, and varchar would store a '?' for Ÿ (CP §1.1).
    """
    if value.isascii():
        return value.upper()
    capitals = ((character, character.upper()) for character in value)
    return "".join(up if len(up) == 1 and ord(up) <= 255 else low for low, up in capitals)  # noqa: PLR2004


def decode(value: str | None) -> str:
    """WooCommerce sends names with HTML entities (`Bl&aring;b&aelig;r &amp; Jam`), WC §2."""
    return html.unescape(value or "")


def read_email(value: str | None) -> str | None:
    """A trimmed, lower-case address, or None when it is empty, malformed or over 50 characters."""
    address = (value or "").strip().lower()
    plain = address.isascii() and address.isprintable()
    if plain and len(address) <= MAX_EMAIL and _EMAIL.fullmatch(address):
        return address
    return None


def format_phone(value: str | None, length: int = 25) -> str:
    """`(xxx) xxx-xxxx` for ten US digits, a leading 1 dropped, ` ext n` kept (CP §3.2.1).

    Anything else stays as it was written: numbers of other countries, words after the extension.
    """
    text = clean(value)
    as_written = text[:length].rstrip()
    number, *extensions = _EXTENSION.split(text, maxsplit=1)
    if any(_LETTER.search(extension) for extension in extensions):
        return as_written
    digits = _NO_DIGIT.sub("", number)
    if len(digits) == _US_DIGITS + 1 and digits.startswith("1"):
        digits = digits[1:]
    elif number.startswith("+"):
        digits = ""
    if len(digits) != _US_DIGITS:
        return as_written
    formatted = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    whole = " ext ".join([formatted, *(_NO_DIGIT.sub("", part) for part in extensions)])
    # A cut extension would be another one.
    return whole if len(whole) <= length else as_written
