"""What is made of a server's answers."""

from dataclasses import dataclass
from functools import partial

import pytest

from woocp_pipelines.counterpoint.rights import grant_statement
from woocp_pipelines.rules.doctor import server as judge

COUNTED = frozenset({"PS_STA_CFG_PS"})


@dataclass(frozen=True)
class Trigger:
    table: str
    name: str
    definition: str | None


@dataclass(frozen=True)
class Difference:
    table: str
    column: str
    found: str = "no such column"
    expected: str = "the column"
    why: str = "woocp names it"
    fix: str = "report it"
    level: str = "red"


def levels(found):
    return [(each.id, each.level) for each in found]


@pytest.mark.parametrize(
    ("table", "name", "definition", "expected"),
    [
        ("PS_STA_CFG_PS", "X", "CREATE TRIGGER X … AS UPDATE Y", "red"),
        ("PS_STA_CFG_PS", "X", "CREATE TRIGGER X … AS -- SET NOCOUNT ON\nUPDATE Y", "red"),
        ("PS_STA_CFG_PS", "X", "CREATE TRIGGER X … AS /* SET NOCOUNT ON */ UPDATE Y", "red"),
        ("PS_STA_CFG_PS", "X", "create trigger x as begin set  nocount on; update y end", "yellow"),
        ("PS_STA_CFG_PS", "X", None, "unknown"),
        ("PS_DOC_HDR", "X", None, "yellow"),
        ("PS_DOC_HDR", "X", "UPDATE Y", "yellow"),
    ],
)
def test_a_trigger_is_as_bad_as_the_rows_it_adds_to_ours(table, name, definition, expected):
    (found,) = judge.judge_triggers([Trigger(table, name, definition)], COUNTED)
    assert found.level == expected
    assert bool(found.stops) == (expected == "red")


def test_the_products_own_delete_triggers_are_no_strangers():
    own = Trigger("PS_DOC_HDR", "TR_RS_PS_DOC_HDR_D", None)
    assert list(judge.judge_triggers([own], COUNTED)) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("16.0.4125.3", []),
        ("15.0.2000.5", []),
        ("13.0.1601.5", [("database.version", "yellow")]),
        ("", [("database.version", "yellow")]),
    ],
)
def test_older_servers_are_told(version, expected):
    assert levels(judge.judge_server(version, "Standard Edition")) == expected


@pytest.mark.parametrize(
    ("collation", "expected"),
    [
        ("SQL_Latin1_General_CP1_CI_AS", []),
        ("Latin1_General_CS_AS", [("database.collation", "yellow")]),
        ("Latin1_General_BIN2", [("database.collation", "yellow")]),
        (None, []),
    ],
)
def test_a_collation_that_minds_case_is_told(collation, expected):
    assert levels(judge.judge_collation(collation)) == expected


def test_tables_of_a_newer_woocp_are_not_sent_to_an_upgrade():
    (older,) = judge.judge_revision(None, "0002")
    assert older.fix == "run `woocp db upgrade`"
    (newer,) = judge.judge_revision("0003", "0002")
    assert "db upgrade" not in newer.fix
    assert newer.level == older.level == "red"
    assert list(judge.judge_revision("0002", "0002")) == []


def test_a_database_without_snapshots_is_told():
    assert levels(judge.judge_snapshots(allowed=False)) == [
        ("database.snapshot_isolation", "yellow")
    ]
    assert list(judge.judge_snapshots(allowed=True)) == []


def test_rights_of_writing_matter_when_something_is_written():
    lacking = {"IM_INV": ["UPDATE"], "IM_ITEM": ["SELECT"]}
    assert [level for _, level in levels(rights(lacking, writing=True))] == ["red", "red"]
    assert [level for _, level in levels(rights(lacking, writing=False))] == ["yellow", "red"]


def rights(lacking, *, writing):
    grant = partial(grant_statement, "syncs")
    return judge.judge_rights(lacking, writing=writing, grant=grant)
