"""The store's SQLite file: records as JSON rows, counters, settings, keys.

Belongs here: tables and reading and writing them. Does not: what is in a record (`state.py`).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.keys import ApiKey

_METADATA: Final = sa.MetaData()
_RECORD: Final = sa.Table(
    "store_record",
    _METADATA,
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
    implicit_returning=False,
)
_VALUE: Final = sa.Table(
    "store_value",
    _METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    implicit_returning=False,
)
_KEY: Final = sa.Table(
    "store_key",
    _METADATA,
    sa.Column("consumer_key", sa.String(64), primary_key=True),
    sa.Column("consumer_secret", sa.String(64), nullable=False),
    sa.Column("permissions", sa.String(16), nullable=False),
    sa.Column("role", sa.String(32), nullable=False),
    implicit_returning=False,
)


class Storage:
    """One open SQLite file. Not thread-safe by itself: the state's lock guards it."""

    def __init__(self, path: Path) -> None:
        self._engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"check_same_thread": False},
            poolclass=sa.pool.StaticPool,
        )
        with self._engine.begin() as connection:
            # A commit per shop request must not cost a disk flush each: the file is a sandbox.
            connection.exec_driver_sql("PRAGMA synchronous = OFF")
            _METADATA.create_all(connection)

    def records(self) -> Iterator[tuple[str, int, Json]]:
        """Every record as (kind, id, body)."""
        with self._engine.begin() as connection:
            for kind, key, body in connection.execute(sa.select(_RECORD)):
                yield kind, key, json.loads(body)

    def values(self) -> dict[str, Any]:
        """Every named value: counters and settings."""
        with self._engine.begin() as connection:
            return {name: json.loads(body) for name, body in connection.execute(sa.select(_VALUE))}

    def api_keys(self) -> Iterator[ApiKey]:
        """Every API key."""
        with self._engine.begin() as connection:
            for row in connection.execute(sa.select(_KEY)).mappings():
                yield ApiKey(**row)

    def write(
        self,
        records: Iterable[tuple[str, int, Json]],
        removed: Iterable[tuple[str, int]],
        values: dict[str, Any],
    ) -> None:
        """Replace and remove records and values in one transaction."""
        rows = [{"kind": k, "id": i, "body": json.dumps(b)} for k, i, b in records]
        gone = [{"old_kind": kind, "old_id": key} for kind, key in removed]
        gone += [{"old_kind": row["kind"], "old_id": row["id"]} for row in rows]
        match = (_RECORD.c.kind == sa.bindparam("old_kind")) & (
            _RECORD.c.id == sa.bindparam("old_id")
        )
        with self._engine.begin() as connection:
            if gone:
                connection.execute(sa.delete(_RECORD).where(match), gone)
            if rows:
                connection.execute(sa.insert(_RECORD), rows)
            for name, value in values.items():
                connection.execute(sa.delete(_VALUE).where(_VALUE.c.name == name))
                connection.execute(sa.insert(_VALUE), {"name": name, "body": json.dumps(value)})

    def write_key(self, key: ApiKey) -> None:
        """Add or replace one API key."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_KEY).where(_KEY.c.consumer_key == key.consumer_key))
            connection.execute(sa.insert(_KEY), asdict(key))

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()
