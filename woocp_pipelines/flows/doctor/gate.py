"""The gate: no apply run starts while doctor finds red what concerns its flow.

Belongs here: looking, and keeping the verdict, so that a run costs one statement. Does not: what is
looked at (examining.py). A green verdict is believed for some minutes and by nobody whose settings,
version or store differ; a red one is looked at again by every run, so that mending helps at once.
What is away for a moment is no verdict: the run finds out by itself, and is repeated.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from woocp_pipelines.counterpoint.engine import reading
from woocp_pipelines.counterpoint.migrations import newest
from woocp_pipelines.counterpoint.sync_state import read_states, write_state
from woocp_pipelines.counterpoint.tables import METADATA
from woocp_pipelines.counterpoint.transactions import in_transaction
from woocp_pipelines.flows.doctor.checks import Answers
from woocp_pipelines.flows.doctor.examining import examine_database, examine_store
from woocp_pipelines.rules.clock import Clock
from woocp_pipelines.rules.doctor.findings import Finding, stopping
from woocp_pipelines.settings import FlowName, Settings
from woocp_pipelines.woocommerce.client import StoreClient

System = Literal["database", "store"]

# Few enough that a closed slot or a lost right does little harm, many enough that the shop is not
# asked for its settings by every poll.
GREEN_FOR: Final[dict[System, timedelta]] = {
    "database": timedelta(minutes=5),
    "store": timedelta(hours=1),
}
STATE: Final[dict[System, str]] = {"database": "doctor.database", "store": "doctor.store"}
_PASSED_FOR: Final = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class UnfitError(Exception):
    """Writing does not start: what is red, and what to do about each."""

    def __init__(self, flow: FlowName, findings: Sequence[Finding]) -> None:
        lines = "\n".join(f"[red] {each.sentence()}" for each in findings)
        super().__init__(
            f"{flow} does not write while `woocp doctor` is red for it; nothing was changed:\n"
            f"{lines}"
        )
        self.flow = flow
        self.findings = tuple(findings)


@dataclass(slots=True)
class Gate:
    """Lets apply runs of one connection pass or not. Not for use by several threads at once."""

    settings: Settings
    engine: Engine
    store: StoreClient
    clock: Clock
    _fingerprint: str = field(default="", repr=False)
    _seen: dict[System, datetime] = field(default_factory=dict, repr=False)
    _passed: dict[tuple[System, FlowName], datetime] = field(default_factory=dict, repr=False)

    def require_fit(self, flow: FlowName, *, afresh: bool = False) -> None:
        """Let the flow write, or say why not.

        Args:
            flow: what is to write.
            afresh: look at the database now, whatever is kept, and keep nothing; for people, who
                wait anyway and may find that there is nothing to do.

        Raises:
            UnfitError: doctor is red for this flow.
        """
        self._check("database", flow, afresh=afresh)
        self._check("store", flow, afresh=False)

    def _check(self, system: System, flow: FlowName, *, afresh: bool) -> None:
        if not afresh and (self._is_green(system) or self._passed_lately(system, flow)):
            return
        found = self._look(system)
        red = [each for each in found.findings if each.level == "red"]
        if stopped := stopping(red, flow):
            raise UnfitError(flow, stopped)
        self._passed[system, flow] = self.clock()
        if not red:
            self._seen[system] = self.clock()
            if not afresh:
                self._keep(system)

    def _passed_lately(self, system: System, flow: FlowName) -> bool:
        """Whether this very run was let pass, though something is red or away that is not its own.

        A run that claims order by order must not ask a store that is away before each of them.
        """
        passed = self._passed.get((system, flow))
        return passed is not None and passed <= self.clock() < passed + _PASSED_FOR

    def _look(self, system: System) -> Answers:
        if system == "database":
            return examine_database(self.settings, self.engine, self.clock(), gate=True)
        # Once only: a store that is away is the run's own failure, with its own patience.
        impatient = self.store.impatient()
        return examine_store(self.settings, impatient, self.clock(), gate=True)

    def _is_green(self, system: System) -> bool:
        if system not in self._seen:
            self._recall()
        now, seen = self.clock(), self._seen.get(system)
        # A clock that was set back must not keep a verdict for ever.
        if seen is None or not now - GREEN_FOR[system] < seen <= now:
            self._seen.pop(system, None)
            return False
        return True

    def _recall(self) -> None:
        """When each system was last green for these very settings, in one statement."""
        store_id, names = self.settings.store.id, STATE.values()
        try:
            with reading(self.engine) as connection:
                kept = read_states(connection, store_id, names)
        except DBAPIError:
            # No such table yet, or no database: the look says so.
            return
        for system, name in STATE.items():
            told = json.loads(kept.get(name) or "{}")
            if told.get("of") == self._settings_hash():
                self._seen.setdefault(system, datetime.fromisoformat(told["green"]))

    def _keep(self, system: System) -> None:
        now, store_id = self.clock(), self.settings.store.id
        told = json.dumps({"of": self._settings_hash(), "green": now.isoformat()})
        try:
            in_transaction(
                self.engine,
                lambda connection: write_state(connection, store_id, STATE[system], told, now),
            )
        except DBAPIError as error:
            # The next run looks again; whether this one may write, it finds out by itself.
            _log.warning("the verdict of doctor could not be kept: %s", type(error).__name__)

    def _settings_hash(self) -> str:
        """Of all that a verdict depends on besides the two systems: settings, addresses, woocp."""
        if not self._fingerprint:
            connections = self.settings.connections
            key = connections.store_key
            said = (
                # A model of tests may hold another type of number: that is no reason to stop.
                self.settings.model_dump_json(
                    exclude={"connections", "pricing_access"}, warnings=False
                ),
                # The sandbox's store has another port every time.
                "" if connections.sandbox else str(connections.store_url),
                key.get_secret_value() if key else "",
                _expected_tables(),
            )
            self._fingerprint = hashlib.sha256("\n".join(said).encode()).hexdigest()
        return self._fingerprint


@cache
def _expected_tables() -> str:
    """What this version of woocp relies on: another version looks again."""
    columns = [
        f"{name}.{column.name} {column.type!r}"
        for name, table in METADATA.tables.items()
        for column in table.columns
    ]
    return "\n".join((str(newest()), *columns))
