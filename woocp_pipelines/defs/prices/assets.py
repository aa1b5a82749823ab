"""The price book: Counterpoint's price rules, read and understood as a whole.

Belongs here: how the book appears in the graph. The engine: counterpoint/prices.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import dagster as dg

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.prices.book import PriceBook
from woocp_pipelines.counterpoint.prices.calculation import (
    DISCOUNT_AMOUNT,
    DISCOUNT_PERCENT,
    FIXED_PRICE,
)
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.counterpoint.prices.group_index import CONTRACT
from woocp_pipelines.counterpoint.prices.overview import count_book
from woocp_pipelines.counterpoint.prices.reading import read_facts
from woocp_pipelines.counterpoint.prices.stamp import SourceStamp
from woocp_pipelines.counterpoint.prices.undecidable import (
    RuleFinding,
    rules_that_never_win,
    undecidable_rules,
)
from woocp_pipelines.defs.catalog import (
    COUNTERPOINT,
    EVERY_DAY,
    OWNERS,
    RETRIES,
    environment_of,
)
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import ROW_COUNT, Metadata, listed
from woocp_pipelines.defs.prices.audit import price_audit_asset
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.settings import Settings

CHECK: Final = "every_rule_can_be_decided"
# In words, what IM_PRC_GRP.GRP_TYP and IM_PRC_RUL_BRK.PRC_METH say in one letter; a letter without
# words is shown as it is.
_KINDS: Final = {CONTRACT: "of_contracts", "P": "of_promotions", "S": "of_specials"}
_METHODS: Final = {
    FIXED_PRICE: "with_fixed_price",
    DISCOUNT_PERCENT: "with_discount_percent",
    DISCOUNT_AMOUNT: "with_discount_amount",
}
_FINDING: Final = ("group", "rule", "reason", "description")


@dg.asset(
    deps=["counterpoint_price_rules", "counterpoint_items", "counterpoint_customers"],
    group_name="prices",
    kinds={COUNTERPOINT},
    owners=OWNERS["prices"],
    freshness_policy=EVERY_DAY,
    retry_policy=RETRIES,
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset="price_book",
            description=(
                "Every rule in use is one that the price engine can decide. One that it cannot is "
                "never skipped: whoever it may concern gets an error, not the next rule's price. "
                "Change the rule in Counterpoint, or give its code a meaning in [prices] of "
                "woocp.toml."
            ),
        )
    ],
)
def price_book(
    context: dg.AssetExecutionContext, woocp: WoocpResource
) -> Iterator[dg.MaterializeResult[None]]:
    """A row is one price rule of Counterpoint, read the way the pricing service reads it.

    Reads groups, rules, breaks, items, prices and customers in a fixed number of statements and
    writes nothing. The pricing service keeps a book of its own and refreshes it by itself; this
    one shows what is in it, how long it takes, and which rules cannot be decided or never win.
    """
    with failing_clearly(), woocp.open(context.run.run_id) as flow:
        start, now = time.perf_counter(), flow.now()
        with reading(flow.engine) as connection:
            store = flow.settings.store
            facts, stamp = read_facts(
                connection, time_zone=store.time_zone, read_at=now, store_id=store.id
            )
        book = PriceBook(facts, RuleCodes(flow.settings.prices.methods))
        seconds = round(time.perf_counter() - start, 3)
        undecidable = undecidable_rules(book, at=now)
        metadata = _metadata(book, undecidable, flow.settings, now)
    # Yielded: of a function that returns, Dagster wants a tuple with one part for each check.
    yield dg.MaterializeResult(
        metadata={**metadata, "seconds": seconds},
        check_results=[_check(undecidable)],
        data_version=_version(stamp, flow.settings),
    )


def _version(stamp: SourceStamp, settings: Settings) -> dg.DataVersion:
    """The same while Counterpoint's tables are: nothing downstream looks old after such a run."""
    said = repr((sorted(stamp.items()), settings.prices))
    return dg.DataVersion(hashlib.sha256(said.encode()).hexdigest())


def _check(undecidable: tuple[RuleFinding, ...]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=not undecidable,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "undecidable_rules": len(undecidable),
            **listed("rules", _rows(undecidable), _FINDING),
        },
    )


def _metadata(
    book: PriceBook, undecidable: tuple[RuleFinding, ...], settings: Settings, now: datetime
) -> Metadata:
    counts = count_book(book, at=now)
    never_win = rules_that_never_win(book, at=now)
    counted = {
        **{f"rules_{_KINDS.get(one, one)}": n for one, n in counts.rules_by_kind.items()},
        **{f"breaks_{_METHODS.get(one, one)}": n for one, n in counts.breaks_by_method.items()},
        **{f"groups_{state}": n for state, n in counts.groups_by_state.items()},
    }
    return {
        "state": "degraded" if undecidable else "clean",
        "read": counts.rules,
        "refused": len(undecidable),
        "groups": counts.groups,
        "items": counts.items,
        "customers": counts.customers,
        **dict(sorted(counted.items())),
        "rules_that_never_win": len(never_win),
        "environment": environment_of(settings),
        "open_contracts_are_used": settings.prices.open_contracts,
        ROW_COUNT: counts.rules,
        **listed("open_contracts", [{"group": code} for code in book.open_contracts], ("group",)),
        **listed("never_win", _rows(never_win), _FINDING),
        **listed("notes", [{"note": note} for note in book.facts.notes], ("note",)),
    }


def _rows(findings: Iterable[RuleFinding]) -> list[dict[str, str]]:
    return [
        {
            "group": f"{each.kind} {each.group}",
            "rule": "all" if each.sequence is None else str(each.sequence),
            "reason": each.reason,
            "description": each.description,
        }
        for each in findings
    ]


def price_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The book, and the audit of what was charged."""
    return [price_book, price_audit_asset(settings)]
