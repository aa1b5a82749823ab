"""Lists: the filters all resources share, order, pages and their headers (WC §1).

Belongs here: everything about a list that is the same for orders, products and customers.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote_plus

from woocp_pipelines.sandbox.store.call import Call, Reply
from woocp_pipelines.sandbox.store.errors import Json
from woocp_pipelines.sandbox.store.times import filter_bound

SortKey = Callable[[Json], Any]

_BOUNDS = (
    ("after", "date_created_gmt"),
    ("modified_after", "date_modified_gmt"),
    ("before", "date_created_gmt"),
    ("modified_before", "date_modified_gmt"),
)


def filter_posts(call: Call, rows: Iterable[Json]) -> list[Json]:
    """Rows that pass the date filters (one second, exclusive), include, exclude and parent."""
    rows = filter_ids(call, rows)
    for name, column in _BOUNDS:
        text = call.params.get(name)
        if not text:
            continue
        bound = filter_bound(text, call.state.zone, dates_are_gmt=call.params["dates_are_gmt"])
        if name.endswith("after"):
            rows = [row for row in rows if row[column] > bound]
        else:
            rows = [row for row in rows if row[column] < bound]
    if call.params.get("parent"):
        rows = [row for row in rows if row["parent_id"] in call.params["parent"]]
    return rows


def filter_ids(call: Call, rows: Iterable[Json]) -> list[Json]:
    """Rows that pass include and exclude; an empty include means all (WC §1.9)."""
    include, exclude = call.params.get("include"), call.params.get("exclude")
    if include:
        wanted = set(include)
        rows = [row for row in rows if row["id"] in wanted]
    if exclude:
        unwanted = set(exclude)
        rows = [row for row in rows if row["id"] not in unwanted]
    return list(rows)


def sort_posts(call: Call, rows: list[Json], columns: dict[str, SortKey]) -> list[Json]:
    """Rows in the order asked for; ties are broken by id, in the same direction."""
    orderby = call.params["orderby"]
    if orderby == "include":
        return sort_by_include(call, rows)
    key = columns.get(orderby, _by_date)
    down = call.params["order"] == "desc"
    return sorted(rows, key=lambda row: (key(row), row["id"]), reverse=down)


def _by_date(row: Json) -> Any:
    return row["date_created_gmt"]


def sort_by_include(call: Call, rows: list[Json]) -> list[Json]:
    """Rows in the order of the include list; without one, by id."""
    rank = {key: at for at, key in enumerate(call.params.get("include") or [])}
    return sorted(rows, key=lambda row: (rank.get(row["id"], len(rank)), row["id"]))


def one_page(
    call: Call,
    rows: list[Json],
    show: Callable[[Json], Json],
    *,
    link_defaults: Json | None = None,
    forgets_total_beyond: bool = False,
) -> Reply:
    """The page asked for, with X-WP-Total, X-WP-TotalPages and Link.

    `link_defaults` is what the resource adds to its links. Order tables forget the total beyond
    the last page: 0 and 0, and a previous page 0 (WC §1.6).
    """
    per_page, page = call.params["per_page"], call.params["page"]
    start = call.params.get("offset")
    start = (page - 1) * per_page if start is None else start
    total = len(rows)
    shown = rows[start : start + per_page]
    if forgets_total_beyond and not shown:
        total = 0
    pages = -(-total // per_page)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    link = _links(call, page, pages, link_defaults or {})
    if link:
        headers["Link"] = link
    return Reply([show(row) for row in shown], headers=headers)


def _links(call: Call, page: int, pages: int, defaults: Json) -> str:
    links = []
    if page > 1:
        links.append(f'<{_page_url(call, min(page - 1, pages), defaults)}>; rel="prev"')
    if page < pages:
        links.append(f'<{_page_url(call, page + 1, defaults)}>; rel="next"')
    return ", ".join(links)


def _page_url(call: Call, page: int, defaults: Json) -> str:
    # Keys sent in the query come back here in clear (WC §5): that is why nobody should log it.
    sent = {name: value for name, value in call.query.items() if name not in defaults}
    parts = []
    for name, value in {**sent, **defaults, "page": page}.items():
        read = call.params.get(name) if name in {"include", "exclude"} else value
        if isinstance(read, list):
            # Every id again: this is what overflows a web server's header buffer (WC §3.11).
            parts += [f"{name}%5B{at}%5D={quote_plus(str(row))}" for at, row in enumerate(read)]
        else:
            parts.append(f"{name}={quote_plus(str(value))}")
    return f"{call.root}{call.path.rstrip('/')}?{'&'.join(parts)}"
