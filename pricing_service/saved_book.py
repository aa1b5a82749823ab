"""The last known good price book on disk.

Belongs here: the file. Does not: its format (counterpoint/prices/saving.py).
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from woocp_pipelines.counterpoint.prices.errors import PriceBookError
from woocp_pipelines.counterpoint.prices.facts import BookFacts
from woocp_pipelines.counterpoint.prices.pacing import WORK_AND_REST, RestingPace
from woocp_pipelines.counterpoint.prices.saving import dump_facts, load_facts

FILE_NAME: Final = "price-book.json.gz"


class SavedBook:
    """One file in `folder`, of the database that `source` describes.

    `source_now` describes it again: what a data source stands for may change while we run.
    """

    def __init__(
        self, folder: Path, source: str, source_now: Callable[[], str | None] | None = None
    ) -> None:
        self._path = folder / FILE_NAME
        self._source = source
        self._source_now = source_now

    def save(self, facts: BookFacts) -> None:
        """Replace the file in one step: a crash leaves the old one or the new one.

        Raises:
            OSError: the file cannot be written.
            PriceBookError: the source is another one since the start, so that nobody can tell
                which of the two was read.
        """
        if self._source_now is not None and self._source_now() != self._source:
            raise PriceBookError("its data source (DSN) was changed; restart the service")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes it readable for its owner only: prices of contracts are secrets.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix="price-book-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(dump_facts(facts, self._source, RestingPace(*WORK_AND_REST)))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise

    def load(self) -> BookFacts:
        """The facts saved last.

        Raises:
            FileNotFoundError: nothing was saved yet.
            PriceBookError: the file cannot be read, is damaged or of another database.
        """
        try:
            saved = self._path.read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise PriceBookError(f"{self._path}: {type(error).__name__}") from None
        return load_facts(saved, self._source)
