"""How WordPress cleans text: SKUs, names, slugs, PHP's loose numbers and switches.

Belongs here: pure text rules of the store. Does not: what a field accepts (`arguments.py`).
"""

import re
import unicodedata
from typing import Any, Final

_SCRIPT: Final = re.compile(r"</?script[^>]*>", re.IGNORECASE)
_BARE_AMPERSAND: Final = re.compile(r"&(?!#?\w+;)")
_TAG: Final = re.compile(r"<(?:[^\"'<>]|\"[^\"]*(?:\"|$)|'[^']*(?:'|$))*(?:>|$)")
_NUMBER: Final = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_NOT_DECIMAL: Final = re.compile(r"[^0-9.\-]")
_LETTERS: Final = str.maketrans({"ß": "s", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d"})


def clean_html(text: str) -> str:
    """Names and descriptions: scripts lose their tags, bare ampersands become entities."""
    return _BARE_AMPERSAND.sub("&amp;", _SCRIPT.sub("", text))


def clean_line(text: str) -> str:
    """One line of text, such as an SKU: tags cut, also unclosed ones, ends trimmed (WC §3.10)."""
    return _TAG.sub("", text).strip()


def slug(text: str) -> str:
    """The URL part of a name."""
    plain = unicodedata.normalize("NFKD", _TAG.sub("", text).translate(_LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"&#?\w+;", "", plain.lower())
    return re.sub(r"[^\w]+", "-", plain).strip("-_")


def php_int(value: Any) -> int:
    """PHP's intval: a text's leading number, cut towards zero; 1 for a filled list (WC §3.2)."""
    if isinstance(value, bool | int | float):
        return int(value)
    if isinstance(value, list | dict):
        return 1 if value else 0
    match = _NUMBER.match(str(value if value is not None else ""))
    return int(float(match[1])) if match else 0


def php_bool(value: Any) -> bool:
    """WooCommerce's wc_string_to_bool: yes, true, 1 and on."""
    if isinstance(value, str):
        return value.lower() in {"yes", "true", "1", "on"}
    return value is True or value == 1


def decimal_text(value: Any) -> str:
    """WooCommerce's wc_format_decimal: all but digits, dot and minus is dropped (WC §3.2)."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return _NOT_DECIMAL.sub("", str(value))


def meta_value(value: Any) -> Any:
    """What the meta tables give back: scalars as text, lists and objects unchanged (WC §2)."""
    if isinstance(value, list | dict):
        return value
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value)
