"""The name of the database that a saved book is of.

Belongs here: taking server and database, and nothing secret, out of a database URL. Does not:
connecting (database.py). Two databases must never have one name: the practice company's prices
would be answered as the live one's while the server is away.
"""

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy.engine import URL

# A value in braces may hold ';' and, written twice, '}': a password often does.
_PAIR: Final = re.compile(
    r"\s*(?P<name>[^=;{}]+)=\s*"
    r"(?:\{(?P<quoted>(?:[^}]|\}\})*+)\}[^;]*|(?P<plain>[^{;][^;]*)?)(?:;|$)"
)
_NO_PAIR: Final = re.compile(r"[^=;]*;")
_DATABASE: Final = frozenset({"database", "initial catalog"})
_PLACE: Final = _DATABASE | {
    *("server", "address", "addr", "host", "port", "dsn", "filedsn", "servername"),
}
# Keywords of drivers come and go; a word like these names a person or a secret in all of them.
_SECRET: Final = re.compile(r"uid|user|login|pwd|pass|secret|token|key|principal|cert|odbc_connect")


def describe_source(url: URL, time_zone: str) -> str:
    """Which database a saved book is of: names only, no user, no password.

    A data source (DSN) without a database leaves that to the machine's settings; then everything
    else that the URL says, except secrets, is part of the name.
    """
    pairs = [(name.strip().lower(), value.strip()) for name, value in _pairs(url) if value.strip()]
    if any(name in _DATABASE for name, _ in pairs):
        told = [(name, value) for name, value in pairs if name in _PLACE]
    else:
        told = [(name, value) for name, value in pairs if not _SECRET.search(name)]
    shown = (f"{name}={value!r}" for name, value in told)
    return " ".join([url.get_backend_name(), *shown, time_zone])


def _pairs(url: URL) -> Iterator[tuple[str, str]]:
    """What the driver is told, by keyword."""
    if url.get_driver_name() == "pyodbc":
        # What SQLAlchemy itself makes of the URL: its rules for DSNs and quoting are not repeated.
        arguments, _ = url.get_dialect()().create_connect_args(url)
        yield from _odbc_pairs(str(arguments[0]))
        return
    yield "server", f"{url.host or ''}:{url.port or ''}".strip(":")
    yield "database", url.database or ""
    for name, values in url.query.items():
        yield from ((name, each) for each in ([values] if isinstance(values, str) else values))


def _odbc_pairs(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    # What cannot be read ends it: behind a brace that is never closed all may be the password.
    while found := _PAIR.match(text, at) or _NO_PAIR.match(text, at):
        at = found.end()
        if found.re is _PAIR:
            quoted, plain = found["quoted"], found["plain"] or ""
            yield found["name"], plain if quoted is None else quoted.replace("}}", "}")
