"""Meta rows of a record: how a request changes them (WC §1.4, §2)."""

from typing import Any

from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.state import StoreState
from woocp_pipelines.sandbox.store.text import meta_value


def update_meta(
    state: StoreState, rows: list[Json], changes: Any, *, display: bool = False
) -> None:
    """Change meta rows in place: by id, else by key, else a new row; a null value removes it.

    `display` adds the keys that only rows of order lines show.
    """
    for change in changes or []:
        if not isinstance(change, dict):
            continue
        row = _row_of(rows, change)
        value = change.get("value")
        if row is not None and not change.get("id"):
            # Of several rows with one key, a change by key leaves one.
            rows[:] = [each for each in rows if each is row or each["key"] != row["key"]]
        if value is None:
            if row is not None:
                rows.remove(row)
            continue
        if row is None:
            row = {"id": state.next_id("meta"), "key": change.get("key")}
            rows.append(row)
        row["key"] = change.get("key", row["key"])
        row["value"] = meta_value(value)
        if display:
            row |= {"display_key": row["key"], "display_value": row["value"]}


def sorted_meta(rows: list[Json]) -> list[Json]:
    """An order's meta rows as HPOS shows them: by key, rows without a key first."""
    return sorted(rows, key=lambda row: (row["key"] is not None, str(row["key"]), row["id"]))


def _row_of(rows: list[Json], change: Json) -> Json | None:
    if change.get("id"):
        return next((row for row in rows if row["id"] == change["id"]), None)
    return next((row for row in rows if row["key"] == change.get("key")), None)
