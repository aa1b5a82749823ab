"""Which statuses a reading of orders asks for: all that the store has, and trash (WC §1.8).

`any` leaves trash out, and `any,trash` is `any`, but a list of names may hold it. So the store's
own list is learnt, plugins' statuses included, and asked for together with trash: one request
while nothing changes. It is kept in USER_SYNC_STATE and learnt again after a day, every night, and
at once when the store refuses it because a plugin was switched off. A store too old to list its
statuses is asked for `any`, and in a second request, with a mark of its own, for trash.

A known order is also seen when it moves to a status that a plugin brought after the list was
learnt: what is new in a list is read back to the mark of the moment when the list before was
learnt, and only then is the new list kept. Unbooked orders are read by id every night besides,
whatever their status (order_sweeps.py).
"""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.sync_state import read_state, write_state
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.flows.order_reading import MARK, TRASH_MARK, Mark, Raw
from woocp_pipelines.woocommerce.errors import Refused, StoreError
from woocp_pipelines.woocommerce.store_info import read_order_statuses

STATUSES: Final = "orders.store_statuses"
_TRASH: Final = "trash"
_LEARN_AGAIN_AFTER: Final = timedelta(days=1)
_UNKNOWN_STATUS: Final = "rest_invalid_param"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """One list of orders: its statuses, and the mark up to which its changes have been read.

    `moves`: reading it moves the mark.
    """

    statuses: tuple[str, ...]
    mark: Mark
    moves: bool = True


@dataclass(frozen=True, slots=True)
class _List:
    """The store's statuses, None where it cannot list them; `mark`: how far reading was then."""

    names: tuple[str, ...] | None
    learnt: datetime
    mark: datetime | None

    def write(self) -> str:
        mark = self.mark and self.mark.isoformat()
        return json.dumps({"names": self.names, "learnt": self.learnt.isoformat(), "mark": mark})


Read = Callable[[Ask], Iterator[list[Raw]]]


class StoreStatuses:
    """The statuses to ask for in one run."""

    def __init__(self, context: FlowContext, *, learn: bool = False) -> None:
        """Take the kept list, or learn it where it is old, missing, or `learn` says so.

        Raises:
            StoreError: there is no kept list, and the store did not send its own.
        """
        self._context = context
        self._kept = _read_kept(context)
        self._now = self._kept or self._learn()
        # Either way round: a clock that was set back must not keep a list for ever.
        age = abs(context.now() - self._now.learnt)
        if self._kept and (learn or age >= _LEARN_AGAIN_AFTER):
            try:
                self._now = self._learn()
            except StoreError as error:
                _log.warning("the order statuses kept are used once more: %s", error)

    def pages(self, read: Read, *, changes: bool = False) -> Iterator[tuple[Ask, list[Raw]]]:
        """Read every list that must be asked for; `changes`: also what is new in the statuses.

        When the store does not know a status any more, everything is read again from the start:
        what was stored meanwhile is then unchanged.

        Raises:
            StoreError: as `read` does.
        """
        try:
            yield from self._pages(read, changes=changes)
        except Refused as error:
            if error.code != _UNKNOWN_STATUS or not self._are_others_now():
                raise
            yield from self._pages(read, changes=changes)

    def all_names(self) -> tuple[str, ...]:
        """The statuses for a list that is read by id."""
        return self._asks()[-1 if self._now.names else 0].statuses

    def keep(self) -> None:
        """Remember a list that was learnt; once all was read that it calls for."""
        if self._now is self._kept:
            return
        store_id, now, text = self._context.store_id, self._context.now(), self._now.write()
        in_transaction(
            self._context.engine,
            lambda connection: write_state(connection, store_id, STATUSES, text, now),
        )

    def _pages(self, read: Read, *, changes: bool) -> Iterator[tuple[Ask, list[Raw]]]:
        for ask in self._asks():
            if changes or ask.moves:
                for page in read(ask):
                    yield ask, page

    def _asks(self) -> list[Ask]:
        names = self._now.names
        if names is None:
            trash = Ask((_TRASH,), read_mark(self._context, TRASH_MARK))
            return [Ask(("any",), read_mark(self._context)), trash]
        asks = [Ask(tuple(dict.fromkeys((*names, _TRASH))), read_mark(self._context))]
        before = self._kept
        # Before, `any` was asked for where the names were unknown: nothing is new to it.
        if before is not None and before.names is not None and set(names) - set(before.names):
            new = tuple(name for name in names if name not in before.names)
            asks.insert(0, Ask(new, Mark(before.mark), moves=False))
        return asks

    def _learn(self) -> _List:
        mark = read_mark(self._context).moment
        return _List(read_order_statuses(self._context.store), self._context.now(), mark)

    def _are_others_now(self) -> bool:
        before, self._now = self._now, self._learn()
        return before.names != self._now.names


def read_mark(context: FlowContext, name: str = MARK) -> Mark:
    """How far changes were read; a mark in the future, by a clock that was wrong, is now."""
    text = _read_text(context, name)
    return Mark(min(datetime.fromisoformat(text), context.now()) if text else None, name=name)


def _read_kept(context: FlowContext) -> _List | None:
    text = _read_text(context, STATUSES)
    if text is None:
        return None
    kept = json.loads(text)
    return _List(
        names=kept["names"] and tuple(kept["names"]),
        learnt=datetime.fromisoformat(kept["learnt"]),
        mark=datetime.fromisoformat(kept["mark"]) if kept["mark"] else None,
    )


def _read_text(context: FlowContext, name: str) -> str | None:
    with reading(context.engine) as connection:
        if not table_exists(connection, "USER_SYNC_STATE"):
            return None
        return read_state(connection, context.store_id, name)
