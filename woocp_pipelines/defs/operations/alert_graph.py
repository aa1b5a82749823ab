"""What alerts must know of the definitions: which job is started how often and writes what.

Belongs here: reading the repository, once for each look. Does not: what is wrong (alert_*.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import dagster as dg

from woocp_pipelines.settings import FlowName

FLOW_OF_JOB: Final[Mapping[str, FlowName]] = {
    "customer_sync": "customers",
    "order_sync": "orders",
    "order_creation": "documents",
    "inventory_sync": "inventory",
    "fulfilment_sync": "fulfilment",
}


@dataclass(frozen=True, slots=True)
class Graph:
    """The definitions, as far as alerts ask for them."""

    repository: dg.RepositoryDefinition

    def schedules_of(self, job: str) -> list[dg.ScheduleDefinition]:
        """The schedules that start a job."""
        return [each for each in self.repository.schedule_defs if each.job_name == job]

    def is_frequent(self, job: str) -> bool:
        """Whether the next attempt comes within the hour by itself."""
        return any(self.is_often(each) for each in self.schedules_of(job))

    def is_often(self, schedule: dg.ScheduleDefinition) -> bool:
        """Whether a schedule comes every hour or more often."""
        cron = schedule.cron_schedule
        first = cron if isinstance(cron, str) else next(iter(cron))
        return first.split()[1] == "*"

    def assets_of(self, job: str) -> list[dg.AssetKey]:
        """The assets that a job makes; none of a job that is not there."""
        if job not in self.repository.job_names:
            return []
        return sorted(self.repository.get_job(job).asset_layer.selected_asset_keys)
