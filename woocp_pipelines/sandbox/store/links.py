"""The `_links` that every shown record carries. Belongs here: building them, nothing else."""

from collections.abc import Sequence

from woocp_pipelines.sandbox.store.errors import Json

ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def links(
    root: str, path: str, *, up: str | None = None, allow: Sequence[str] = ALL_METHODS
) -> Json:
    """Links of a record at `path` below /wp-json/wc/v3, its collection and its parent."""
    base = f"{root}/wp-json/wc/v3"
    found: Json = {
        "self": [{"href": f"{base}{path}", "targetHints": {"allow": list(allow)}}],
        "collection": [{"href": f"{base}{path.rpartition('/')[0]}"}],
    }
    if up is not None:
        found["up"] = [{"href": f"{base}{up}"}]
    return found


def shown(record: Json, found: Json) -> Json:
    """A record without the store's own keys, with its links."""
    return {name: value for name, value in record.items() if name[0] != "_"} | {"_links": found}
