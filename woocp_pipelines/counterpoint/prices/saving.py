"""A price book as bytes and back: the last known good one, for when Counterpoint is away.

Belongs here: the format, a version with the facts as JSON, compressed. Does not: files and when
to use them (pricing_service/price_book.py). Decimals stay exact: they travel as texts.
"""

import gzip
import zlib
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import BookFacts

FORMAT: Final = "woocp price book 1"


@dataclass(frozen=True, slots=True)
class _Saved:
    format: str
    source: str
    facts: BookFacts


_ADAPTER: Final = TypeAdapter(_Saved)


def dump_facts(facts: BookFacts, source: str) -> bytes:
    """The facts as bytes; `source` names the database they came from, without credentials."""
    return gzip.compress(_ADAPTER.dump_json(_Saved(FORMAT, source, facts)), compresslevel=1)


def load_facts(saved: bytes, source: str) -> BookFacts:
    """The facts that `dump_facts` wrote.

    Raises:
        PriceBookError: damaged, of another version, or of another database, whose prices would be
            answered as if they were this one's.
    """
    try:
        found = _ADAPTER.validate_json(gzip.decompress(saved))
    except (ValidationError, OSError, EOFError, zlib.error) as error:
        reason = f"the saved price book cannot be read ({type(error).__name__}); it is ignored"
        raise PriceBookError(reason) from None
    if found.format != FORMAT:
        raise PriceBookError(f"the saved price book is {found.format!r}, expected {FORMAT!r}")
    if found.source != source:
        raise PriceBookError(f"the saved price book is of {found.source!r}, expected {source!r}")
    return found.facts
