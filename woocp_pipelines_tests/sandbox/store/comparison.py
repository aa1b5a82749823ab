"""When two answers agree: status, error code, totals, JSON keys, types and values.

Values are compared everywhere but for what no store can repeat: random keys and numbers that a
sequence gives to new rows. `SHAPE_ONLY` names recordings of which only keys and types count.
"""

from dataclasses import dataclass
from typing import Any

from woocp_pipelines_tests.sandbox.store.recordings import RECORDED_ROOT, Recording

# Random, or chosen by an algorithm that is none of an integration's business.
NOISE = frozenset({"order_key", "payment_url", "related_ids", "avatar_url", "version"})
HEADERS = ("X-WP-Total", "X-WP-TotalPages", "Retry-After")
SHAPE_ONLY = frozenset({"wp_json_root", "orders_dp4"})
# Times within a request that took seconds.
UNSTEADY = {
    "products_batch_100": frozenset({"date_modified", "date_modified_gmt"}),
    "customer_post_minimal": frozenset({"date_created", "date_created_gmt"}),
}


def differences(
    recording: Recording, status: int, headers: Any, answer: Any, root: str
) -> list[str]:
    """What is not as recorded, in words; empty when the answers agree."""
    if status != recording.status:
        return [f"status {status}, recorded {recording.status}: {str(answer)[:200]}"]
    found = [
        f"{name} {headers.get(name)}, recorded {recording.answer_headers.get(name)}"
        for name in HEADERS
        if headers.get(name) != recording.answer_headers.get(name)
    ]
    if isinstance(recording.answer, dict) and "__text__" in recording.answer:
        kind = recording.answer_headers["Content-Type"].partition(";")[0]
        if headers["Content-Type"].partition(";")[0] != kind:
            found.append(f"content type {headers['Content-Type']}, recorded {kind}")
        return found
    noise = NOISE | UNSTEADY.get(recording.name, frozenset())
    values = recording.name not in SHAPE_ONLY
    comparison = _Comparison(noise)
    return found + comparison.compared(recording.answer, _rerooted(answer, root), "", values=values)


def _rerooted(answer: Any, root: str) -> Any:
    if isinstance(answer, dict):
        return {key: _rerooted(value, root) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_rerooted(row, root) for row in answer]
    if not isinstance(answer, str):
        return answer
    # Behind a proxy the store calls itself https.
    return answer.replace(root, RECORDED_ROOT).replace(f"https{root[4:]}", RECORDED_ROOT)


@dataclass(frozen=True)
class _Comparison:
    noise: frozenset[str]

    def compared(self, recorded: Any, found: Any, path: str, *, values: bool) -> list[str]:
        if isinstance(recorded, dict) and isinstance(found, dict):
            return self._objects(recorded, found, path, values=values)
        if isinstance(recorded, list) and isinstance(found, list):
            return self._lists(recorded, found, path, values=values)
        if _kind(recorded) != _kind(found) or (values and recorded != found):
            return [f"{path}: {found!r}, recorded {recorded!r}"]
        return []

    def _objects(self, recorded: Any, found: Any, path: str, *, values: bool) -> list[str]:
        if recorded.keys() != found.keys():
            return [f"{path}: keys {sorted(recorded.keys() ^ found.keys())} on one side only"]
        rows = []
        for key, value in recorded.items():
            # Numbers of new meta rows come from a sequence that others share.
            counted = key == "id" and "key" in recorded
            inner = values and key not in self.noise and not counted
            rows += self.compared(value, found[key], f"{path}.{key}", values=inner)
        return rows

    def _lists(self, recorded: Any, found: Any, path: str, *, values: bool) -> list[str]:
        if values and len(recorded) != len(found):
            return [f"{path}: {len(found)} rows, recorded {len(recorded)}"]
        if path.endswith(".meta_data"):
            # Recorded by key in short answers and by number in long ones: no order to rely on.
            recorded, found = _by_key(recorded), _by_key(found)
        pairs = enumerate(zip(recorded, found, strict=False))
        texts = (
            self.compared(one, two, f"{path}[{at}]", values=values) for at, (one, two) in pairs
        )
        return [text for rows in texts for text in rows]


def _by_key(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (str(row["key"]), str(row["value"])))


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, int | float) else str(type(value))
