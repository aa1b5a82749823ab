"""The name of the database that a saved book is of.

Belongs here: taking server and database, and nothing secret, out of a database URL. Does not:
connecting (database.py), finding data sources (data_sources.py). Two databases must never have one
name: the practice company's prices would be answered as the live one's while the server is away.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy.engine import URL

from pricing_service.data_sources import find_data_source

# A value in braces may hold ';' and, written twice, '}': a password often does.
_PAIR: Final = re.compile(
    r"\s*(?P<name>[^=;{}]+)=\s*"
    r"(?:\{(?P<quoted>(?:[^}]|\}\})*+)\}[^;]*|(?P<plain>[^{;][^;]*)?)(?:;|$)"
)
_NO_PAIR: Final = re.compile(r"[^=;]*;")
_DATABASE: Final = frozenset({"database", "initial catalog"})
_SERVER: Final = frozenset({"server", "address", "addr", "host"})
_DSN: Final = "dsn"
_FILE_DSN: Final = "filedsn"
_PLACE: Final = _DATABASE | _SERVER | {_DSN, _FILE_DSN, "port", "servername"}


def describe_source(url: URL, time_zone: str, store_id: str) -> str | None:
    """Which database a saved book is of, and for which store: no user, no password.

    None where server and database are named neither by the URL nor by the definition of the data
    source (DSN) that it leads to: then nobody can tell whose prices a saved book holds.
    """
    told = _told(url)
    names = {name for name, _ in told}
    # A file data source may stand for anything: its definition is not read.
    if _FILE_DSN in names or not names & _DATABASE:
        return None
    if not names & _SERVER and url.get_backend_name() != "sqlite":
        return None
    shown = (f"{name}={value!r}" for name, value in told)
    return " ".join([url.get_backend_name(), *shown, time_zone, f"store={store_id!r}"])


def names_data_source(url: URL) -> bool:
    """Whether the URL leads to a data source (DSN) that is defined elsewhere."""
    return any(name in (_DSN, _FILE_DSN) for name, _ in _places(_pairs(url)))


def _told(url: URL) -> list[tuple[str, str]]:
    """What names the database: in the URL, and for the rest where its data source is defined."""
    told = list(_places(_pairs(url)))
    in_url = {name for name, _ in told}
    for data_source in [value for name, value in told if name == _DSN]:
        defined = _places((find_data_source(data_source) or {}).items())
        told += [(name, value) for name, value in defined if name not in in_url]
    return told


def _places(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    cleaned = ((name.strip().lower(), value.strip()) for name, value in pairs)
    return (pair for pair in cleaned if pair[0] in _PLACE and pair[1])


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
