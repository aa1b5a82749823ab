"""The sync of docs/09-add-a-sync.md works as it stands there, on the sandbox's own systems."""

import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from woocp_pipelines.counterpoint.sync_log import OPERATIONS
from woocp_pipelines.flows.context import open_context
from woocp_pipelines.flows.inventory import sync_inventory
from woocp_pipelines.sandbox.opening import open_sandbox
from woocp_pipelines.settings_loading import load_settings
from woocp_pipelines.woocommerce.client import StoreClient
from woocp_pipelines_tests.docs.pages import page

_FILE = re.compile(r"^`(woocp_[a-z_/]+)\.py`:\n\n```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The files of the page, as if they were there."""
    made: dict[str, ModuleType] = {}
    for path, code in _FILE.findall(page("09-add-a-sync.md")):
        name = path.replace("/", ".")
        module = made[name] = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(code, f"{path}.py", "exec"), module.__dict__)
    return made


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[Any]:
    monkeypatch.setenv("WOOCP_HOME", str(tmp_path))
    monkeypatch.setitem(OPERATIONS, "unit_labels", ("unit_label_sync", "CP_TO_WOO"))
    with open_sandbox(tmp_path, items=185) as sandbox, sandbox.start_store(0) as url:
        settings = load_settings(force_sandbox=True)
        connections = settings.connections.model_copy(update={"store_url": url})
        yield open_context(settings.model_copy(update={"connections": connections}))


def labels(client: StoreClient, modules: dict[str, ModuleType]) -> dict[int, str | None]:
    read = modules["woocp_pipelines.woocommerce.product_meta"].read_product_meta
    return read(client, "cp_stocking_unit")


def test_the_rule_of_the_page_passes_its_own_test(modules: dict[str, ModuleType]):
    test = modules["woocp_pipelines_tests.rules.test_unit_labels"]
    test.test_only_what_differs_is_written()
    assert modules["woocp_pipelines.rules.unit_labels"].changed_labels({1: "EA"}, {1: "EA"}) == {}


def test_the_sync_of_the_page_plans_writes_once_and_then_nothing(
    modules: dict[str, ModuleType], context: Any
):
    sync = modules["woocp_pipelines.flows.unit_labels"].sync_unit_labels
    sync_inventory(context, full=True)
    planned = sync(context, mode="plan")
    assert planned.updated > 100
    assert set(labels(context.store, modules).values()) == {None}
    written = sync(context, mode="apply")
    assert (written.updated, written.refused) == (planned.updated, [])
    after = labels(context.store, modules)
    assert {change.key: change.after for change in planned.changes} == {
        str(each): label for each, label in after.items() if label
    }
    assert sync(context, mode="apply").updated == 0
