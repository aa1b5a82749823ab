"""docs/05-alerts.md knows every alert, check, line of health and finding of doctor."""

import ast
from datetime import UTC, datetime

import pytest

from woocp_pipelines.alerts.health_problems import _TITLES
from woocp_pipelines.defs.assembly import build_defs
from woocp_pipelines.defs.operations.alert_causes import _CAUSES
from woocp_pipelines.rules import health, health_services
from woocp_pipelines.rules.health_facts import SyncFacts
from woocp_pipelines.settings_loading import load_settings
from woocp_pipelines_tests.docs.pages import ROOT, first_cells, page

PAGE = "05-alerts.md"
FOLDERS = ("rules/doctor", "flows/doctor")
# The parts of names that are put together.
PUT_TOGETHER = {"store.{name}": {"store.statuses", "store.held_statuses"}}


def texts(node: ast.expr) -> set[str]:
    if isinstance(node, ast.JoinedStr):
        written = ast.unparse(node)[2:-1]
        return PUT_TOGETHER.get(written, set())
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value
    }


def ids(call: ast.Call) -> set[str]:
    """The ids of the findings that a call makes."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in {"Finding", "of_problem"}:
        return set().union(*(texts(each.value) for each in call.keywords if each.arg == "id"))
    if name == "_finding" and isinstance(call.args[0], ast.Constant):
        return {f"dagster.{call.args[0].value}"}
    return texts(call.args[1]) if name == "_rules" else set()


def findings() -> set[str]:
    """The ids of doctor's findings, as they stand in the code."""
    return {
        found
        for folder in FOLDERS
        for path in sorted((ROOT / "woocp_pipelines" / folder).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for found in ids(node)
    }


def lines_of_health() -> set[str]:
    facts = SyncFacts(now=datetime(2026, 1, 1, tzinfo=UTC), planned=frozenset())
    network = (
        health_services.database_answers(),
        health_services.tables(upgraded=True, planning=False),
        health_services.no_price_service(),
    )
    return {each.check for each in (*network, *health.sync_findings(facts))}


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch, tmp_path) -> set[str]:
    monkeypatch.setenv("WOOCP_HOME", str(tmp_path))
    repository = build_defs(load_settings(force_sandbox=True)).get_repository_def()
    return {key.name for key in repository.asset_graph.asset_check_keys}


def test_every_finding_of_doctor_stands_in_the_page_and_no_other():
    found = findings()
    assert len(found) > 60
    families = {each.partition(".")[0] for each in found}
    written = {each for each in first_cells(PAGE) if each.partition(".")[0] in families}
    assert {each for each in written if "." in each} == found


def test_every_line_of_health_stands_in_the_page():
    assert lines_of_health() - first_cells(PAGE) == set()


def test_every_check_stands_in_the_page(checks: set[str]):
    assert checks - first_cells(PAGE) == set()


def test_every_alert_that_has_a_title_of_its_own_stands_in_the_page():
    titles = {title for title, _rest in (*_TITLES.values(), *_CAUSES.values())}
    assert titles - first_cells(PAGE) == set()


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("alert_ticks.py", "cannot be evaluated"),
        ("alert_ticks.py", "are in apply mode, but a schedule of theirs is switched off"),
        ("alert_assets.py", "is not up to date"),
        ("alerts.py", "alerts cannot look at"),
        ("../../alerts/channels.py", "do not go out"),
    ],
)
def test_alerts_whose_title_holds_a_name_stand_in_the_page(module: str, part: str):
    source = ROOT / "woocp_pipelines" / "defs" / "operations" / module
    assert part in source.read_text("utf-8")
    assert part in page(PAGE)
