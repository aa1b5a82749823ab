"""What both systems hold at one moment, read straight from tables and records, through no flow.

Belongs here: reading. Does not: what must be true of it (findings.py).
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table, func, select

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.sandbox.schema import vendor_tables
from woocp_pipelines.sandbox.store import StoreState

Row = dict[str, Any]
OUR_NOTE = "Order created in CounterPoint."
# Every run leaves a row of its own there, a killed one none.
_NOT_COUNTED = "USER_SYNC_LOG"
_READ = (
    "AR_CUST",
    "IM_INV",
    "PS_DOC_HDR",
    "PS_DOC_HDR_TOT",
    "PS_DOC_LIN",
    "PS_STA_CFG_PS",
    "SY_WRKGRP",
    "USER_CUSTOMER_MAP",
    "USER_ORDER_KEY",
    "USER_ORDER_STAGING",
    "USER_STORE_OUTBOX",
)


@dataclass(frozen=True)
class Ledger:
    """Rows by table, rows per table, open dead letters; notes of ours and meta by order."""

    rows: dict[str, list[Row]]
    counts: dict[str, int]
    letters: set[tuple[str, str, str]]
    notes: dict[int, list[str]]
    orders: dict[int, Row]

    def of(self, table: str, **where: Any) -> list[Row]:
        """Rows whose columns have these values."""
        return [
            row
            for row in self.rows[table]
            if all(row[name] == value for name, value in where.items())
        ]


def read_ledger(engine: Engine, state: StoreState) -> Ledger:
    """Read both systems."""
    tables = _tables()
    with reading(engine) as connection:
        rows = {
            name: [dict(row) for row in connection.execute(select(tables[name])).mappings()]
            for name in _READ
        }
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
            if name != _NOT_COUNTED
        }
        letters = {
            (str(row["KIND"]), str(row["RECORD_KEY"]), str(row["CODE"]))
            for row in read_dead_letters(connection, "main")
        }
    return Ledger(
        rows=rows,
        counts={name: count for name, count in counts.items() if count},
        letters=letters,
        notes=_notes(state),
        orders={order["id"]: order for order in state.rows("order")},
    )


def _tables() -> dict[str, Table]:
    ours = {table.name: table for table in METADATA.sorted_tables if table.name[:5] == "USER_"}
    return {**vendor_tables(), **ours}


def _notes(state: StoreState) -> dict[int, list[str]]:
    notes: dict[int, list[str]] = defaultdict(list)
    for note in state.rows("note"):
        if note["note"].startswith(OUR_NOTE):
            notes[note["_order_id"]].append(note["note"])
    return dict(notes)
