"""Checks that list what was refused and still waits for people.

Belongs here: one check for each kind of dead letter. A refused record is data, so these warn;
they never fail a run. The row goes away when the record goes through (counterpoint/dead_letters).
Dagster: https://docs.dagster.io/guides/test/asset-checks
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import dagster as dg

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.defs.catalog import RETRIES
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import REASON, listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.flows.context import FlowContext
from woocp_pipelines.rules.problems import ProblemKind

_COLUMNS: Final = ("record", *REASON, "first_seen")


def dead_letter_check(
    asset: dg.AssetsDefinition | str,
    *,
    kind: ProblemKind,
    name: str,
    description: str,
    keys: Callable[[str], bool] | None = None,
    flows: Callable[[str], bool] | None = None,
) -> dg.AssetChecksDefinition:
    """A check that warns while dead letters of a kind are open.

    Args:
        asset: what the check is shown on.
        kind: of the dead letters.
        name: a sentence that is true when the check passes.
        description: what a failure means and who acts.
        keys: which records' letters are meant, where it is not all of the kind.
        flows: the same by the flow that wrote them.
    """

    @dg.asset_check(asset=asset, name=name, description=description, retry_policy=RETRIES)
    def check(woocp: WoocpResource) -> dg.AssetCheckResult:
        with failing_clearly(), woocp.open() as flow:
            letters = _open_letters(flow, kind)
        if keys is not None:
            letters = [letter for letter in letters if keys(letter["RECORD_KEY"])]
        if flows is not None:
            letters = [letter for letter in letters if flows(letter["FLOW"])]
        return dg.AssetCheckResult(
            passed=not letters,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "open_dead_letters": len(letters),
                **listed("dead_letters", [_row(letter) for letter in letters], _COLUMNS),
            },
        )

    return check


def _open_letters(flow: FlowContext, kind: ProblemKind) -> list[Mapping[str, Any]]:
    with reading(flow.engine) as connection:
        if not table_exists(connection, USER_DEAD_LETTER.name):
            return []
        letters = read_dead_letters(connection, flow.store_id)
    return [letter for letter in letters if letter["KIND"] == kind]


def _row(letter: Mapping[str, Any]) -> dict[str, str]:
    return {
        "record": letter["WOO_ORDER_NO"] or letter["SKU"] or letter["RECORD_KEY"],
        "code": letter["CODE"],
        "field": letter["FIELD"],
        "found": letter["FOUND"],
        "expected": letter["EXPECTED"],
        "next_step": letter["NEXT_STEP"],
        "first_seen": letter["FIRST_SEEN_GMT"].isoformat(timespec="seconds"),
    }
