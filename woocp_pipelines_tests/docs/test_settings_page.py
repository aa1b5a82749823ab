"""docs/06-settings.md, woocp.example.toml and .env.example know every setting, and no other."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from woocp_pipelines.settings import Business
from woocp_pipelines.settings_loading import _Environment
from woocp_pipelines_tests.docs.pages import ROOT, first_cells, page

PAGE = "06-settings.md"
# Read by libraries; by Microsoft's driver; by the tests.
OTHERS = {
    "REQUESTS_CA_BUNDLE",
    "ODBCSYSINI",
    "WOOCP_TEST_DATABASE_URL",
    "WOOCP_TEST_STORE_URL",
    "WOOCP_TEST_STORE_KEY",
    "WOOCP_TEST_STORE_SECRET",
}


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of woocp.toml with its default."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.get_default()


def variables() -> set[str]:
    return {f"WOOCP_{name.upper()}" for name in _Environment.model_fields}


def test_every_setting_stands_in_the_page_and_no_other():
    written = first_cells(PAGE)
    assert written - variables() - OTHERS == {name for name, _default in keys(Business)}


def test_every_variable_stands_in_the_page_and_no_other():
    assert {each for each in first_cells(PAGE) if each.isupper()} == variables() | OTHERS


@pytest.mark.parametrize(
    ("key", "default"),
    [
        (key, default)
        for key, default in keys(Business)
        if default not in (PydanticUndefined, None) and not isinstance(default, dict)
    ],
)
def test_the_page_has_the_default(key: str, default: Any):
    line = next(line for line in page(PAGE).splitlines() if line.startswith(f"| `{key}` |"))
    written = tomllib.loads(f"value = {line.split('|')[2].strip().strip('`')}")["value"]
    expected = list(default) if isinstance(default, tuple) else default
    assert str(written) == str(expected)


def test_every_setting_stands_in_the_example_file():
    text = (ROOT / "woocp.example.toml").read_text("utf-8")
    example = tomllib.loads(text)
    for key, _default in keys(Business):
        table, _, name = key.rpartition(".")
        assert name in (example[table] if table else example), key


def test_every_variable_stands_in_the_example_of_the_environment():
    text = (ROOT / ".env.example").read_text("utf-8")
    written = set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE))
    assert written == (variables() | OTHERS) - {"ODBCSYSINI"}
