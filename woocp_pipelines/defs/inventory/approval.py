"""A person's yes to a mass change of stock: the job `approve_stock_change`.

Belongs here: how the approval is entered. Does not: what it allows (flows/inventory_breaker.py).
"""

from collections.abc import Mapping
from typing import Any, Final

import dagster as dg

from woocp_pipelines.defs.catalog import MINUTES_OF_FREQUENT_JOBS, describe, job_tags
from woocp_pipelines.settings import Settings

_DESCRIPTION: Final = """Let one inventory run pass that the circuit breaker stopped.

First run inventory_sync with `mode: plan` and look at what would change. Then start this job with
the id of the stopped run:

    run: 3f1c0f0e-…

The id stands in the stopped run's failure (its next step), as its run id in the list of runs, and
in the plan's `run_waiting_for_approval`. The shop is then synced at once; the approval covers
about as much as the stopped run wanted to change, not another situation.
"""


def build_approval_job(settings: Settings) -> Any:
    """The inventory sync with an approval, which has to be given."""
    return dg.define_asset_job(
        "approve_stock_change",
        selection=dg.AssetSelection.assets("woo_stock"),
        description=describe(settings, _DESCRIPTION),
        tags=job_tags(settings, "inventory", MINUTES_OF_FREQUENT_JOBS),
        config=dg.ConfigMapping(
            config_fn=_approved,
            config_schema={
                # No default: the launchpad then asks for it and starts nothing without.
                "run": dg.Field(str, description="Id of the run that the circuit breaker stopped.")
            },
        ),
    )


def _approved(config: Mapping[str, Any]) -> dict[str, Any]:
    run_id = config["run"].strip()
    if not run_id:
        raise ValueError("run: expected the id of a stopped run, found nothing")
    return {"ops": {"woo_stock": {"config": {"approve": run_id, "mode": "apply"}}}}
