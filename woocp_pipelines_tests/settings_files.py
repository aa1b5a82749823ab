"""Files and variables for tests of settings. Builders only; no assertions beyond the refusal."""

from pathlib import Path

import pytest

from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_loading import SettingsError, load_settings

CODES = """
[counterpoint]
store = "01"
station = "109"
drawer = "WEB"
user = "INTEG"
sales_rep = "INTEG"
workgroup = "WEB"
stock_location = "01"
price_location = "01"
"""
DATABASE = "mssql+pyodbc://woocp:Pa55-word@sql/CPDATA"
STORE = {
    "WOOCP_STORE_URL": "https://shop.example",
    "WOOCP_STORE_KEY": f"ck_{'0123456789' * 4}",
    "WOOCP_STORE_SECRET": f"cs_{'9876543210' * 4}",
}
ALL = {"WOOCP_DATABASE_URL": DATABASE, **STORE}
NAMES = [
    *ALL,
    *(f"WOOCP_{name}" for name in ("CONFIG", "HOME", "NAME", "PRICING_HOST", "PRICING_PORT")),
    *(f"WOOCP_PRICING_API_KEYS{end}" for end in ("", "_FILE")),
    "WOOCP_WP_USER",
    "WOOCP_WP_APP_PASSWORD",
    *(f"WOOCP_ALERT_{name}" for name in ("SMTP_URL", "FROM", "TO", "SLACK_URL", "PING_URL")),
    "WOOCP_DAGSTER_URL",
]
SECRETS = [
    DATABASE,
    STORE["WOOCP_STORE_KEY"],
    STORE["WOOCP_STORE_SECRET"],
    f"https://{STORE['WOOCP_STORE_KEY']}:{STORE['WOOCP_STORE_SECRET']}@shop.example",
    "7f9c2ba4e88f827d6160455074",
    "shop=kJ8dk2Lm9xQp4RtZ",
]


def clean(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """An empty working folder and none of our variables."""
    monkeypatch.chdir(folder)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return folder


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Set environment variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def with_file(text: str, encoding: str = "utf-8") -> Settings:
    """Settings of a woocp.toml with this text."""
    Path("woocp.toml").write_text(text, encoding)
    return load_settings()


def refusal(text: str) -> str:
    """What is said about a woocp.toml with this text."""
    with pytest.raises(SettingsError) as error:
        with_file(text)
    return str(error.value)


def table(name: str, line: str) -> str:
    """A whole file with one line in one table."""
    if name == "counterpoint":
        return CODES.replace(line.split(" =", maxsplit=1)[0] + " =", "ignored =", 0) + line
    return f"{CODES}\n[{name}]\n{line}\n" if name else f"{line}\n{CODES}"
