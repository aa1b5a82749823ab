"""What a person may choose in the launchpad before starting a run.

Belongs here: run config that several assets share; the descriptions are the launchpad's manual.
"""

from enum import Enum

import dagster as dg
from pydantic import Field

from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.settings import FlowName, Mode


class ModeChoice(Enum):
    """Dagster's launchpad offers the names."""

    setting = "setting"
    plan = "plan"
    apply = "apply"


class ReadingConfig(dg.Config):
    """One choice for a run that reads both systems and writes into neither.

    No mode of woocp.toml concerns it: those say whether the systems may be written to.
    """

    mode: ModeChoice = Field(
        default=ModeChoice.setting,
        description=(
            "setting, apply: fill the day's partition and write its report, whatever modes "
            "woocp.toml has, since neither system is written to. plan: show the same, fill no "
            "partition, write no file."
        ),
    )

    @property
    def planned(self) -> bool:
        """Whether the run only shows."""
        return self.mode is ModeChoice.plan


class FlowConfig(dg.Config):
    """One choice for a run of a flow."""

    mode: ModeChoice = Field(
        default=ModeChoice.setting,
        description=(
            "setting: what woocp.toml says for this flow. plan: read, compute and show every "
            "difference, write nothing anywhere. apply: write."
        ),
    )

    @property
    def chosen(self) -> Mode | None:
        """The mode to hand to a flow; None leaves it to the setting."""
        if self.mode is ModeChoice.setting:
            return None
        return "plan" if self.mode is ModeChoice.plan else "apply"

    def mode_of(self, flow: FlowContext, name: FlowName) -> Mode:
        """The mode that a run of this flow will have."""
        return self.chosen or flow.settings.mode_of(name)
