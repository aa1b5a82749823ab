"""The sandbox store answers as a real store did, recording by recording (design §7).

`conformance.json` says how many agree and why the others do not. A recording that stops agreeing
fails here, and so does a listed disagreement that has gone.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from woocp_pipelines.sandbox.store import Fault, StoreServer, StoreState
from woocp_pipelines_tests.sandbox.store import cases, comparison, recordings, replay, world

CHECKED_IN = json.loads((Path(__file__).parent / "conformance.json").read_text(encoding="utf-8"))
# Recorded while something was broken: the same thing is broken here by a fault.
FAULTS = {
    "fail_db_down_500": "server_error",
    "fail_maintenance_503": "maintenance",
    "fail_php_down_502": "bad_gateway",
}


class Laboratory:
    """One running store whose records go back to the base state before each recording."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 11, 22, 9, tzinfo=UTC)
        self.state = StoreState.open(folder / "store.db", clock=lambda: self.now)
        world.build(self.state)
        self._records = {kind: dict(rows) for kind, rows in self.state._records.items()}
        self._values = dict(self.state._values)
        self.server = StoreServer(self.state, trust_forwarded_proto=True)

    def differences(self, name: str) -> list[str]:
        recording = recordings.load(name)
        self.now = cases.moment(recording)
        self.state._records = {kind: dict(rows) for kind, rows in self._records.items()}
        self.state._values = dict(self._values)
        cases.prepare(self.state, recording)
        if name in FAULTS:
            self.server.faults.add(Fault(FAULTS[name]))
        if name == "http_oauth1_nonce_replay":
            replay.ask(recording, self.server.url, self.now)
        answer = replay.ask(recording, self.server.url, self.now)
        is_json = answer.headers["Content-Type"].startswith("application/json") and answer.text
        body = answer.json() if is_json else {"__text__": answer.text}
        return comparison.differences(
            recording, answer.status_code, answer.headers, body, self.server.url
        )


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory):
    laboratory = Laboratory(tmp_path_factory.mktemp("conformance"))
    with laboratory.server:
        yield laboratory
    laboratory.state.close()


@pytest.mark.parametrize("name", recordings.names())
def test_the_store_answers_as_recorded(laboratory, name):
    found = laboratory.differences(name)
    if name in CHECKED_IN["disagree"]:
        assert found, f"{name} agrees now: take it off the list and count it"
    else:
        assert not found, "; ".join(found[:5])


def test_the_checked_in_numbers_are_those_of_the_recordings():
    listed = CHECKED_IN["disagree"]
    compared = recordings.names()
    assert set(listed) <= set(compared)
    assert CHECKED_IN["compared"] == len(compared)
    assert CHECKED_IN["agree"] == len(compared) - len(listed)
    assert all(reason for reason in listed.values())
