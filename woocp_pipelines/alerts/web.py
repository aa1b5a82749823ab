"""Slack's incoming webhook, and the sign of life that a monitor outside expects.

Belongs here: the two requests. Both addresses are secrets: no text of ours holds more than their
host. Neither raises.
"""

from typing import Any, Final
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from woocp_pipelines.alerts.messages import Message
from woocp_pipelines.alerts.sending import ANSWER_SECONDS, CONNECT_SECONDS, Sent

_SLACK_LENGTH: Final = 3_500
_REDIRECTS: Final = 300
_FAULTS: Final = 500


def send_slack(url: SecretStr, message: Message) -> Sent:
    """Post the message's text; Slack's own marks in it are shown as they are."""
    text = f"*{message.subject}*\n{message.text}"[:_SLACK_LENGTH]
    for letter, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(letter, written)
    return _ask("Slack", "POST", url, ANSWER_SECONDS, json={"text": text})


def send_ping(url: SecretStr) -> Sent:
    """Say that we are alive and that nothing is critical."""
    return _ask("ping", "GET", url, CONNECT_SECONDS)


def _ask(what: str, method: str, url: SecretStr, seconds: float, **options: Any) -> Sent:
    address = url.get_secret_value()
    host = urlsplit(address).hostname
    try:
        answer = requests.request(
            method,
            address,
            timeout=(CONNECT_SECONDS, seconds),
            allow_redirects=False,
            **options,
        )
    except requests.RequestException as error:
        # Its text would hold the address.
        return Sent(ok=False, said=f"{what} at {host} not reached: {type(error).__name__}")
    # A redirect leads to a login page, never to whom the message was meant for.
    if not answer.ok or answer.status_code >= _REDIRECTS:
        hint = "; look whether the address still holds" if answer.status_code < _FAULTS else ""
        return Sent(ok=False, said=f"{what} at {host}: HTTP {answer.status_code}{hint}")
    return Sent(ok=True, said=f"{what} at {host}: HTTP {answer.status_code}")
