"""What the look at the syncs' health (rules/health.py) gives people to do.

Belongs here: which findings are told, under which names, and where to look. Left out is what other
sources tell better: failed runs, the store and late flows are told by the runs and assets of
Dagster, with their pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.health_facts import Finding

# Shared with the runs that fail for the same reason: one problem, however it is seen.
DATABASE: Final = "database"
STORE: Final = "store"
BREAKER: Final = "stock_breaker"
_FAILED_RUNS: Final = "failed_runs"

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "database": ("Counterpoint's database does not answer", "/runs"),
    "tables": ("the USER_* tables are not as this version needs them", "/runs"),
    "oldest_pending_order": ("orders wait too long to be booked", "/assets/counterpoint_documents"),
    "expired_claims": ("orders are claimed by a run that is gone", "/jobs/order_creation/runs"),
    "refused_orders": ("orders could not be booked", "/assets/counterpoint_documents?view=checks"),
    "old_dead_letters": (
        "orders have waited for people too long",
        "/assets/counterpoint_documents?view=checks",
    ),
    "unsent_notes": ("the store was not told of bookings", "/assets/counterpoint_documents"),
    "stock_breaker": ("a stock change waits for approval", "/assets/woo_stock"),
    "prices": ("contract prices are not answered as they should be", "/assets/pricing_service"),
}


def health_problems(findings: Iterable[Finding]) -> list[OpenProblem]:
    """The findings that are no good, as problems."""
    return [_problem(each) for each in findings if each.level != "ok" and each.check in _TITLES]


def key_of(check: str) -> str:
    """The key of a finding's problem."""
    return check if check in {DATABASE, BREAKER} else f"health:{check}"


def keys_without(findings: Iterable[Finding]) -> frozenset[str]:
    """Problems of which nothing is known, since the database or our tables are away."""
    looked_at = {each.check for each in findings}
    return frozenset(key_of(check) for check in _TITLES if check not in looked_at)


def critical_findings(findings: Sequence[Finding], *, runs_are_over: bool) -> list[str]:
    """What of health is critical now, in words.

    Args:
        findings: all of one look.
        runs_are_over: whether no failed run is open; that runs which were made good are counted for
            an hour (CP §3.9) is then nothing to act on.
    """
    found = {each.check: each for each in findings}
    return [
        f"{each.check} {each.found}"
        for each in findings
        if each.level == "critical"
        and not (each.check == _FAILED_RUNS and runs_are_over and _work_again(each, found))
    ]


def _work_again(failed: Finding, found: Mapping[str, Finding]) -> bool:
    """Whether each flow that failed has worked since; one in plan mode records no success."""
    lasts = [found.get(f"last_success_{each.partition(':')[0]}") for each in failed.records]
    return not any(_is_before(each, failed) for each in lasts if each is not None)


def _is_before(last: Finding, failed: Finding) -> bool:
    if last.since is None or failed.since is None:
        return last.level != "ok"
    return last.since <= failed.since


def _problem(finding: Finding) -> OpenProblem:
    title, page = _TITLES[finding.check]
    return OpenProblem(
        key=key_of(finding.check),
        level=finding.level,
        title=title,
        what=f"{finding.found} ({finding.threshold})",
        next_step=finding.next_step,
        page=page,
        since=finding.since,
        records=finding.records,
        count=max(finding.count, len(finding.records)),
        # Those that wait too long were told when they were refused.
        names=finding.records if finding.check == "refused_orders" else (),
    )
