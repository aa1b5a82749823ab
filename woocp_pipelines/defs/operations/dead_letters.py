"""The open dead letters in the UI, all kinds together: a job that reads and writes nothing.

Belongs here: the job, its step and its tables. Does not: the standing checks, one for each kind
(defs/dead_letters.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

import dagster as dg
from pydantic import Field

from woocp_pipelines.counterpoint.dead_letters import read_dead_letters
from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.statements import table_exists
from woocp_pipelines.counterpoint.tables import USER_DEAD_LETTER
from woocp_pipelines.defs.catalog import MINUTES_OF_FREQUENT_JOBS, RETRIES, describe, job_tags
from woocp_pipelines.defs.failures import failing_clearly
from woocp_pipelines.defs.metadata import REASON, SHOWN, Metadata, listed
from woocp_pipelines.defs.resources import WoocpResource
from woocp_pipelines.settings import Settings

_LETTERS: Final = ("id", "kind", "record", *REASON, "arithmetic", "first_seen", "attempts")
_COUNTS: Final = ("kind", "code", "count")
_DESCRIPTION: Final = f"""List what was refused and still waits: why, and what to do about it.

The output of the step read_dead_letters has the counts by code and the oldest {SHOWN} letters.
Afterwards: the job replay tries orders again, the job settle closes what was dealt with by hand.
"""


class KindChoice(Enum):
    """Dagster's launchpad offers the names."""

    all = "all"
    order = "order"
    revision = "revision"
    customer = "customer"
    product = "product"
    price = "price"
    outbox = "outbox"


class DeadLettersConfig(dg.Config):
    """Which dead letters a run lists."""

    kind: KindChoice = Field(
        default=KindChoice.all,
        description="order: not booked; revision: changed after it was booked; customer; product; "
        "price; outbox: the store could not be told. all: every kind.",
    )


@dg.op(
    name="read_dead_letters",
    out=dg.Out(dg.Nothing, description="The open dead letters, oldest first."),
    retry_policy=RETRIES,
)
def read_op(config: DeadLettersConfig, woocp: WoocpResource) -> dg.Output[None]:
    """Read the open dead letters; nothing is written."""
    with failing_clearly(), woocp.open() as flow, reading(flow.engine) as connection:
        upgraded = table_exists(connection, USER_DEAD_LETTER.name)
        letters = read_dead_letters(connection, flow.store_id) if upgraded else []
    wanted = [each for each in letters if config.kind.value in {"all", each["KIND"]}]
    return dg.Output(None, metadata=_metadata(wanted))


def build_dead_letters_job(settings: Settings) -> dg.JobDefinition:
    """The job `dead_letters`."""

    @dg.job(
        name="dead_letters",
        description=describe(settings, _DESCRIPTION),
        tags=job_tags(settings, "dead_letters", MINUTES_OF_FREQUENT_JOBS),
    )
    def job() -> None:
        read_op()

    return job


def _metadata(letters: Sequence[Mapping[str, Any]]) -> Metadata:
    counted = Counter((each["KIND"], each["CODE"]) for each in letters)
    counts = [
        {"kind": kind, "code": code, "count": str(count)}
        for (kind, code), count in counted.most_common()
    ]
    return {
        "open_dead_letters": len(letters),
        **listed("by_code", counts, _COUNTS),
        **listed("dead_letters", [_row(each) for each in letters], _LETTERS),
    }


def _row(letter: Mapping[str, Any]) -> dict[str, str]:
    return {
        "id": str(letter["DEAD_LETTER_ID"]),
        "kind": letter["KIND"],
        "record": letter["WOO_ORDER_NO"] or letter["SKU"] or letter["RECORD_KEY"],
        **{name: letter[name.upper()] for name in REASON},
        "arithmetic": letter["ARITHMETIC"],
        "first_seen": f"{letter['FIRST_SEEN_GMT']:%Y-%m-%d %H:%MZ}",
        "attempts": str(letter["ATTEMPTS"]),
    }
