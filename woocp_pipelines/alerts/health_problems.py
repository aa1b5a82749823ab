"""What the look at the syncs' health (rules/health.py) gives people to do.

Belongs here: which findings are told, under which names, and where to look. Left out is what other
sources tell better: failed runs, the store and late flows are told by the runs and assets of
Dagster, with their pages.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from woocp_pipelines.rules.alerting import OpenProblem
from woocp_pipelines.rules.health_facts import Finding

# Shared with the runs that fail for the same reason: one problem, however it is seen.
DATABASE: Final = "database"
STORE: Final = "store"
BREAKER: Final = "stock_breaker"

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
