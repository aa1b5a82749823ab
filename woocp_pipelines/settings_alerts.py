"""Where alerts go: mail, Slack, the address of a sign of life, as the environment says.

Belongs here: the types, and reading the WOOCP_ALERT_* variables into them. Does not: sending
(alerts/). Passwords and addresses that are secrets are `SecretStr`: no repr, error or log shows
them, and no error repeats what was read.
"""

import re
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings

Security = Literal["starttls", "tls", "none"]

THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_EXPECTED: Final = (
    "expected smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465, with "
    "@ : / of a password written as %40 %3A %2F (found another text, not shown: it may hold a "
    "password)"
)


class AlertSettingsError(ValueError):
    """Variables that cannot be used; the text names them and never shows a value."""


class MailServer(BaseModel):
    """The server that takes the mail. `authorities`: who signed its certificate, if your own."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    security: Security
    user: str | None = Field(default=None, repr=False)
    password: SecretStr | None = None
    authorities: Path | None = None


class Mail(BaseModel):
    """Mail to people: through which server, from whom, to whom."""

    model_config = ConfigDict(frozen=True)

    server: MailServer
    sender: str
    recipients: tuple[str, ...]


class AlertAccess(BaseModel):
    """Where alerts go. `dagster_url` is where people open the UI: messages link there."""

    model_config = ConfigDict(frozen=True)

    mail: Mail | None = None
    slack_url: SecretStr | None = None
    ping_url: SecretStr | None = None
    dagster_url: str | None = None

    @property
    def tells_somebody(self) -> bool:
        """Whether any channel is set."""
        return bool(self.mail or self.slack_url)


class AlertVariables(BaseSettings):
    """The texts of the environment; what reads them says with which prefix."""

    alert_smtp_url: SecretStr | None = None
    alert_from: str | None = None
    alert_to: str | None = None
    alert_slack_url: SecretStr | None = None
    alert_ping_url: SecretStr | None = None
    dagster_url: str | None = None


def read_alerts(given: AlertVariables) -> AlertAccess:
    """The variables' texts, read and checked.

    Raises:
        AlertSettingsError: see there.
    """
    _check_web("WOOCP_ALERT_SLACK_URL", given.alert_slack_url, https=True)
    _check_web("WOOCP_ALERT_PING_URL", given.alert_ping_url)
    _check_web("WOOCP_DAGSTER_URL", given.dagster_url)
    return AlertAccess(
        mail=_read_mail(given.alert_smtp_url, given.alert_from, given.alert_to),
        slack_url=given.alert_slack_url,
        ping_url=given.alert_ping_url,
        dagster_url=given.dagster_url.rstrip("/") if given.dagster_url else None,
    )


def _read_mail(url: SecretStr | None, sender: str | None, recipients: str | None) -> Mail | None:
    given = {
        "WOOCP_ALERT_SMTP_URL": url,
        "WOOCP_ALERT_FROM": sender,
        "WOOCP_ALERT_TO": recipients,
    }
    missing = [name for name, value in given.items() if not value]
    if url is None or not sender or not recipients:
        if len(missing) == len(given):
            return None
        raise AlertSettingsError(
            f"{', '.join(missing)} not set although the other variables of mail are; set all "
            "three or none"
        )
    to = tuple(filter(None, (each.strip() for each in re.split("[,;]", recipients))))
    for name, addresses in (("WOOCP_ALERT_FROM", (sender,)), ("WOOCP_ALERT_TO", to)):
        if not addresses or not all(_ADDRESS.fullmatch(each) for each in addresses):
            several = ", several of them separated by commas" if name.endswith("TO") else ""
            raise AlertSettingsError(f"{name}: expected an address such as a@example.com{several}")
    return Mail(server=_read_server(url.get_secret_value()), sender=sender, recipients=to)


def _read_server(text: str) -> MailServer:
    try:
        parts = urlsplit(text)
        port, options = parts.port, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise AlertSettingsError(f"WOOCP_ALERT_SMTP_URL: {_EXPECTED}") from None
    bare = parts.path in {"", "/"} and not parts.fragment
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not bare or port == 0:
        raise AlertSettingsError(f"WOOCP_ALERT_SMTP_URL: {_EXPECTED}")
    security = _security(parts, options)
    authorities = options.get("ca")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[security],
        security=security,
        user=unquote(parts.username) if parts.username else None,
        password=SecretStr(unquote(parts.password)) if parts.password else None,
        authorities=Path(authorities) if authorities else None,
    )


def _security(parts: SplitResult, options: dict[str, str]) -> Security:
    if options.keys() - {"tls", "ca"} or options.get("tls", "none") != "none":
        raise AlertSettingsError(
            "WOOCP_ALERT_SMTP_URL: after ? may stand tls=none (no encryption) and ca=/path/of.pem "
            "(who signed the server's certificate), joined by &"
        )
    if bool(parts.username) != bool(parts.password):
        raise AlertSettingsError(
            "WOOCP_ALERT_SMTP_URL: user and password belong together; give both or none"
        )
    if "tls" not in options:
        return "tls" if parts.scheme == "smtps" else "starttls"
    if parts.scheme == "smtps" or (parts.username and parts.hostname not in THIS_MACHINE):
        raise AlertSettingsError(
            "WOOCP_ALERT_SMTP_URL: tls=none is for smtp:// without a password, or on this machine: "
            "a password never goes over the network unencrypted"
        )
    return "none"


def _check_web(name: str, given: SecretStr | str | None, *, https: bool = False) -> None:
    if not given:
        return
    text = given.get_secret_value() if isinstance(given, SecretStr) else given
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        bare = isinstance(given, SecretStr) or not (parts.username or parts.query)
    except ValueError:
        good = bare = False
    local = good and parts.hostname in THIS_MACHINE
    if not (good and bare) or (https and parts.scheme != "https" and not local):
        wanted = "https://" if https else "http:// or https://"
        raise AlertSettingsError(
            f"{name}: expected {wanted} and a host (found another text, not shown: it may be a "
            "secret)"
        )
