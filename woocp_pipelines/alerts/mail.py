"""Mail by SMTP: encrypted, the certificate checked, one message to all recipients.

Belongs here: making and sending the mail. Does not: its words (messages.py). Sending never raises:
what went wrong is its answer, and the caller tries again.
"""

import smtplib
import ssl
from base64 import b64encode
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Final

from woocp_pipelines.alerts.messages import Message
from woocp_pipelines.alerts.sending import ANSWER_SECONDS, Sent, said_without
from woocp_pipelines.settings_alerts import Mail, MailServer

_NEXT_STEPS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ssl.SSLCertVerificationError, "name who signed it by ?ca=/path/of.pem, or the host right"),
    (ssl.SSLError, "smtps:// is for port 465, smtp:// for 587"),
    (smtplib.SMTPAuthenticationError, "correct user and password"),
    (smtplib.SMTPNotSupportedError, "the server offers no STARTTLS or login; ask who runs it"),
    (smtplib.SMTPRecipientsRefused, "correct WOOCP_ALERT_TO"),
    (smtplib.SMTPSenderRefused, "correct WOOCP_ALERT_FROM"),
    (smtplib.SMTPServerDisconnected, "smtps:// is for port 465, smtp:// for 587"),
)


def send_mail(mail: Mail, message: Message) -> Sent:
    """Send to all recipients; some of them refused is said, all of them refused is a failure."""
    server = mail.server
    where = f"{server.host}:{server.port}"
    try:
        connection = _connected(server)
        try:
            refused = connection.send_message(_made(mail, message))
        finally:
            _leave(connection)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        found = said_without(f"{type(error).__name__}: {error}", _secrets(server))
        return Sent(ok=False, said=f"mail by {where} not sent: {found}{_next_step(error)}")
    count = len(mail.recipients) - len(refused)
    but = f", refused for {', '.join(sorted(refused))}" if refused else ""
    return Sent(ok=True, said=f"mail by {where} sent to {count} recipients{but}")


def _connected(server: MailServer) -> smtplib.SMTP:
    """A connection that is encrypted and logged in, as far as the settings ask for it.

    Raises:
        OSError: no connection, or a certificate that is not to be trusted.
        SMTPException: the server does not take it.
    """
    if server.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=ANSWER_SECONDS, context=_context(server)
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=ANSWER_SECONDS)
    try:
        if server.security == "starttls":
            connection.starttls(context=_context(server))
        if server.user and server.password:
            connection.login(server.user, server.password.get_secret_value())
    except BaseException:
        connection.close()
        raise
    return connection


def _leave(connection: smtplib.SMTP) -> None:
    """Whatever happens at the door, the mail was taken, or its error is on its way already."""
    with suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()


def _context(server: MailServer) -> ssl.SSLContext:
    """Certificates are checked against the host's name and the system's authorities, or yours."""
    context = ssl.create_default_context(cafile=server.authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _made(mail: Mail, message: Message) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["Subject"] = message.subject
    made["From"] = mail.sender
    made["To"] = ", ".join(mail.recipients)
    made["Date"] = formatdate(usegmt=True)
    made["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    # No answers of absent people, and none of ours to them.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(message.text)
    made.add_alternative(message.html, subtype="html")
    return made


def _secrets(server: MailServer) -> tuple[str, ...]:
    if server.password is None:
        return ()
    secret = server.password.get_secret_value()
    plain = f"\0{server.user}\0{secret}"
    # As AUTH LOGIN and AUTH PLAIN send it: some servers repeat what they were sent.
    return (secret, *(b64encode(each.encode()).decode() for each in (secret, plain)))


def _next_step(error: Exception) -> str:
    step = next((step for kind, step in _NEXT_STEPS if isinstance(error, kind)), "")
    return f"; {step}" if step else ""
