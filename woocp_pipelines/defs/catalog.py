"""The words of the graph: groups, owners, kinds, tags, pools, time limits, retries.

Belongs here: every name and number that more than one definition uses. Does not: assets.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal

import dagster as dg

from woocp_pipelines.settings import Settings

# What woocp makes, by subject; what it reads, by system; what a shopper meets. In this order the
# groups, too, form a picture without circles.
Group = Literal[
    "customers", "orders", "documents", "inventory", "fulfilment", "prices", "operations"
]
Outside = Literal["woocommerce", "counterpoint", "storefront"]
AnyAsset = dg.AssetsDefinition | dg.AssetSpec

# Who is asked first when something is wrong with it.
OWNERS: Final[dict[Group, list[str]]] = {
    "customers": ["team:accounting"],
    "orders": ["team:web-shop"],
    "documents": ["team:accounting"],
    "inventory": ["team:warehouse"],
    "fulfilment": ["team:warehouse"],
    "prices": ["team:sales"],
    "operations": ["team:accounting"],
}

COUNTERPOINT: Final = "sqlserver"
WOOCOMMERCE: Final = "woocommerce"
SANDBOX_KIND: Final = "sandbox"

# One writer to Counterpoint at a time. Ops that mainly wait for the store (woo_stock,
# notify_store) stay out of it: a slow shop must not hold up the booking of orders.
WRITES: Final = "counterpoint_writes"

# The client repeats single requests by itself; this is for a store or database that is away
# for a moment. A permanent failure is never repeated (failures.py).
RETRIES: Final = dg.RetryPolicy(
    max_retries=2, delay=15, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)

# A dead code server leaves a run that looks alive, and no other run of its job starts until then.
MINUTES_OF_FREQUENT_JOBS: Final = 15
MINUTES_OF_LONG_JOBS: Final = 120

EVERY_FIVE_MINUTES: Final = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(minutes=15), fail_window=timedelta(hours=1)
)
EVERY_HALF_HOUR: Final = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(minutes=75), fail_window=timedelta(hours=2)
)
EVERY_DAY: Final = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=50)
)

_NOT_REAL: Final = "SANDBOX: an invented retailer; nothing real is read or written."
# Without orders.start_date, which apply mode requires, days are shown from here on.
_FIRST_DAY: Final = date(2026, 1, 1)


def environment_of(settings: Settings) -> str:
    """SANDBOX for the invented retailer; else the installation's name (WOOCP_NAME)."""
    return settings.connections.installation


def describe(settings: Settings, text: str) -> str:
    """A description that says when nothing real is meant; at its end, since lists cut it off."""
    return f"{text.rstrip()}\n\n{_NOT_REAL}" if settings.connections.sandbox else text


def job_tags(settings: Settings, sync: str, minutes: int) -> dict[str, str]:
    """Tags of a job and its runs: `sync` carries the limit of one run at a time."""
    return {
        "sync": sync,
        "environment": environment_of(settings),
        "dagster/max_runtime": str(minutes * 60),
    }


def store_days(settings: Settings) -> dg.DailyPartitionsDefinition:
    """The days of the store, from the first order that may be staged to today."""
    return dg.DailyPartitionsDefinition(
        start_date=(settings.orders.start_date or _FIRST_DAY).isoformat(),
        timezone=settings.store.time_zone,
        # Today can be looked at again, too, not only days that are over.
        end_offset=1,
    )


def marked(assets: Sequence[AnyAsset], settings: Settings) -> list[AnyAsset]:
    """The same assets, each with its environment in tags, description and, in the sandbox, kind."""
    sandbox = {SANDBOX_KIND} if settings.connections.sandbox else set()

    def mark(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(
            description=describe(settings, spec.description or ""),
            tags={**spec.tags, "environment": environment_of(settings)},
            kinds=spec.kinds | sandbox,
        )

    return [
        mark(one) if isinstance(one, dg.AssetSpec) else one.map_asset_specs(mark) for one in assets
    ]
