"""[customers.tiers] and the application password: what may be set."""

from decimal import Decimal
from pathlib import Path

import pytest

from woocp_pipelines.settings_loading import SettingsError, load_settings
from woocp_pipelines_tests.settings_files import ALL, CODES, clean, given, refusal, with_file

WP = {"WOOCP_WP_USER": "shop admin", "WOOCP_WP_APP_PASSWORD": "abcd EFGH 1234 ijkl MNOP 5678"}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return clean(monkeypatch, tmp_path)


def test_tiers_replace_the_default_ones_as_a_whole():
    text = 'TRADE = { role = "trade" }\n"GOV TIER1" = { role = "gov", discount = 37.5 }\n'
    tiers = with_file(f"{CODES}[customers.tiers]\n{text}").customers.tiers
    assert {code: tier.role for code, tier in tiers.items()} == {
        "TRADE": "trade",
        "GOV TIER1": "gov",
    }
    assert (tiers["TRADE"].discount, tiers["GOV TIER1"].discount) == (None, Decimal("37.5"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('A = { role = "administrator" }', "must not give rights over the site"),
        ('A = { role = "shop_manager" }', "must not give rights over the site"),
        ('A = { role = "editor" }', "must not give rights over the site"),
        ('A = { role = "Tier One" }', "pattern"),
        ('A = { role = "" }', "pattern"),
        ('A = { role = "a", discount = 101 }', "less than or equal to 100"),
        ('A = { role = "a", discount = -1 }', "greater than or equal to 0"),
        ('A = { role = "a", percent = 1 }', "unknown setting"),
        ('A = "a"', "Tier"),
        ('ABCDEFGHIJK = { role = "a" }', "10 characters"),
        ('"GOV-T1" = { role = "a" }\n"GOV T1" = { role = "b" }', "differ only by blanks"),
    ],
)
def test_a_tier_that_cannot_be_is_named(line, said):
    text = refusal(f"{CODES}[customers.tiers]\n{line}\n")
    assert text.startswith("woocp.toml: customers")
    assert said in text


def test_an_application_password_is_kept_as_a_secret(monkeypatch):
    given(monkeypatch, **ALL, **WP)
    settings = with_file(CODES)
    assert settings.connections.wp_user == "shop admin"
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert "EFGH" not in text


@pytest.mark.parametrize("missing", list(WP))
def test_half_a_login_is_an_error_that_names_the_other_half(monkeypatch, missing):
    given(monkeypatch, **ALL, **{name: value for name, value in WP.items() if name != missing})
    with pytest.raises(SettingsError, match=f"{missing} not set") as error:
        with_file(CODES)
    assert "EFGH" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://shop.example", True),
        ("http://127.0.0.1:8790", True),
        ("http://localhost", True),
        ("http://shop.example", False),
    ],
)
def test_an_application_password_is_sent_over_https_only(monkeypatch, url, taken):
    given(monkeypatch, **{**ALL, **WP, "WOOCP_STORE_URL": url})
    if taken:
        assert with_file(CODES).connections.wp_app_password is not None
    else:
        with pytest.raises(SettingsError, match="over https only"):
            with_file(CODES)


def test_a_user_name_with_a_colon_is_refused(monkeypatch):
    given(monkeypatch, **{**ALL, **WP, "WOOCP_WP_USER": "a:b"})
    with pytest.raises(SettingsError, match="WOOCP_WP_USER"):
        with_file(CODES)


def test_the_sandbox_has_a_login_of_its_own():
    connections = load_settings(allow_sandbox=True).connections
    assert connections.wp_user
    assert connections.wp_app_password is not None
