"""Secrets: in whatever setting they are put by mistake, no text ever shows them."""

from pathlib import Path

import pytest

from woocp_pipelines.settings_loading import SettingsError
from woocp_pipelines_tests.settings_files import (
    ALL,
    CODES,
    SECRETS,
    clean,
    given,
    refusal,
    table,
    with_file,
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return clean(monkeypatch, tmp_path)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_the_wrong_variable_is_never_shown(monkeypatch, secret):
    given(monkeypatch, WOOCP_PRICING_PORT=secret)
    with pytest.raises(SettingsError, match="WOOCP_PRICING_PORT") as error:
        with_file(CODES)
    assert secret not in str(error.value)


WRONG_PLACES = [
    ("", "mode"),
    ("store", "id"),
    ("store", "time_zone"),
    ("store", "currency"),
    ("counterpoint", "extra"),
    ("orders", "start_date"),
    ("orders", "statuses"),
    ("orders", "overlap_minutes"),
    ("documents", "note_id"),
    ("documents", "type"),
    ("payments.pay_codes", "nmi"),
    ("tax", "default"),
    ("tax.by_state", "FL"),
    ("tax.authorities", "FL"),
    ("shipping.via", "x"),
    ("customers", "guests"),
    ("inventory", "locations"),
    ("inventory", "breaker_zero_share"),
    ("prices", "open_contracts"),
    ("pricing", "port"),
    ("", "store_secret"),
    ("store", "secret"),
    ("pricing", "api_keys"),
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_the_wrong_setting_is_never_shown(secret):
    for where, name in WRONG_PLACES:
        said = refusal(table(where, f'{name} = "{secret}"'))
        assert name in said, (where, name)
        assert secret not in said, (where, name)


def test_no_secret_is_in_any_text_of_the_settings(monkeypatch):
    given(monkeypatch, **ALL, WOOCP_PRICING_API_KEYS="shop=kJ8dk2Lm9xQp4RtZ")
    settings = with_file(CODES)
    texts = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())]
    for text in texts:
        assert not [secret for secret in SECRETS if secret in text]
        assert "Pa55-word" not in text


@pytest.mark.parametrize(
    "url",
    ["Pa55-word", "mssql+pyodbc://woocp:Pa55@wo:rd@sql/CPDATA", "mssql+pyodbc://a:b@sql:x9/c"],
)
def test_a_database_address_that_is_none_is_refused_unseen(monkeypatch, url):
    given(monkeypatch, WOOCP_DATABASE_URL=url)
    with pytest.raises(
        SettingsError, match="WOOCP_DATABASE_URL: expected a SQLAlchemy URL"
    ) as error:
        with_file(CODES)
    assert error.value.__cause__ is None
    assert not [part for part in ("Pa55", "rd@sql", "x9") if part in str(error.value)]
