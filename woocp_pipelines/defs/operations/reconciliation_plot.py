"""The last weeks of the reconciliation as a picture and a table in the asset's metadata.

Belongs here: drawing. Does not: what the days said (reconciliation_days.py). Single numbers of the
metadata are plotted by Dagster already; this shows the three totals beside each other.
"""

import base64
from collections.abc import Sequence
from typing import Final

import dagster as dg

from woocp_pipelines.defs.metadata import Metadata
from woocp_pipelines.defs.operations.reconciliation_days import DayPoint

_LINES: Final = (
    ("web_cents", "#1f77b4"),
    ("documents_cents", "#2ca02c"),
    ("payments_cents", "#888"),
)
_WIDTH, _HEIGHT, _EDGE = 640, 200, 24
_SHOWN: Final = 14
_SVG: Final = "http://www.w3.org/2000/svg"


def plot_metadata(points: Sequence[DayPoint], currency: str) -> Metadata:
    """The picture and the table of some days, oldest first."""
    picture = base64.b64encode(draw(points).encode()).decode()
    head = "| day | web | documents | payments | unexplained |\n|---|--:|--:|--:|--:|"
    rows = [
        f"| {point.day} | {_money(point.web_cents)} | {_money(point.documents_cents)} | "
        f"{_money(point.payments_cents)} | {_money(point.unexplained_cents)} |"
        for point in reversed(points[-_SHOWN:])
    ]
    image = f"![web, documents and payments by day](data:image/svg+xml;base64,{picture})"
    says = (
        f"In {currency}, the newest day first; payments of posted tickets cannot be read and are "
        "not in it:"
    )
    text = "\n".join([image, "", says, "", head, *rows])
    return {"days": dg.MetadataValue.md(text)}


def draw(points: Sequence[DayPoint]) -> str:
    """An SVG: a line for each of the three totals, a red mark where cents are unexplained."""
    highest = max((max(_values(point)) for point in points), default=0) or 1
    across = (_WIDTH - 2 * _EDGE) / max(len(points) - 1, 1)

    def place(number: int, cents: int) -> str:
        height = (_HEIGHT - 2 * _EDGE) * max(cents, 0) / highest
        return f"{_EDGE + number * across:.1f},{_HEIGHT - _EDGE - height:.1f}"

    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    parts = [
        f'<svg xmlns="{_SVG}" {size} font-family="sans-serif" font-size="11">',
        f'<rect {size} fill="#fff"/>',
    ]
    for number, (name, colour) in enumerate(_LINES):
        line = " ".join(place(at, getattr(point, name)) for at, point in enumerate(points))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        label = name.removesuffix("_cents")
        parts.append(f'<text x="{_EDGE + number * 90}" y="14" fill="{colour}">{label}</text>')
    for at, point in enumerate(points):
        if point.unexplained_cents:
            x, y = place(at, point.documents_cents).split(",")
            parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="#d62728"/>')
    if points:
        ends = ((_EDGE, points[0].day, "start"), (_WIDTH - _EDGE, points[-1].day, "end"))
        parts += [
            f'<text x="{x}" y="{_HEIGHT - 6}" text-anchor="{anchor}">{day}</text>'
            for x, day, anchor in ends
        ]
    return "".join([*parts, "</svg>"])


def _values(point: DayPoint) -> tuple[int, int, int]:
    return point.web_cents, point.documents_cents, point.payments_cents


def _money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
