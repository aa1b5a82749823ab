"""The example files are complete, valid, and say what the defaults are."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from woocp_pipelines.settings import Business, Customers
from woocp_pipelines.settings_loading import load_settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "woocp.example.toml"
ENVIRONMENT = [
    "WOOCP_DATABASE_URL",
    "WOOCP_STORE_URL",
    "WOOCP_STORE_KEY",
    "WOOCP_STORE_SECRET",
    "WOOCP_WP_USER",
    "WOOCP_WP_APP_PASSWORD",
    "WOOCP_NAME",
    "WOOCP_CONFIG",
    "WOOCP_HOME",
    "WOOCP_PRICING_API_KEYS",
    "WOOCP_PRICING_API_KEYS_FILE",
    "WOOCP_PRICING_HOST",
    "WOOCP_PRICING_PORT",
    "WOOCP_ALERT_SMTP_URL",
    "WOOCP_ALERT_FROM",
    "WOOCP_ALERT_TO",
    "WOOCP_ALERT_SLACK_URL",
    "WOOCP_ALERT_PING_URL",
    "WOOCP_DAGSTER_URL",
    "REQUESTS_CA_BUNDLE",
    "WOOCP_TEST_DATABASE_URL",
    "WOOCP_TEST_STORE_URL",
    "WOOCP_TEST_STORE_KEY",
    "WOOCP_TEST_STORE_SECRET",
]
# Values of these are examples: they have no default, or the default is to have none.
EXAMPLES = {"flows", "counterpoint", "orders.start_date", "payments", "tax", "shipping", "units"}
EXAMPLES.add("customers.tiers")  # no plain value; compared below
EXAMPLES |= {"inventory.buffers", "prices.methods", "pricing.key_limits"}


def table_of(annotation):
    return (
        annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    )


def settings_of(model, prefix=""):
    for name, field in model.model_fields.items():
        inner = table_of(field.annotation)
        if inner is None:
            yield f"{prefix}{name}", field
        else:
            yield from settings_of(inner, f"{prefix}{name}.")


def written():
    return tomllib.loads(EXAMPLE.read_text("utf-8"))


def find(tree, path):
    for part in path.split("."):
        tree = tree[part]
    return tree


@pytest.mark.parametrize("path", [path for path, _ in settings_of(Business)])
def test_every_setting_occurs_in_the_example(path):
    assert find(written(), path) is not None


@pytest.mark.parametrize(
    ("path", "field"),
    [each for each in settings_of(Business) if not {each[0], each[0].split(".")[0]} & EXAMPLES],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_example_shows_the_defaults(path, field):
    shown = find(written(), path)
    default = field.default
    assert (tuple(shown) if isinstance(shown, list) else shown) == (
        float(default) if isinstance(shown, float) else default
    )


def test_the_example_shows_the_default_tiers():
    shown = Customers(tiers=find(written(), "customers.tiers"))
    assert shown == Customers()


def test_the_example_is_accepted_as_it_is(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WOOCP_CONFIG", str(EXAMPLE))
    settings = load_settings()
    assert settings.mode == "plan"
    assert settings.counterpoint.station == "109"


def test_every_line_of_the_example_has_a_sentence_before_it():
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"^[\w\"]", line):
            explained = before.startswith("#") or re.match(r"^[\w\"]", before)
            assert explained, f"{line} stands without a sentence"


def test_every_environment_variable_occurs_in_the_example_and_none_is_set_there():
    text = (ROOT / ".env.example").read_text("utf-8")
    assert re.findall(r"^#([A-Z_]+)=", text, re.M) == ENVIRONMENT
    assert not re.search(r"^[^#\s]", text, re.M)
