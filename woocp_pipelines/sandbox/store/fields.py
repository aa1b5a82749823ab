"""The `_fields` parameter, which picks keys from an answer (WC §3.4)."""

from typing import Any

Picked = dict[str, Any]


def pick_fields(body: Any, wanted: str, lazy: frozenset[str]) -> Any:
    """An answer reduced to the wanted keys, in each element when it is a list.

    A nested name such as billing.email picks inside an object. Inside a list nothing is picked:
    a list is left empty, or absent when the resource only builds it when it is named (`lazy`).
    """
    tree = _tree([name.strip() for name in wanted.split(",") if name.strip()])
    if not tree:
        return body
    if isinstance(body, list):
        return [_pick(row, tree, lazy) for row in body]
    # PHP makes an empty object an empty list.
    return _pick(body, tree, lazy) or []


def _tree(names: list[str]) -> Picked:
    tree: Picked = {}
    for name in names:
        branch = tree
        *parents, leaf = name.split(".")
        for parent in parents:
            inner = branch.setdefault(parent, {})
            if inner is True:
                break
            branch = inner
        else:
            branch[leaf] = True
    return tree


def _pick(row: Any, tree: Picked, lazy: frozenset[str]) -> Any:
    if not isinstance(row, dict):
        return row
    picked = {}
    for name, value in row.items():
        branch = tree.get(name)
        if branch is True:
            picked[name] = value
        elif isinstance(branch, dict) and name not in lazy:
            picked[name] = [] if isinstance(value, list) else _pick(value, branch, frozenset())
    return picked
