"""Where alerts go: what the variables may say, and that no error repeats a password."""

from pathlib import Path

import pytest

from woocp_pipelines.settings_loading import SettingsError
from woocp_pipelines_tests.settings_files import CODES, clean, given, with_file

PASSWORD = "Sm7p-Pa55word"
SMTP = f"smtp://woocp:{PASSWORD}@mail.example.com"
MAIL = {"WOOCP_ALERT_FROM": "woocp@example.com", "WOOCP_ALERT_TO": "a@example.com, b@example.com"}
HOOK = "https://hooks.slack.example/services/T000/B000/XXXXXXXX"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return clean(monkeypatch, tmp_path)


def refused(monkeypatch, **variables):
    given(monkeypatch, **variables)
    with pytest.raises(SettingsError) as error:
        with_file(CODES)
    assert error.value.__cause__ is None
    return str(error.value)


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        (SMTP, 587, "starttls"),
        (f"{SMTP}:2525", 2525, "starttls"),
        (SMTP.replace("smtp:", "smtps:"), 465, "tls"),
        ("smtp://mail.example.com", 587, "starttls"),
        ("smtp://mail.example.com?tls=none", 25, "none"),
        ("smtp://u:p@127.0.0.1:2525?tls=none", 2525, "none"),
    ],
)
def test_mail_is_encrypted_unless_told_otherwise(monkeypatch, url, port, security):
    given(monkeypatch, **MAIL, WOOCP_ALERT_SMTP_URL=url)
    mail = with_file(CODES).alert_access.mail
    assert (mail.server.port, mail.server.security) == (port, security)
    assert mail.recipients == ("a@example.com", "b@example.com")


def test_a_password_may_hold_any_letter_and_a_certificate_authority_a_path(monkeypatch):
    given(monkeypatch, **MAIL, WOOCP_ALERT_SMTP_URL="smtp://w%40x:p%40%3A%2F@m.example?ca=/x/y.pem")
    server = with_file(CODES).alert_access.mail.server
    assert (server.user, server.password.get_secret_value()) == ("w@x", "p@:/")
    assert server.authorities == Path("/x/y.pem")


@pytest.mark.parametrize(
    "url",
    [
        PASSWORD,
        f"https://woocp:{PASSWORD}@mail.example.com",
        f"smtp://woocp:{PASSWORD}",
        f"smtp://woocp:{PASSWORD}@mail.example.com/inbox",
        f"smtp://woocp:{PASSWORD}@mail.example.com?starttls=off",
        f"smtp://woocp:{PASSWORD}@mail.example.com?tls=maybe",
        f"smtp://woocp:{PASSWORD}@mail.example.com?tls=none",
        f"smtps://woocp:{PASSWORD}@mail.example.com?tls=none",
        f"smtp://:{PASSWORD}@mail.example.com",
        f"smtp://woocp:{PASSWORD}@mail.example.com:0",
        f"smtp://woo:cp:{PASSWORD}@mail.example.com:x",
    ],
)
def test_an_address_of_mail_that_cannot_be_used_is_refused_unseen(monkeypatch, url):
    said = refused(monkeypatch, **MAIL, WOOCP_ALERT_SMTP_URL=url)
    assert said.startswith("environment: WOOCP_ALERT_SMTP_URL: ")
    assert PASSWORD not in said


@pytest.mark.parametrize("missing", ["WOOCP_ALERT_SMTP_URL", *MAIL])
def test_mail_with_a_part_missing_is_an_error_that_names_it(monkeypatch, missing):
    every = {**MAIL, "WOOCP_ALERT_SMTP_URL": SMTP}
    said = refused(monkeypatch, **{name: text for name, text in every.items() if name != missing})
    assert f"{missing} not set" in said


@pytest.mark.parametrize("text", ["nobody", "a@b c", "a@example.com b@example.com", ",", "a@x\nb"])
def test_an_address_of_a_person_is_one(monkeypatch, text):
    every = {**MAIL, "WOOCP_ALERT_SMTP_URL": SMTP, "WOOCP_ALERT_TO": text}
    assert "WOOCP_ALERT_TO: expected an address" in refused(monkeypatch, **every)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WOOCP_ALERT_SLACK_URL", HOOK.replace("https", "http")),
        ("WOOCP_ALERT_SLACK_URL", "T000/B000/XXXXXXXX"),
        ("WOOCP_ALERT_PING_URL", "ftp://ping.example/B000/XXXXXXXX"),
        ("WOOCP_DAGSTER_URL", "https://admin:XXXXXXXX@dagster.example"),
        ("WOOCP_DAGSTER_URL", "https://[XXXXXXXX"),
    ],
)
def test_a_web_address_that_cannot_be_used_is_refused_unseen(monkeypatch, name, text):
    said = refused(monkeypatch, **{name: text})
    assert f"{name}: expected http" in said
    assert "XXXXXXXX" not in said


def test_no_text_of_the_settings_shows_where_alerts_go(monkeypatch):
    given(
        monkeypatch,
        **MAIL,
        WOOCP_ALERT_SMTP_URL=SMTP,
        WOOCP_ALERT_SLACK_URL=HOOK,
        WOOCP_ALERT_PING_URL="https://ping.example/3f0a",
    )
    settings = with_file(CODES)
    assert settings.alert_access.tells_somebody
    for text in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [part for part in (PASSWORD, "XXXXXXXX", "3f0a") if part in text]


def test_alerts_are_no_business_setting():
    with pytest.raises(SettingsError, match="unknown setting alert_access"):
        with_file(f"alert_access = 1\n{CODES}")
