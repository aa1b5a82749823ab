"""`woocp health` and `woocp alerts test`: what a monitor and an engineer get."""

import pytest

from woocp_pipelines.settings_loading import SANDBOX_CONFIG

CHECK = ["check", "level", "found", "threshold", "since", "records", "next_step"]


@pytest.fixture(autouse=True)
def no_channels(monkeypatch, empty_home):
    """Nothing of this machine's environment, and no pricing service."""
    for name in ("SMTP_URL", "FROM", "TO", "SLACK_URL", "PING_URL"):
        monkeypatch.delenv(f"WOOCP_ALERT_{name}", raising=False)
    for name in ("HOST", "PORT", "API_KEYS", "API_KEYS_FILE"):
        monkeypatch.delenv(f"WOOCP_PRICING_{name}", raising=False)


def test_health_exits_with_its_level_and_says_what_to_do(home, woocp):
    ran = woocp("health", "--sandbox")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0] == "ok        database: answers (critical when it does not answer)"
    assert (
        "          next step: run `woocp sync orders` and read what it says; look whether its "
        in (ran.out)
    )
    assert lines[-1] == "warning"


def test_health_in_json_has_a_line_for_each_check(home, woocp):
    ran = woocp("health", "--sandbox", "--json")
    answer = ran.json()
    assert ran.code == 1
    assert list(answer) == ["status", "at", "checks"]
    assert answer["status"] == "warning"
    assert all(list(each) == CHECK for each in answer["checks"])
    assert [each["check"] for each in answer["checks"]][:3] == [
        "database",
        "tables",
        "oldest_pending_order",
    ]


def test_health_is_good_after_every_sync_ended_well(home, woocp):
    for flow in ("customers", "orders", "documents", "inventory", "fulfilment"):
        assert woocp("sync", flow, "--sandbox").code in (0, 1), flow
    answer = woocp("health", "--sandbox", "--json").json()
    lasts = [each for each in answer["checks"] if each["check"].startswith("last_success")]
    assert {each["level"] for each in lasts} == {"ok"}
    assert {each["found"] for each in lasts} == {"0 min ago"}


def test_a_database_that_is_away_is_two(woocp, monkeypatch):
    monkeypatch.setenv("WOOCP_DATABASE_URL", "sqlite:////no/such/folder/x.db")
    monkeypatch.setenv("WOOCP_CONFIG", str(SANDBOX_CONFIG))
    ran = woocp("health")
    assert ran.code == 2
    assert ran.out.startswith("critical  database: ")


def test_settings_that_cannot_be_used_are_two(woocp):
    assert woocp("health").code == 2


def test_a_test_message_goes_by_every_channel(
    home, woocp, monkeypatch, mail_server, certificates, hooks
):
    box = mail_server("starttls")
    monkeypatch.setenv("WOOCP_ALERT_SMTP_URL", box.url(options=f"?ca={certificates.authority}"))
    monkeypatch.setenv("WOOCP_ALERT_FROM", "woocp@shop.example")
    monkeypatch.setenv("WOOCP_ALERT_TO", "a@shop.example")
    monkeypatch.setenv("WOOCP_ALERT_SLACK_URL", f"{hooks.url}/hook/T0SECRET")
    monkeypatch.setenv("WOOCP_ALERT_PING_URL", f"{hooks.url}/ping/T0SECRET")
    ran = woocp("alerts", "test", "--sandbox")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        f"mail: ok: mail by localhost:{box.port} sent to 1 recipients",
        "slack: ok: Slack at 127.0.0.1: HTTP 200",
        "ping: ok: ping at 127.0.0.1: HTTP 200",
    ]
    assert box.mails[0]["Subject"] == "[woocp main SANDBOX] test of alerts"
    assert (len(hooks.posts), hooks.pings) == (1, 1)


def test_one_channel_that_fails_is_two_and_says_why_without_a_secret(
    home, woocp, monkeypatch, hooks
):
    hooks.status = 404
    monkeypatch.setenv("WOOCP_ALERT_SLACK_URL", f"{hooks.url}/hook/T0SECRET")
    ran = woocp("alerts", "test", "--sandbox", "--json")
    assert ran.code == 2
    assert ran.json()["slack"]["ok"] is False
    assert "HTTP 404" in ran.json()["slack"]["said"]
    assert "T0SECRET" not in ran.out + ran.err


def test_without_a_channel_nothing_can_be_tested(home, woocp):
    ran = woocp("alerts", "test", "--sandbox")
    assert ran.code == 2
    assert "WOOCP_ALERT_SMTP_URL" in ran.err
