"""What a person says is settled: revisions accepted, orders never to be booked, letters closed.

Belongs here: what a settlement means for each order and letter. Statements: settlements.py of
counterpoint/; the shape of the answer is settling_answers.py. It is a person's explicit act, so it
writes in every mode, one transaction for each order or letter, and needs neither the store nor a
flow's lock: what is being booked at that moment is refused.

An order with a document: its open revisions close, and the state that its revision holds is the
accepted one from now on. One without: it is never booked, keeps no goods back, and what becomes
of it in the store is no longer followed, since woocp knows no document that would have to change.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.order_keys import read_keys
from woocp_pipelines.counterpoint.order_lookup import KnownOrder, find_orders
from woocp_pipelines.counterpoint.order_trace import staging_row
from woocp_pipelines.counterpoint.settlements import (
    Letter,
    Signature,
    accept_content,
    note_settled_order,
    read_letters_by_id,
    read_open_of_order,
    settle_letters,
    write_settled_key,
)
from woocp_pipelines.counterpoint.staging import skip_order
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.order_revisions import state_of
from woocp_pipelines.flows.settling_answers import Settled, Settlement
from woocp_pipelines.rules.clock import store_local
from woocp_pipelines.rules.order_revisions import REVISION_CODES
from woocp_pipelines.rules.replaying import busy, order_is_meant
from woocp_pipelines.rules.text import cut_unicode
from woocp_pipelines.settings import Settings


class SettlementError(Exception):
    """Nothing can be settled as it was asked for; nothing was written."""


def sign(by: str, note: str) -> Signature:
    """Check who settles and why.

    Raises:
        SettlementError: one of them is empty or does not fit its column.
    """
    signature = Signature(by.strip(), note.strip())
    for name, text, length in (("name", signature.by, 100), ("note", signature.note, 500)):
        if not text:
            raise SettlementError(f"a {name} is needed: it is kept with what was settled")
        if cut_unicode(text, length) != text:
            raise SettlementError(f"the {name} has {len(text)} characters; at most {length} fit")
    return signature


def settle(
    engine: Engine,
    settings: Settings,
    orders: Sequence[str],
    letters: Sequence[int],
    signature: Signature,
    now: datetime,
) -> Settlement:
    """Settle orders and single dead letters; each has its answer.

    Args:
        engine: of Counterpoint, where `woocp db upgrade` has been run.
        settings: the store's id and time zone, and which statuses are bookable.
        orders: numbers or ids, see `find_order`.
        letters: ids of dead letters.
        signature: who and why.
        now: UTC.

    Raises:
        SettlementError: nothing was named, a letter is unknown, the tables are missing.
        OrderNotFoundError: an order cannot be found. All these before anything is written.
    """
    if not orders and not letters:
        raise SettlementError("nothing was named; give order numbers or ids, or ids of letters")
    with reading(engine) as connection:
        if not table_exists(connection, USER_DEAD_LETTER.name, "SETTLED_BY"):
            raise SettlementError("nothing can be settled yet; run `woocp db upgrade`")
        wanted = find_orders(connection, settings.store.id, orders)
        known = read_letters_by_id(connection, settings.store.id, letters)
    unknown = [str(each) for each in letters if each not in known]
    if unknown:
        raise SettlementError(
            f"no dead letter {', '.join(unknown)}; `woocp dead-letters --json` shows their ids"
        )
    work: list[Callable[[Connection], Settled]] = [
        *(partial(_order, settings, order, signature, now) for order in wanted),
        *(partial(_letter, settings, known[each], signature, now) for each in known),
    ]
    return Settlement([in_transaction(engine, each) for each in work])


def _order(
    settings: Settings,
    order: KnownOrder,
    signature: Signature,
    now: datetime,
    connection: Connection,
) -> Settled:
    store_id, order_id = settings.store.id, order.order_id
    letters = read_open_of_order(connection, store_id, order_id)
    if order_id in read_keys(connection, store_id, [order_id]):
        closed = settle_letters(connection, letters, signature, now)
        return _closed(connection, settings, order, closed)
    row = staging_row(connection, store_id, order_id)
    local = store_local(now, settings.store.zone)
    reason = f"{signature.note} ({signature.by})"
    skipped = skip_order(connection, store_id, order_id, reason, now, local)
    if not skipped and row is not None and row["STATUS"] != "SKIPPED":
        return Settled(order, "refused", problem=busy())
    write_settled_key(connection, store_id, order_id)
    closed = settle_letters(connection, letters, signature, now)
    if not closed:
        note_settled_order(connection, store_id, order_id, order.number, _was(row), signature, now)
    return Settled(order, "never booked", tuple(closed))


def _was(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "no staging row"
    total = "" if row["TOT_AMT"] is None else f", total {row['TOT_AMT']:.2f}"
    return f"{row['STATUS']}{total}"


def _letter(
    settings: Settings, letter: Letter, signature: Signature, now: datetime, connection: Connection
) -> Settled:
    order_id = letter.woo_order_id
    order = KnownOrder(order_id, letter.number or str(order_id)) if order_id else None
    if letter.is_open and letter.is_of_order and letter.kind == "order" and order:
        # Its row would stay refused, and its goods kept back.
        problem = order_is_meant(letter.letter_id, order.number)
        return Settled(order, "refused", (letter,), problem)
    closed = settle_letters(connection, [letter], signature, now)
    return _closed(connection, settings, order, closed, letter)


def _closed(
    connection: Connection,
    settings: Settings,
    order: KnownOrder | None,
    closed: Sequence[Letter],
    asked: Letter | None = None,
) -> Settled:
    """Letters of a booked order, or a single one: what they hold of a revision is accepted."""
    if not closed:
        return Settled(order, "nothing open", (asked,) if asked else ())
    for letter in closed:
        is_revision = letter.is_of_order and letter.code in REVISION_CODES
        state = state_of(settings, letter.order_json) if is_revision else None
        if state and order:
            accept_content(connection, settings.store.id, order.order_id, state.digest)
            return Settled(order, "accepted", tuple(closed))
    return Settled(order, "closed", tuple(closed))
