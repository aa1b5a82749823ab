"""Batches: create, update and delete in one request, each item by itself (WC §3.3).

Belongs here: the limit, per-item errors, positions. Does not: what an item does. Values are not
checked before an item is applied: that is WooCommerce's behaviour, not an omission.
"""

from collections.abc import Callable
from typing import Any

from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import BATCH_LIMIT, Json, RestError, too_many_items

Action = Callable[[Json], Json]


def run_batch(call: Call, create: Action, update: Action, delete: Action) -> Reply:
    """Apply the items of a batch; a refused item leaves its error in its place."""
    actions = {"create": create, "update": update, "delete": _by_id(delete)}
    items = {name: _items(call.params.get(name)) for name in actions}
    if sum(len(rows) for rows in items.values()) > BATCH_LIMIT:
        raise too_many_items()
    answer = {
        name: [_applied(actions[name], row, created=name == "create") for row in rows]
        for name, rows in items.items()
        if rows
    }
    # An empty answer is an empty PHP array, which JSON knows as a list only.
    return Reply(answer or [])


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _by_id(delete: Action) -> Callable[[Any], Json]:
    return lambda key: delete({"id": key})


def _applied(action: Action, item: Any, *, created: bool) -> Json:
    try:
        return action(item)
    except RestError as error:
        key = item.get("id") if isinstance(item, dict) else item
        return {"id": 0 if created else key, "error": error.body()}
