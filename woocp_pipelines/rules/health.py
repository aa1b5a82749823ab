"""When something in the syncs' own records is a warning, and when it is critical (CP §3.9).

Belongs here: the thresholds, and one finding for each thing that is looked at. Does not: reading
(counterpoint/health.py, flows/health.py) or telling anybody (alerts/). A flow in plan mode writes
nothing, so nothing of it can be late: its findings are fine and say why.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from woocp_pipelines.rules.health_facts import (
    RECORDS_SHOWN,
    FailedRun,
    Finding,
    Letters,
    Level,
    SyncFacts,
)

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
# Seconds of a claim's expiry are no news: the next run takes the rows over.
_LATE_CLAIM: Final = timedelta(minutes=15)
_MANY_OLD_REFUSED: Final = 5
_MANY_FAILED_RUNS: Final = 3
# Letters of these kinds are money; CP §3.9 wants none of them older than a day.
MONEY_KINDS: Final = ("order", "revision")

# Age of the last success: frequent flows as CP §3.9 has it, the nightly one by its nights.
_LAST_SUCCESS: Final[Mapping[str, tuple[timedelta, timedelta]]] = {
    "orders": (3 * _HOUR, 6 * _HOUR),
    "documents": (3 * _HOUR, 6 * _HOUR),
    "inventory": (3 * _HOUR, 6 * _HOUR),
    "fulfilment": (3 * _HOUR, 6 * _HOUR),
    "customers": (26 * _HOUR, 50 * _HOUR),
}
WATCHED_FLOWS: Final = tuple(_LAST_SUCCESS)


def sync_findings(facts: SyncFacts) -> list[Finding]:
    """One finding for each check of CP §3.9, and of what woocp keeps besides."""
    return [
        _oldest_pending(facts),
        _expired_claims(facts),
        _refused_orders(facts),
        _old_dead_letters(facts),
        _old_other_letters(facts),
        *(_last_success(facts, flow) for flow in WATCHED_FLOWS),
        _failed_runs(facts),
        _store(facts),
        _unsent(facts),
        _stock_breaker(facts),
    ]


def by_age(age: timedelta, warning: timedelta, critical: timedelta) -> Level:
    """The level of an age that has two thresholds; exactly at one is not over it."""
    if age > critical:
        return "critical"
    return "warning" if age > warning else "ok"


def span(age: timedelta) -> str:
    """An age in words that people compare: minutes, hours, days."""
    minutes = max(int(age.total_seconds()) // 60, 0)
    if minutes < 2 * 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 3 * 24 * 60 else f"{minutes // (24 * 60)} days"


def _oldest_pending(facts: SyncFacts) -> Finding:
    check, threshold = "oldest_pending_order", "warning over 1 h, critical over 2 h"
    if "documents" in facts.planned:
        return _planned(check, threshold, "documents", f"{facts.pending} orders pending")
    if facts.oldest_pending is None:
        return Finding(check, "ok", "no order is pending", threshold)
    age = facts.now - facts.oldest_pending
    level = by_age(age, _HOUR, 2 * _HOUR)
    return Finding(
        check,
        level,
        f"{facts.pending} orders pending, the oldest for {span(age)}",
        threshold,
        _step(
            level,
            "run `woocp sync documents` or the job order_creation and read what it says; look "
            "whether Dagster's daemon and the schedule order_creation_every_5_minutes run",
        ),
        facts.oldest_pending,
    )


def _expired_claims(facts: SyncFacts) -> Finding:
    check, threshold = "expired_claims", "warning 15 min after the end of a claim"
    if facts.oldest_expiry is None:
        return Finding(check, "ok", "none", threshold)
    level: Level = "warning" if facts.now - facts.oldest_expiry > _LATE_CLAIM else "ok"
    return Finding(
        check,
        level,
        f"{facts.expired_claims} orders claimed by a run that is gone",
        threshold,
        _step(level, "run `woocp sync documents`: it takes them over"),
        facts.oldest_expiry,
    )


def _refused_orders(facts: SyncFacts) -> Finding:
    found = facts.letters.get("order", Letters())
    old = found.over.get(1, 0)
    level: Level = "warning" if found.count else "ok"
    if old > _MANY_OLD_REFUSED:
        level = "critical"
    return Finding(
        "refused_orders",
        level,
        f"{found.count} orders could not be booked, {old} of them for more than 1 h"
        if found.count
        else "none",
        "warning at any, critical at more than 5 older than 1 h",
        _step(level, "`woocp dead-letters` says what to correct; then `woocp replay ORDER`"),
        found.oldest,
        found.records,
        found.count,
    )


def _old_dead_letters(facts: SyncFacts) -> Finding:
    """Of money: CP §3.9's ages."""
    found = [facts.letters.get(kind, Letters()) for kind in MONEY_KINDS]
    warned, late = (sum(each.over.get(hours, 0) for each in found) for hours in (6, 24))
    level: Level = "critical" if late else "warning" if warned else "ok"
    return Finding(
        "old_dead_letters",
        level,
        f"{warned} orders and changes of booked orders wait for people for more than 6 h, {late} "
        "of them for more than 24 h"
        if warned
        else "none over 6 h",
        "warning over 6 h, critical over 24 h",
        _step(
            level,
            "`woocp dead-letters` says what to correct; then `woocp replay ORDER`, or `woocp "
            "settle` for what was dealt with by hand",
        ),
        _oldest(found) if warned else None,
        _joined(found, 6),
        warned,
    )


def _old_other_letters(facts: SyncFacts) -> Finding:
    """Customers, products, prices, notes: nothing is lost meanwhile, so never critical."""
    others = {kind: each for kind, each in facts.letters.items() if kind not in MONEY_KINDS}
    late = {kind: each.over.get(24, 0) for kind, each in sorted(others.items())}
    count = sum(late.values())
    counted = ", ".join(f"{number} of kind {kind}" for kind, number in late.items() if number)
    level: Level = "warning" if count else "ok"
    chosen = [others[kind] for kind, number in late.items() if number]
    return Finding(
        "other_dead_letters",
        level,
        f"open for more than 24 h: {counted}" if count else "none over 24 h",
        "warning over 24 h",
        _step(
            level,
            "`woocp dead-letters` says what to correct; `woocp settle` closes what is to stay "
            "as it is",
        ),
        _oldest(chosen),
        _joined(chosen, 24),
        count,
    )


def _last_success(facts: SyncFacts, flow: str) -> Finding:
    check = f"last_success_{flow}"
    warning, critical = _LAST_SUCCESS[flow]
    threshold = f"warning over {span(warning)} or never, critical over {span(critical)}"
    last = facts.last_success.get(flow)
    if flow in facts.planned:
        return _planned(check, threshold, flow, "")
    step = f"run `woocp sync {flow}` and read what it says; look whether its schedule runs"
    if last is None:
        return Finding(check, "warning", "no successful run is recorded", threshold, step)
    level = by_age(facts.now - last, warning, critical)
    found = f"{span(facts.now - last)} ago"
    return Finding(check, level, found, threshold, _step(level, step), last)


def _failed_runs(facts: SyncFacts) -> Finding:
    # The order sync inside an inventory run, and the run itself, are one failure to people.
    runs: dict[str, FailedRun] = {}
    for each in facts.failed_runs:
        runs.setdefault(each.run_id, each)
    count = len(runs)
    level: Level = "warning" if count else "ok"
    if count > _MANY_FAILED_RUNS:
        level = "critical"
    return Finding(
        "failed_runs",
        level,
        f"{count} in the last hour" if count else "none in the last hour",
        "warning at any in the last hour, critical at more than 3",
        _step(level, "the errors below, and the runs' pages in Dagster, say why"),
        min((each.ended for each in facts.failed_runs), default=None),
        tuple(f"{each.flow}: {each.error}" for each in list(runs.values())[:RECORDS_SHOWN]),
    )


def _store(facts: SyncFacts) -> Finding:
    """Seen by what the runs met; the store is never asked just for this."""
    check, threshold = "store", "warning when it fails a run, critical after 1 h without a good one"
    failing = [each for each in facts.failed_runs if each.of_store and _is_last(facts, each)]
    if not failing:
        return Finding(check, "ok", "no run is failing because of it", threshold)
    good = [facts.last_success.get(each.flow) for each in failing]
    waits = [facts.now - each > _HOUR for each in good if each is not None]
    return Finding(
        check,
        "critical" if all(waits) else "warning",
        failing[-1].error,
        threshold,
        "open the shop; look at its host's status and at the key that woocp uses",
        min(each.ended for each in failing),
        tuple(sorted({each.flow for each in failing})),
    )


def _is_last(facts: SyncFacts, run: FailedRun) -> bool:
    last = facts.last_success.get(run.flow)
    return last is None or last < run.ended


def _unsent(facts: SyncFacts) -> Finding:
    check, threshold = "unsent_notes", "warning over 1 h, critical over 24 h"
    if facts.oldest_unsent is None:
        return Finding(check, "ok", "every note to the store was sent", threshold)
    age = facts.now - facts.oldest_unsent
    if "outbox" in facts.planned:
        return _planned(check, threshold, "outbox", f"{facts.unsent} notes wait")
    level = by_age(age, _HOUR, _DAY)
    return Finding(
        check,
        level,
        f"{facts.unsent} notes wait for the store, the oldest for {span(age)}",
        threshold,
        _step(level, "run `woocp sync outbox` and read what it says; the orders are booked"),
        facts.oldest_unsent,
    )


def _stock_breaker(facts: SyncFacts) -> Finding:
    check, threshold = "stock_breaker", "warning while a run waits for approval"
    if facts.blocked_run is None or "inventory" in facts.planned:
        return Finding(check, "ok", "no stock change waits for approval", threshold)
    return Finding(
        check,
        "warning",
        f"run {facts.blocked_run} would change too much of the shop's stock and was stopped; "
        "stock in the shop stands still",
        threshold,
        "look at `woocp sync inventory --plan`; if it is right, `woocp sync inventory --apply "
        f"--approve {facts.blocked_run}` or the job approve_stock_change",
        facts.last_success.get("inventory"),
    )


def _planned(check: str, threshold: str, flow: str, found: str) -> Finding:
    said = "plan mode: nothing is written, so nothing can be late"
    return Finding(check, "ok", f"{found}; {said}" if found else said, f"{threshold} ({flow})")


def _step(level: Level, step: str) -> str:
    return "" if level == "ok" else step


def _oldest(letters: Sequence[Letters]) -> datetime | None:
    return min((each.oldest for each in letters if each.oldest), default=None)


def _joined(letters: Sequence[Letters], hours: int) -> tuple[str, ...]:
    """The records that are older; the oldest come first."""
    late = (record for each in letters for record in each.records[: each.over.get(hours, 0)])
    return tuple(late)[:RECORDS_SHOWN]
