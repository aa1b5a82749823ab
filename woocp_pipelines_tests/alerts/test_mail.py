"""Mail to a real server: encrypted, logged in, and silent about passwords when it fails."""

import logging
import socket

import pytest

from woocp_pipelines.alerts.channels import open_channels, send
from woocp_pipelines.alerts.mail import send_mail
from woocp_pipelines.alerts.messages import Message
from woocp_pipelines_tests.alert_servers import PASSWORD, WRITTEN

MESSAGE = Message("Störung: 3 orders", "Täglich\nline", "<p>Täglich</p>")


@pytest.mark.parametrize(("kind", "scheme"), [("starttls", "smtp"), ("tls", "smtps")])
def test_a_mail_arrives_encrypted_and_logged_in(mail_server, certificates, access, kind, scheme):
    box = mail_server(kind)
    options = f"?ca={certificates.authority}"
    mail = access(box.url(scheme=scheme, options=options)).mail
    sent = send_mail(mail, MESSAGE)
    assert sent.ok, sent.said
    (found,) = box.mails
    assert box.encrypted == [True]
    assert box.recipients == [["a@shop.example", "b@shop.example"]]
    assert found["Subject"] == "Störung: 3 orders"
    assert found["From"] == "woocp@shop.example"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Message-ID"].endswith("@shop.example>")
    assert found.get_body(("plain",)).get_content().splitlines() == ["Täglich", "line"]
    assert found.get_body(("html",)).get_content().strip() == "<p>Täglich</p>"


def test_a_certificate_of_somebody_unknown_is_not_trusted(mail_server, access):
    box = mail_server("starttls")
    sent = send_mail(access(box.url()).mail, MESSAGE)
    assert not sent.ok
    assert "certificate verify failed" in sent.said
    assert "?ca=" in sent.said
    assert box.mails == []


def test_a_certificate_of_another_host_is_not_trusted(mail_server, certificates, access):
    box = mail_server("tls")
    box.host = "127.0.0.1"
    options = f"?ca={certificates.authority}"
    sent = send_mail(access(box.url(scheme="smtps", options=options)).mail, MESSAGE)
    assert not sent.ok
    assert box.mails == []


def test_a_server_without_encryption_gets_neither_mail_nor_password(mail_server, access):
    box = mail_server("plain")
    sent = send_mail(access(box.url()).mail, MESSAGE)
    assert not sent.ok
    assert "STARTTLS" in sent.said
    assert box.mails == []


def test_a_server_that_needs_neither_is_used_when_told_so(mail_server, access):
    box = mail_server("plain")
    sent = send_mail(access(box.url(password="", options="?tls=none")).mail, MESSAGE)
    assert sent.ok, sent.said
    assert box.encrypted == [False]


def test_a_wrong_password_is_said_and_not_shown(mail_server, certificates, access, caplog):
    box = mail_server("starttls")
    url = box.url(password="wr0ng-Pa55", options=f"?ca={certificates.authority}")
    with caplog.at_level(logging.DEBUG):
        sent = send_mail(access(url).mail, MESSAGE)
    assert not sent.ok
    assert "535" in sent.said
    assert "correct user and password" in sent.said
    assert "wr0ng-Pa55" not in sent.said + caplog.text


def test_a_person_who_is_refused_is_named_and_the_others_get_the_mail(
    mail_server, certificates, access
):
    box = mail_server("starttls")
    box.refused = frozenset({"b@shop.example"})
    mail = access(box.url(options=f"?ca={certificates.authority}")).mail
    sent = send_mail(mail, MESSAGE)
    assert sent.ok
    assert "refused for b@shop.example" in sent.said
    assert box.recipients == [["a@shop.example"]]
    box.refused = frozenset(mail.recipients)
    every = send_mail(mail, MESSAGE)
    assert not every.ok
    assert "WOOCP_ALERT_TO" in every.said


def test_a_server_that_repeats_the_password_does_not_make_us_repeat_it(
    mail_server, certificates, access
):
    box = mail_server("starttls")
    box.answer = f"554 refused, you said {PASSWORD}"
    sent = send_mail(access(box.url(options=f"?ca={certificates.authority}")).mail, MESSAGE)
    assert not sent.ok
    assert "refused, you said ***" in sent.said


def test_no_server_at_all_is_an_answer_and_not_an_exception(access):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        sent = send_mail(access(f"smtp://u:{WRITTEN}@127.0.0.1:{port}").mail, MESSAGE)
    assert not sent.ok
    assert f"127.0.0.1:{port}" in sent.said
    assert PASSWORD not in sent.said


@pytest.mark.parametrize("password", ["%C3%A4-umlaut", "%00"])
def test_a_password_that_no_server_can_take_is_an_answer(
    mail_server, certificates, access, password
):
    box = mail_server("starttls")
    url = box.url(password=password, options=f"?ca={certificates.authority}")
    sent = send_mail(access(url).mail, MESSAGE)
    assert not sent.ok
    assert "ä-umlaut" not in sent.said


def test_a_subject_of_several_lines_is_no_second_header(mail_server, access):
    box = mail_server("plain")
    mail = access(box.url(password="", options="?tls=none")).mail
    sent = send_mail(mail, Message("one\r\nBcc: evil@example.com", "x", "x"))
    assert not sent.ok
    assert box.mails == []


def test_an_authority_file_that_is_not_there_is_an_answer(mail_server, access):
    box = mail_server("starttls")
    sent = send_mail(access(box.url(options="?ca=/no/such.pem")).mail, MESSAGE)
    assert not sent.ok
    assert "FileNotFoundError" in sent.said


def test_slack_and_mail_are_told_when_both_are_set(mail_server, certificates, access, hooks):
    box = mail_server("starttls")
    found = access(
        box.url(options=f"?ca={certificates.authority}"),
        alert_slack_url=f"{hooks.url}/hook/T0SECRET",
    )
    results = {each.name: send(each, MESSAGE) for each in open_channels(found)}
    assert {name: each.ok for name, each in results.items()} == {"mail": True, "slack": True}
    assert len(box.mails) == len(hooks.posts) == 1
