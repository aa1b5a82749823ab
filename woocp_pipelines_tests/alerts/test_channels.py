"""Telling: each channel what it has not told yet, and nothing is lost when one fails."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from woocp_pipelines.alerts.channels import tell
from woocp_pipelines.alerts.memory import ChannelMemory, read_memory, write_memory
from woocp_pipelines.alerts.messages import Place, compose
from woocp_pipelines.alerts.sending import Channel, Sent, said_without
from woocp_pipelines.rules.alerting import MOST, OpenProblem, Told, decide

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLACE = Place("CPDATA", "main", ZoneInfo("America/New_York"), "https://dagster.example")
REFUSED = OpenProblem(
    key="health:refused_orders",
    level="warning",
    title="orders could not be booked",
    what="2 orders could not be booked",
    next_step="woocp dead-letters",
    page="/assets/counterpoint_documents?view=checks",
    since=NOW - timedelta(hours=1),
    records=("order 1042 <b>: NO_PAY_CODE", "order 1043: UNKNOWN_SKU"),
    count=34,
)
DATABASE = OpenProblem("database", "critical", "the database is away", "no route", "bring it back")


class Pigeon:
    """A channel that can be made to fail, and keeps what it carried."""

    def __init__(self, name):
        self.carried, self.works = [], True
        self.channel = Channel(name, self.carry)

    def carry(self, message):
        if self.works:
            self.carried.append(message)
        return Sent(ok=self.works, said=f"{self.channel.name} {self.works}")


def subjects(pigeon):
    return [each.subject for each in pigeon.carried]


def test_a_message_says_what_which_since_when_what_to_do_and_where():
    message = compose(decide({}, [REFUSED, DATABASE], NOW), PLACE, NOW)
    assert message.subject == "[woocp main CPDATA] CRITICAL: the database is away (and 1 more)"
    for line in (
        "woocp, CPDATA, store main, 2026-11-22 21:00 EST (2026-11-23 02:00 UTC)",
        "NEW CRITICAL: the database is away",
        "  Seen: 2026-11-22 21:00 EST (2026-11-23 02:00 UTC)",
        "NEW WARNING: orders could not be booked",
        "  What: 2 orders could not be booked",
        "  Since: 2026-11-22 20:00 EST (2026-11-23 01:00 UTC)",
        "  To do: woocp dead-letters",
        "    - order 1042 <b>: NO_PAY_CODE",
        "    - … and 32 more",
        "  Open: https://dagster.example/assets/counterpoint_documents?view=checks",
    ):
        assert line in message.text.splitlines()
    assert "order 1042 &lt;b&gt;" in message.html
    assert (
        'href="https://dagster.example/assets/counterpoint_documents?view=checks"' in message.html
    )


def test_without_an_address_of_dagster_the_page_is_named():
    place = Place("SANDBOX", "main", ZoneInfo("America/New_York"))
    message = compose(decide({}, [REFUSED], NOW), place, NOW)
    assert message.subject.startswith("[woocp main SANDBOX] WARNING")
    assert "  Page: Dagster /assets/counterpoint_documents?view=checks" in message.text
    assert "href" not in message.html


def test_a_message_of_good_news_says_so_and_what_is_left():
    told = Told("warning", "orders could not be booked", NOW, NOW, gone=NOW)
    kept = Told("critical", "the database is away", NOW, NOW)
    later = NOW + timedelta(hours=1)
    decision = decide({"a": told, "database": kept}, [DATABASE], later)
    message = compose(decision, PLACE, later)
    assert message.subject == "[woocp main CPDATA] recovered: orders could not be booked"
    assert "RECOVERED" in message.text
    assert "OPEN AS BEFORE\n  critical: the database is away (told 2026-11-22 21:00 EST" in (
        message.text
    )


def test_a_reminder_says_no_more_than_that_it_is_open():
    decision = decide(
        {
            "database": Told("critical", "x", NOW, NOW),
            "health:refused_orders": Told("warning", "y", NOW, NOW + timedelta(hours=12), count=34),
        },
        [REFUSED, DATABASE],
        NOW + timedelta(days=1),
    )
    message = compose(decision, PLACE, NOW)
    assert "STILL OPEN WARNING: orders could not be booked" in message.text
    assert "DAY" not in message.text


def test_what_is_too_much_for_a_message_is_counted_in_it():
    many = [replace(REFUSED, key=f"{number}") for number in range(MOST + 7)]
    assert "7 more problems are open" in compose(decide({}, many, NOW), PLACE, NOW).text


def test_a_title_of_several_lines_is_one_line_of_subject():
    problem = OpenProblem("a", "warning", "one\r\nBcc: x@y", "what", "step")
    subject = compose(decide({}, [problem], NOW), PLACE, NOW).subject
    assert subject == "[woocp main CPDATA] WARNING: one Bcc: x@y"


def test_what_could_not_be_sent_is_told_later_and_nobody_else_hears_it_twice(caplog):
    mail, slack = Pigeon("mail"), Pigeon("slack")
    channels = [mail.channel, slack.channel]
    mail.works = False
    first = tell(channels, {}, [REFUSED], PLACE, NOW)
    assert (len(mail.carried), len(slack.carried)) == (0, 1)
    assert not first.all_sent
    assert "mail" in caplog.text
    waiting = tell(channels, first.memory, [REFUSED], PLACE, NOW + MINUTE / 2)
    assert any("waits until" in each for each in waiting.said)
    mail.works = True
    again = tell(channels, waiting.memory, [REFUSED], PLACE, NOW + MINUTE)
    assert (len(mail.carried), len(slack.carried)) == (1, 1)
    assert again.all_sent


def test_the_other_channel_tells_of_one_that_stays_broken_and_of_its_end():
    mail, slack = Pigeon("mail"), Pigeon("slack")
    mail.works, memory = False, {}
    for number in range(6):
        at = NOW + number * 15 * MINUTE
        memory = tell([mail.channel, slack.channel], memory, [REFUSED], PLACE, at).memory
    assert [each.subject for each in slack.carried] == [
        "[woocp main CPDATA] WARNING: orders could not be booked",
        "[woocp main CPDATA] WARNING: alerts by mail do not go out",
    ]
    mail.works = True
    for number in range(6, 9):
        at = NOW + number * 15 * MINUTE
        memory = tell([mail.channel, slack.channel], memory, [REFUSED], PLACE, at).memory
    assert len(mail.carried) == 1
    assert subjects(slack)[-1] == "[woocp main CPDATA] recovered: alerts by mail do not go out"


def test_a_channel_is_broken_until_a_message_went_out_whatever_there_is_to_say():
    mail, slack = Pigeon("mail"), Pigeon("slack")
    channels, memory = [mail.channel, slack.channel], {}
    mail.works = False
    for number in range(4):
        telling = tell(channels, memory, [REFUSED], PLACE, NOW + number * 15 * MINUTE)
        memory = telling.memory
    for number in range(4, 9):
        telling = tell(channels, memory, [], PLACE, NOW + number * 15 * MINUTE)
        memory = telling.memory
        assert not telling.all_sent
    assert "[woocp main CPDATA] recovered: orders could not be booked" in subjects(slack)
    assert "[woocp main CPDATA] recovered: alerts by mail do not go out" not in subjects(slack)
    mail.works = True
    for number in range(9, 12):
        telling = tell(channels, memory, [], PLACE, NOW + number * 15 * MINUTE)
        memory = telling.memory
        assert telling.all_sent
    assert subjects(slack)[-1] == "[woocp main CPDATA] recovered: alerts by mail do not go out"


def test_what_began_and_ended_while_nothing_could_be_sent_is_told_afterwards():
    mail, memory = Pigeon("mail"), {}
    mail.works = False
    # One is seen by an attempt, the other in the pause after it.
    for minutes, problems in ((0, [DATABASE]), (0.5, [REFUSED]), (0.7, [])):
        memory = tell([mail.channel], memory, problems, PLACE, NOW + minutes * MINUTE).memory
    mail.works = True
    memory = read_memory(write_memory(memory))
    memory = tell([mail.channel], memory, [], PLACE, NOW + 2 * MINUTE).memory
    assert subjects(mail) == ["[woocp main CPDATA] missed: the database is away (and 1 more)"]
    said = mail.carried[0].text
    assert "ALERTS GO OUT AGAIN" in said
    assert "critical: the database is away (seen 2026-11-22 21:00 EST" in said
    assert "warning: orders could not be booked (seen 2026-11-22 21:00 EST" in said
    tell([mail.channel], memory, [], PLACE, NOW + 3 * MINUTE)
    assert len(mail.carried) == 1


def test_what_was_missed_is_told_with_its_begin_and_its_end():
    mail, memory = Pigeon("mail"), {}
    mail.works = False
    for minutes, problems in ((0, [DATABASE]), (7, [DATABASE]), (22, [DATABASE]), (23, [])):
        memory = tell([mail.channel], memory, problems, PLACE, NOW + minutes * MINUTE).memory
        memory = read_memory(write_memory(memory))
    mail.works = True
    tell([mail.channel], memory, [], PLACE, NOW + 60 * MINUTE)
    assert (
        "the database is away (seen from 2026-11-22 21:00 EST (2026-11-23 02:00 UTC) "
        "to 2026-11-22 21:22 EST (2026-11-23 02:22 UTC), gone since)"
    ) in mail.carried[0].text


def test_what_is_still_open_after_a_silence_is_told_as_new_and_not_as_missed():
    mail, memory = Pigeon("mail"), {}
    mail.works = False
    memory = tell([mail.channel], memory, [DATABASE], PLACE, NOW).memory
    mail.works = True
    tell([mail.channel], memory, [DATABASE], PLACE, NOW + MINUTE)
    assert subjects(mail) == ["[woocp main CPDATA] CRITICAL: the database is away"]
    assert "nothing else was missed" in mail.carried[0].text


def test_pauses_between_attempts_grow_and_end_at_a_quarter_of_an_hour():
    memory, pauses = ChannelMemory(), []
    for _ in range(8):
        memory = memory.failed(NOW)
        pauses.append((memory.next_attempt - NOW) / MINUTE)
    assert pauses == [1, 2, 4, 8, 15, 15, 15, 15]
    assert not memory.may_try(NOW + MINUTE)
    assert memory.may_try(NOW + 15 * MINUTE)
    assert memory.may_try(NOW - timedelta(days=1))


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "no JSON",
        "[]",
        '{"version":0,"channels":{}}',
        '{"version":2}',
        '{"version":2,"channels":{"mail":{"told":{"a":["bad","t",null,null,null,1,0,""]},"failures":0,"next":null,"missed":{}}}}',
        '{"version":2,"channels":{"mail":{"told":{"a":["warning","t","2026-01-01T00:00:00","x",null,1,0,""]}}}}',
        '{"version":2,"channels":{"mail":{"told":{"a":["warning","t",null,null,null,1,0,""]},"failures":0,"next":null,"missed":{}}}}',
    ],
)
def test_a_memory_that_is_none_of_ours_is_forgotten(text):
    assert read_memory(text) == {}


def test_memory_is_read_as_it_was_written():
    told = {"a": Told("critical", "t", NOW, NOW + MINUTE, NOW + 2 * MINUTE, ends=False)}
    seen = Told("warning", "u", NOW, NOW, count=3, seen=frozenset({"0123abcd", "4567cdef"}))
    memory = {"mail": ChannelMemory(told, 2, NOW, {"b": seen}), "slack": ChannelMemory()}
    assert read_memory(write_memory(memory)) == memory


def test_nothing_that_is_said_holds_a_secret_or_a_second_line():
    assert said_without("a\r\nsecret b", ["secret", ""]) == "a *** b"
    assert len(said_without("x" * 9_000, [])) == 300


def test_sending_is_logged_only_when_it_fails(caplog):
    with caplog.at_level(logging.DEBUG):
        tell([Pigeon("mail").channel], {}, [REFUSED], PLACE, NOW)
    assert caplog.text == ""
