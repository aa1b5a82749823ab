"""What a run of the inventory sync tells people: conflicts, changes, and what it left alone.

Belongs here: counts and tables of the report. Does not: deciding or writing anything.
"""

import logging
from collections.abc import Iterable, Mapping, Set
from typing import Final

from woocp_pipelines.counterpoint.settled_letters import SettledLetters
from woocp_pipelines.flows.report import TABLE_ROWS, Change, FlowReport, RefusedRecord
from woocp_pipelines.rules.money import plain
from woocp_pipelines.rules.product_mapping import MapEntry, MapUpdate
from woocp_pipelines.rules.stock_policy import (
    Comparison,
    LeftProduct,
    StockChange,
    StockFigures,
    StockPolicy,
)
from woocp_pipelines.rules.units import sku_key

_log = logging.getLogger(__name__)
_SHOWN_CHANGES: Final = 200


def report_mirror(report: FlowReport, mirror: MapUpdate) -> None:
    """Conflicts that are news, each once in a run."""
    for product, problems in mirror.problems.values():
        for problem in problems:
            refused = RefusedRecord("product", product.sku or str(product.product_id), problem)
            if refused not in report.refused:
                report.refused.append(refused)
    if mirror.gone:
        report.facts["products_gone_from_the_store"] = len(mirror.gone)


def report_comparison(report: FlowReport, found: Comparison, why_held: str) -> None:
    """Counts, and which products keep the quantity that they have; `why_held`: of raises."""
    report.read = found.compared
    report.waiting = len(found.held_back)
    _listed(report, "stock_raises_held_back", [_held(each, why_held) for each in found.held_back])
    _listed(report, "products_not_touched", [_left(each) for each in found.left_alone.values()])


def report_unknown(
    report: FlowReport,
    found: Comparison,
    open_now: Mapping[str, Set[str]],
    settled: SettledLetters,
) -> None:
    """Products whose quantity nobody knows, each once: what has an open letter is no news.

    Nor is what a person has settled.
    """
    for product, problem in found.unknown:
        key = str(product.product_id)
        if problem.code not in open_now.get(key, set()) and settled.left(key, [problem]):
            report.refuse("product", product.sku, problem)


def report_figures(
    report: FlowReport,
    figures: Mapping[str, StockFigures],
    entries: Iterable[MapEntry],
    policy: StockPolicy,
) -> None:
    """What is odd about Counterpoint's side; nothing of it keeps a quantity from being sent.

    Web items without product are a table and no dead letters: which items the shop sells is the
    retailer's choice, and hundreds of letters would hide the conflicts.
    """
    carried = {sku_key(entry.sold.item_no) for entry in entries if entry.active and entry.sold}
    missing = [
        {"item_no": each.item.item_no, "stat": each.stat, "on_hand": _text(each)}
        for key, each in sorted(figures.items())
        if each.is_web_item and key not in carried
    ]
    _listed(report, "web_items_without_product", missing)
    promised = [_promised(each) for _, each in sorted(figures.items()) if each.is_promised_away]
    _listed(report, "items_on_hand_but_promised", promised)
    unknown = sorted(policy.buffers.keys() - figures.keys())
    if unknown:
        text = f"{', '.join(unknown)}: no web item of Counterpoint; correct [inventory.buffers]"
        _log.warning("buffers without item: %s", text)
        report.facts["buffers_without_item"] = text


def report_written(report: FlowReport, change: StockChange) -> None:
    """One quantity that the store took."""
    if len(report.changes) < _SHOWN_CHANGES:
        report.changes.append(shown(change))


def shown(change: StockChange) -> Change:
    """A change with its arithmetic."""
    before = "unknown" if change.before is None else str(change.before)
    key = change.product.sku or str(change.product.product_id)
    return Change(key, f"stock: {change.arithmetic}", before, str(change.after))


def _listed(report: FlowReport, name: str, rows: list[dict[str, str]]) -> None:
    """A count among the facts, and the table; neither where there is nothing to list."""
    report.facts.pop(name, None)
    report.tables.pop(f"{name}_table", None)
    if rows:
        report.facts[name] = len(rows)
        report.tables[f"{name}_table"] = rows[:TABLE_ROWS]


def _held(change: StockChange, why: str) -> dict[str, str]:
    row = shown(change)
    return {
        "sku": row.key,
        "store_shows": row.before,
        "may_show": row.after,
        "why": f"held back: {why}",
        "arithmetic": change.arithmetic,
    }


def _left(left: LeftProduct) -> dict[str, str]:
    shows = left.product.quantity
    return {
        "sku": left.product.sku,
        "item_no": left.sold.item_no,
        "store_shows": "" if shows is None else str(shows),
        "why": left.reason,
    }


def _promised(figures: StockFigures) -> dict[str, str]:
    on_hand, committed = figures.on_hand, figures.committed
    return {
        "item_no": figures.item.item_no,
        "on_hand": "" if on_hand is None else plain(on_hand),
        "committed": "" if committed is None else plain(committed),
        "available": "" if figures.available is None else plain(figures.available),
        "unbooked": plain(figures.unbooked),
    }


def _text(figures: StockFigures) -> str:
    return "no stock row" if figures.on_hand is None else plain(figures.on_hand)
