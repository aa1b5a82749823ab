"""The gate: no apply run starts while doctor finds red what concerns its flow.

Belongs here: looking, and keeping the verdict, so that a run costs one statement. Does not: what is
looked at (examining.py). A verdict says which flows are fit. It is believed for some minutes and by
nobody whose settings, version or store differ; a flow that it does not name looks again in every
run, so that mending helps at once.

A question without an answer is never taken for a good one: nothing is kept for the flows that it
could have stopped. Whether they begin all the same:

- The database did not answer: no. The run fails as one that passes by itself, and is repeated.
- The store is there but did not answer one question, also after repeating: no flow that speaks to
  the store. The run fails by the store's own error.
- The store is away: they meet that by themselves, with their own patience.
- Documents need no store, and do not wait for it: see `GREEN_FOR`.
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
from woocp_pipelines.flows.doctor.checks import Answers, Unanswered, reason_of
from woocp_pipelines.flows.doctor.examining import examine_database, examine_store
from woocp_pipelines.rules.clock import Clock
from woocp_pipelines.rules.doctor.findings import (
    ALL_FLOWS,
    STORE_FLOWS,
    Finding,
    Flows,
    stopping,
)
from woocp_pipelines.settings import FlowName, Settings
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines.woocommerce.errors import StoreError

System = Literal["database", "store"]

# Few enough that a closed slot or a lost right does little harm, many enough that the shop is not
# asked for its settings by every poll. Of the shop an hour is harmless: each order carries its own
# currency and amounts and is refused by itself when they are not ours or not whole cents
# (rules/order_checks.py); dates are GMT; a key that lost its right, and a WooCommerce too old, fail
# the request itself; a shop that stopped managing stock shows no quantity that could be wrong.
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


class UnansweredError(Exception):
    """Writing does not start: the database left a question open; it may answer the next time.

    The first error is its cause.
    """

    def __init__(self, flow: FlowName, unanswered: Sequence[Unanswered]) -> None:
        lines = "\n".join(f"[unknown] {each.check}: {reason_of(each.error)}" for each in unanswered)
        super().__init__(
            f"{flow} does not write before it is known whether it may, and there was no answer to "
            f"what follows; nothing was changed. Run it again; if it stays so, run `woocp doctor`:"
            f"\n{lines}"
        )
        self.flow = flow


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Which flows were fit, and when that was found."""

    found: datetime
    fit: Flows


@dataclass(slots=True)
class Gate:
    """Lets apply runs of one connection pass or not. Not for use by several threads at once."""

    settings: Settings
    engine: Engine
    store: StoreClient
    clock: Clock
    _fingerprint: str = field(default="", repr=False)
    _seen: dict[System, _Verdict] = field(default_factory=dict, repr=False)
    _passed: dict[tuple[System, FlowName], datetime] = field(default_factory=dict, repr=False)

    def require_fit(self, flow: FlowName, *, afresh: bool = False) -> None:
        """Let the flow write, or say why not.

        Args:
            flow: what is to write.
            afresh: look at the database now, whatever is kept, and keep nothing; for people, who
                wait anyway and may find that there is nothing to do.

        Raises:
            UnfitError: doctor is red for this flow.
            UnansweredError: the database left a question open; the same run may pass a little
                later.
            DBAPIError: the database is away.
            StoreError: the store left a question open.
        """
        self._check("database", flow, afresh=afresh)
        self._check("store", flow, afresh=False)

    def _check(self, system: System, flow: FlowName, *, afresh: bool) -> None:
        if not afresh and (self._is_fit(system, flow) or self._passed_lately(system, flow)):
            return
        found = self._look(system, flow)
        verdict = _Verdict(self.clock(), _fit(found))
        self._seen[system] = verdict
        if verdict.fit and not afresh:
            self._keep(system, verdict)
        if stopped := stopping(found.findings, flow):
            raise UnfitError(flow, stopped)
        _require_answers(flow, found.unanswered)
        self._passed[system, flow] = self.clock()

    def _passed_lately(self, system: System, flow: FlowName) -> bool:
        """Whether this very run was let pass, though something is red or away that is not its own.

        A run that claims order by order must not ask a store that is away before each of them.
        """
        passed = self._passed.get((system, flow))
        return passed is not None and passed <= self.clock() < passed + _PASSED_FOR

    def _look(self, system: System, flow: FlowName) -> Answers:
        if system == "database":
            return examine_database(self.settings, self.engine, self.clock(), gate=True)
        # Documents go on without an answer: they are not to wait for one.
        store = self.store if flow in STORE_FLOWS else self.store.impatient()
        return examine_store(self.settings, store, self.engine, self.clock(), gate=True)

    def _is_fit(self, system: System, flow: FlowName) -> bool:
        if system not in self._seen:
            self._recall()
        now, seen = self.clock(), self._seen.get(system)
        # A clock that was set back must not keep a verdict for ever.
        if seen is None or not now - GREEN_FOR[system] < seen.found <= now:
            self._seen.pop(system, None)
            return False
        return flow in seen.fit

    def _recall(self) -> None:
        """What was last found of each system under these very settings, in one statement."""
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
                found = datetime.fromisoformat(told["green"])
                self._seen.setdefault(system, _Verdict(found, tuple(told.get("flows", ()))))

    def _keep(self, system: System, verdict: _Verdict) -> None:
        now, store_id = verdict.found, self.settings.store.id
        told = json.dumps(
            {"of": self._settings_hash(), "green": now.isoformat(), "flows": verdict.fit}
        )
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


def _fit(found: Answers) -> Flows:
    """The flows that nothing red stops, and that no question without an answer could have."""
    if any(each.level == "red" and not each.stops for each in found.findings):
        # The system is away as a whole: nothing of it is known.
        return ()
    return tuple(
        flow
        for flow in ALL_FLOWS
        if not stopping(found.findings, flow)
        and not any(flow in each.gates for each in found.unanswered)
    )


def _require_answers(flow: FlowName, unanswered: Sequence[Unanswered]) -> None:
    """Refuse to begin without an answer that this flow needs; the module says which."""
    needed = [
        each
        for each in unanswered
        if flow in each.gates and (flow in STORE_FLOWS or not isinstance(each.error, StoreError))
    ]
    if not needed:
        return
    first = needed[0]
    if first.of_all or isinstance(first.error, StoreError):
        # In the words, and with the consequences, that it has wherever else it is met.
        raise first.error
    raise UnansweredError(flow, needed) from first.error


@cache
def _expected_tables() -> str:
    """What this version of woocp relies on: another version looks again."""
    columns = [
        f"{name}.{column.name} {column.type!r}"
        for name, table in METADATA.tables.items()
        for column in table.columns
    ]
    return "\n".join((str(newest()), *columns))
