"""What people read: one message for everything that is new, worse, over or still open.

Belongs here: words, in plain text and in simple HTML. Does not: deciding what is told
(rules/alerting.py), sending (mail.py, slack.py). Times are in the store's zone and in UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from woocp_pipelines.rules.alerting import Decision, OpenProblem, Told
from woocp_pipelines.rules.health_facts import RECORDS_SHOWN
from woocp_pipelines.settings import Settings

_RECORD_LENGTH: Final = 300
_LINES: Final = 50
_MORE: Final = "NEW RECORDS"
_FOOT: Final = (
    "A problem is told once; again only when it gets worse or more, or after a day while it is "
    "open. "
    "All there is now: woocp health, woocp dead-letters."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message comes from: which installation and store, where its Dagster is."""

    installation: str
    store_id: str
    zone: ZoneInfo
    dagster_url: str | None = None


def place_of(settings: Settings) -> Place:
    """Where this deployment's messages come from."""
    return Place(
        settings.connections.installation,
        settings.store.id,
        settings.store.zone,
        settings.alert_access.dagster_url,
    )


@dataclass(frozen=True, slots=True)
class Message:
    """The same message in the forms that channels need."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One problem or list as lines: a heading, and lines of label and text."""

    heading: str
    lines: tuple[tuple[str, str], ...]
    records: tuple[str, ...] = ()
    link: str = ""


def compose(decision: Decision, place: Place, now: datetime) -> Message:
    """One message for all that a decision says."""
    parts = list(_parts(decision, place, now))
    subject = _subject(decision, place)
    opening = f"woocp, {place.installation}, store {place.store_id}, {_when(now, place)}"
    return Message(subject, _text(opening, parts), _html(subject, opening, parts))


def compose_test(place: Place, now: datetime) -> Message:
    """What `woocp alerts test` sends."""
    subject = f"{_prefix(place)} test of alerts"
    opening = f"woocp, {place.installation}, store {place.store_id}, {_when(now, place)}"
    said = "Somebody ran `woocp alerts test`. Alerts arrive here; there is nothing to do."
    parts = [_Part("TEST", (("What", said),), link=place.dagster_url or "")]
    return Message(subject, _text(opening, parts), _html(subject, opening, parts))


def _subject(decision: Decision, place: Place) -> str:
    told = (*decision.new, *decision.worse, *decision.reminded)
    if not told:
        first, rest = _good_news(decision)
    else:
        worst = next(each for each in told if each.level == decision.level)
        first, rest = f"{_subject_word(worst, decision)}: {worst.title}", len(told) - 1
    more = f" (and {rest} more)" if rest else ""
    # A subject is one line, whatever a title holds.
    return " ".join(f"{_prefix(place)} {first}{more}".split())


def _subject_word(problem: OpenProblem, decision: Decision) -> str:
    if problem in decision.reminded:
        return "still open"
    level = problem.level.upper()
    return f"{_MORE}, {level}" if problem.key in decision.more else level


def _good_news(decision: Decision) -> tuple[str, int]:
    """What a message says that tells of nothing open, and of how many more."""
    for word, over in (("recovered", decision.recovered), ("missed", decision.missed)):
        if over:
            return f"{word}: {over[0].title}", len(over) - 1
    return "alerts go out again", 0


def _prefix(place: Place) -> str:
    return f"[woocp {place.store_id} {place.installation}]"


def _parts(decision: Decision, place: Place, now: datetime) -> Iterator[_Part]:
    for word, problems in (
        ("NEW", decision.new),
        ("WORSE", decision.worse),
        ("STILL OPEN", decision.reminded),
    ):
        for each in problems:
            more = each.key in decision.more
            yield _problem(f"{_MORE}," if more else word, each, place, now)
    if decision.left_out:
        said = f"{decision.left_out} more problems are open; `woocp health` and Dagster have them"
        yield _Part("NOT LISTED", (("What", said),))
    if decision.recovered:
        yield _Part("RECOVERED", tuple(_line(each, place) for each in decision.recovered))
    if decision.again:
        yield _silence(decision.missed, place)
    if decision.still_open:
        yield _Part("OPEN AS BEFORE", tuple(_line(each, place) for each in decision.still_open))


def _silence(missed: tuple[Told, ...], place: Place) -> _Part:
    """What nobody was told of while messages could not be sent."""
    lines = tuple(
        (each.level, f"{each.title} (seen {_from_to(each, place)}, gone since)") for each in missed
    )
    said = "messages could not be sent for a while" + (
        "; this came and went" if missed else "; nothing else was missed"
    )
    return _Part("ALERTS GO OUT AGAIN", (("What", said), *lines[:_LINES]))


def _from_to(told: Told, place: Place) -> str:
    first, last = _when(told.first, place), _when(told.last, place)
    return f"from {first} to {last}" if first != last else first


def _problem(word: str, problem: OpenProblem, place: Place, now: datetime) -> _Part:
    lines = [("What", problem.what)]
    if problem.since is not None:
        lines.append(("Since", _when(problem.since, place)))
    else:
        lines.append(("Seen", _when(now, place)))
    lines.append(("To do", problem.next_step))
    shown = tuple(each[:_RECORD_LENGTH] for each in problem.records[:RECORDS_SHOWN])
    if problem.count > len(shown):
        shown = (*shown, f"… and {problem.count - len(shown)} more")
    link = f"{place.dagster_url}{problem.page}" if place.dagster_url and problem.page else ""
    if problem.page and not link:
        # Without an address people know their way to it.
        lines.append(("Page", f"Dagster {problem.page}"))
    return _Part(f"{word} {problem.level.upper()}: {problem.title}", tuple(lines), shown, link)


def _line(told: Told, place: Place) -> tuple[str, str]:
    return (told.level, f"{told.title} (told {_when(told.first, place)})")


def _when(moment: datetime, place: Place) -> str:
    local = moment.astimezone(place.zone)
    return f"{local:%Y-%m-%d %H:%M %Z} ({moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


def _text(opening: str, parts: list[_Part]) -> str:
    lines = [opening, ""]
    for part in parts:
        lines.append(part.heading)
        lines += [f"  {label}: {text}" for label, text in part.lines]
        if part.records:
            lines += ["  Records:", *(f"    - {each}" for each in part.records)]
        if part.link:
            lines.append(f"  Open: {part.link}")
        lines.append("")
    return "\n".join([*lines, _FOOT, ""])


def _html(subject: str, opening: str, parts: list[_Part]) -> str:
    body = [f"<p>{escape(opening)}</p>"]
    for part in parts:
        body.append(f"<h3>{escape(part.heading)}</h3><ul>")
        body += [f"<li><b>{escape(label)}:</b> {escape(text)}</li>" for label, text in part.lines]
        if part.records:
            items = "".join(f"<li>{escape(each)}</li>" for each in part.records)
            body.append(f"<li><b>Records:</b><ul>{items}</ul></li>")
        if part.link:
            link = escape(part.link)
            body.append(f'<li><b>Open:</b> <a href="{link}">{link}</a></li>')
        body.append("</ul>")
    head = f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
    foot = f"<p><small>{escape(_FOOT)}</small></p>"
    return f"<!doctype html><html>{head}<body>{''.join(body)}{foot}</body></html>\n"
