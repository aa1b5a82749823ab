"""The probe behind /api/health: seldom, alone, never for long."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from pricing_service.probing import Prober


class Timer:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def timer():
    return Timer()


class Database:
    """Counts probes; hangs while it is told to."""

    def __init__(self):
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()
        self.failure = None

    def probe(self):
        self.asked += 1
        self.answers.wait(60)
        if self.failure:
            raise self.failure
        return 1.5


@pytest.fixture
def database():
    found = Database()
    yield found
    found.answers.set()


def test_whoever_hammers_health_asks_the_database_once(database, timer):
    prober = Prober(database.probe, timer=timer)
    assert {prober.milliseconds() for _ in range(1000)} == {1.5}
    assert database.asked == 1
    timer.now += 2
    prober.milliseconds()
    assert database.asked == 2


def test_a_database_that_cannot_be_read_has_no_latency(database, timer):
    database.failure = OperationalError("select", {}, Exception("secret"))
    prober = Prober(database.probe, timer=timer)
    assert prober.milliseconds() is None


def test_a_probe_that_hangs_holds_nobody_and_is_not_repeated(database, timer):
    prober = Prober(database.probe, patience=0.01, timer=timer)
    assert prober.milliseconds() == 1.5
    database.answers.clear()
    timer.now += 3
    assert prober.milliseconds() is None
    assert [prober.milliseconds() for _ in range(100)] == [None] * 100
    assert database.asked == 2


def test_while_a_probe_runs_the_others_get_what_was_known(database, timer):
    prober = Prober(database.probe, patience=0.01, timer=timer)
    prober.milliseconds()
    database.answers.clear()
    timer.now += 2
    assert prober.milliseconds() == 1.5


def test_health_answers_while_the_database_hangs(start, config, clock):
    call = start(config)
    hangs = threading.Event()
    object.__setattr__(config, "prober", Prober(lambda: float(hangs.wait(60)), patience=0.01))
    answer = call.get("/api/health")
    hangs.set()
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["database"]) == ("degraded", "disconnected")
    assert answer.json()["query_latency_ms"] is None
