"""Slack's webhook and the sign of life, over real HTTP; their addresses stay secrets."""

import pytest
from pydantic import SecretStr

from woocp_pipelines.alerts.messages import Message
from woocp_pipelines.alerts.web import send_ping, send_slack

MESSAGE = Message("3 orders <b>", "a & b\nSince: now", "<p></p>")


def test_slack_gets_the_text_with_its_own_marks_as_they_are(hooks):
    sent = send_slack(SecretStr(f"{hooks.url}/hook/T0SECRET"), MESSAGE)
    assert sent.ok
    assert hooks.posts == [{"text": "*3 orders &lt;b&gt;*\na &amp; b\nSince: now"}]


def test_a_long_text_is_cut_for_slack(hooks):
    send_slack(SecretStr(f"{hooks.url}/hook/T0SECRET"), Message("x", "y" * 9_000, ""))
    assert len(hooks.posts[0]["text"]) == 3_500


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_not_good_is_a_failure_without_the_address(hooks, status):
    hooks.status = status
    for sent in (
        send_slack(SecretStr(f"{hooks.url}/hook/T0SECRET"), MESSAGE),
        send_ping(SecretStr(f"{hooks.url}/ping/T0SECRET")),
    ):
        assert not sent.ok
        assert f"HTTP {status}" in sent.said
        assert "T0SECRET" not in sent.said


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/T0SECRET", "http://nobody.invalid/T0SECRET"])
def test_a_server_that_is_away_is_a_failure_without_the_address(url):
    sent = send_ping(SecretStr(url))
    assert not sent.ok
    assert "T0SECRET" not in sent.said


def test_a_sign_of_life_is_one_get(hooks):
    assert send_ping(SecretStr(f"{hooks.url}/ping/T0SECRET")).ok
    assert hooks.pings == 1
