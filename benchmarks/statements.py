"""What is sent to the database, collected and sent again by the bare driver.

Belongs here: watching an engine, and the floors that are made of what was seen. Both floors use
the engine's own connection settings, so that they wait for the disk or the server as ours does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

_WRITES: Final = ("INSERT", "UPDATE", "DELETE")
_BEGINS: Final = "BEGIN"
# Only order creation writes these.
_BOOKING: Final = "INSERT INTO"
_DOCUMENT: Final = "PS_DOC_HDR_TOT"


@dataclass(slots=True)
class Transaction:
    """The statements between two commits, with their parameters."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def books(self) -> bool:
        """Whether an order was written in it."""
        return any(_DOCUMENT in text and text.startswith(_BOOKING) for text, _ in self.statements)

    def writes(self) -> "Transaction":
        """The same without its readings."""
        kept = [each for each in self.statements if each[0].startswith((*_WRITES, _BEGINS))]
        return Transaction(kept)


@contextmanager
def watched(engine: Engine) -> Iterator[list[Transaction]]:
    """Every transaction that the engine ends within the block."""
    ended: list[Transaction] = []
    open_now: dict[int, Transaction] = {}

    def note(connection: Connection, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        open_now.setdefault(id(connection), Transaction()).statements.append((text, parameters))

    def end(connection: Connection) -> None:
        ended.append(open_now.pop(id(connection), Transaction()))

    names: dict[str, Callable[..., None]] = {
        "before_cursor_execute": note,
        "commit": end,
        "rollback": end,
    }
    for name, function in names.items():
        event.listen(engine, name, function)
    yield ended
    for name, function in names.items():
        event.remove(engine, name, function)


def run_bare(engine: Engine, transactions: list[Transaction]) -> None:
    """Send the same statements with the same parameters, and a commit for each transaction.

    Raises:
        ValueError: an update found no row, so that it was not the same work.
    """
    connection = engine.raw_connection()
    cursor = connection.cursor()
    for transaction in transactions:
        for text, parameters in transaction.statements:
            cursor.execute(text, parameters)
            if cursor.description is not None:
                cursor.fetchall()
            elif text.startswith(_WRITES) and cursor.rowcount == 0:
                raise ValueError(f"changed nothing: {text}")
        connection.commit()
    connection.close()
