"""The status of an examination, its exit code and its JSON (design §6)."""

import pytest

from woocp_pipelines.rules.doctor.findings import Examination, Finding, in_order, stopping

SAID = {"found": "a", "expected": "b", "why": "c", "fix": "d"}


def finding(level, **values):
    return Finding(id=f"test.{level}", level=level, **SAID, **values)


@pytest.mark.parametrize(
    ("levels", "status", "code"),
    [
        ((), "green", 0),
        (("unknown",), "yellow", 1),
        (("yellow", "unknown"), "yellow", 1),
        (("yellow", "red"), "red", 2),
    ],
)
def test_the_worst_finding_decides_and_unknown_is_never_red(levels, status, code):
    found = Examination(tuple(finding(level) for level in levels))
    assert (found.status, found.exit_code) == (status, code)


def test_a_finding_has_the_keys_of_the_contract():
    document = Examination((finding("red", table="T", column="C", stops=("documents",)),)).to_json()
    assert set(document) >= {"status", "counts", "findings"}
    (told,) = document["findings"]
    keys = ["id", "level", "table", "column", "found", "expected", "why", "fix", "stops"]
    assert list(told) == keys
    assert told["stops"] == ["documents"]
    assert document["counts"]["red"] == 1


def test_red_ones_come_first():
    ordered = in_order([finding("unknown"), finding("yellow"), finding("red")])
    assert [each.level for each in ordered] == ["red", "yellow", "unknown"]


def test_only_red_findings_of_its_own_stop_a_flow():
    mine = finding("red", stops=("orders",))
    others = [finding("red", stops=("documents",)), finding("yellow", stops=("orders",))]
    assert stopping([mine, *others], "orders") == [mine]
