"""What an ODBC data source name (DSN) stands for on this machine.

Belongs here: finding its definition where the ODBC driver manager does. Does not: which keywords
name a database (source_name.py).
"""

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

if sys.platform == "win32":
    import winreg
else:
    import pwd

Definition = Mapping[str, str]
_REGISTERED: Final = r"Software\ODBC\ODBC.INI"


def find_data_source(name: str) -> Definition | None:
    """The values of a DSN by lower-case keyword, the user's own before the machine's.

    None where there is no definition, or none that can be read without doubt.
    """
    if sys.platform == "win32":
        return in_registry(name, winreg)
    for path in _files():
        try:
            text = path.read_text(encoding="latin-1")
        except OSError:
            # The driver manager reads it no better, and looks into the next one.
            continue
        found = _sections(text, name)
        if found:
            return found[0] if len(found) == 1 else None
    return None


def in_registry(name: str, registry: Any) -> Definition | None:
    """The same on Windows; `registry` is the module winreg."""
    for root in (registry.HKEY_CURRENT_USER, registry.HKEY_LOCAL_MACHINE):
        try:
            with registry.OpenKey(root, rf"{_REGISTERED}\{name}") as key:
                count = registry.QueryInfoKey(key)[1]
                values = [registry.EnumValue(key, place)[:2] for place in range(count)]
        except OSError:
            continue
        return {keyword.lower(): str(value) for keyword, value in values}
    return None


def _files() -> Iterator[Path]:
    """The files that unixODBC reads, in its order."""
    own = os.environ.get("ODBCINI")
    if own:
        yield Path(own)
    else:
        home = _home()
        if home is not None:
            yield home / ".odbc.ini"
    yield Path(os.environ.get("ODBCSYSINI") or "/etc") / "odbc.ini"


def _home() -> Path | None:
    """The user's home by the system's list of users, as unixODBC does it; HOME does not count."""
    if sys.platform == "win32":
        return None
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return None


def _sections(text: str, name: str) -> list[Definition]:
    """Every section of that name; an empty one for a file that cannot be understood."""
    parser = configparser.RawConfigParser(
        delimiters=("=",), comment_prefixes=("#", ";"), allow_no_value=True, default_section=""
    )
    try:
        # Without indents, which would make a line the rest of the one before.
        parser.read_string("\n".join(line.strip() for line in text.splitlines()))
    except configparser.Error:
        return [{}]
    wanted = name.strip().lower()
    return [
        {keyword: value or "" for keyword, value in parser.items(section)}
        for section in parser.sections()
        if section.strip().lower() == wanted
    ]
