"""Types of Dagster that its public methods give back, but that it does not export.

Belongs here: every import from inside Dagster that the alerts need, so that an upgrade which moves
one breaks one module. `DagsterInstance.all_instigator_state`, `get_ticks` and
`get_latest_asset_check_evaluation_record` are public and answer with these.
"""

from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickStatus,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster_shared.error import SerializableErrorInfo

__all__ = [
    "AssetCheckExecutionRecordStatus",
    "InstigatorState",
    "InstigatorStatus",
    "ScheduleInstigatorData",
    "SerializableErrorInfo",
    "TickStatus",
    "TimeWindowFreshnessPolicy",
]
