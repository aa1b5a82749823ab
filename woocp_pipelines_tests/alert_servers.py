"""A real mail server and a real web server on this machine; what they got can be read."""

import socket
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from flask import Flask, Response, request
from waitress.server import create_server

from woocp_pipelines.serving import end_loop
from woocp_pipelines.settings_alerts import AlertVariables, read_alerts

USER = "woocp"
PASSWORD = "p@ss:word/7"
WRITTEN = "p%40ss%3Aword%2F7"


@dataclass
class MailBox:
    """What a mail server was sent, and how it answers. Parsed messages, in order."""

    host: str = "localhost"
    port: int = 0
    mails: list = field(default_factory=list)
    recipients: list = field(default_factory=list)
    encrypted: list = field(default_factory=list)
    refused: frozenset = frozenset()
    answer: str = "250 taken"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.recipients.append(envelope.rcpt_tos)
            self.encrypted.append(session.ssl is not None or server.transport_is_tls)
        return self.answer

    def url(self, *, scheme="smtp", password=WRITTEN, options=""):
        login = f"{USER}:{password}@" if password else ""
        return f"{scheme}://{login}{self.host}:{self.port}{options}"


class _Server(SMTP):
    transport_is_tls = False


class _TlsServer(SMTP):
    transport_is_tls = True


def _check(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False, auth_data=USER)


@dataclass
class Certificates:
    """A certificate authority of one's own, and a server's certificate for localhost."""

    authority: str
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return Certificates(str(path), context)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def mail_server(certificates):
    """Makes mail servers: `starttls` with login, `tls` with login, `plain` without either."""
    running = []

    def make(kind="starttls"):
        box = MailBox()
        tls = kind == "tls"

        class Listening(Controller):
            def factory(self):
                options = {"authenticator": _check, "auth_require_tls": kind == "starttls"}
                if kind == "starttls":
                    options |= {
                        "tls_context": certificates.context,
                        "require_starttls": True,
                        "auth_required": True,
                    }
                return (_TlsServer if tls else _Server)(box, **options)

        # aiosmtpd looks whether it listens at the port it was given, so 0 will not do.
        box.port = free_port()
        context = certificates.context if tls else None
        controller = Listening(box, hostname="127.0.0.1", port=box.port, ssl_context=context)
        controller.start()
        running.append(controller)
        return box

    yield make
    for controller in running:
        controller.stop()


@dataclass
class Hooks:
    """What a web server was sent: JSON of posts to /hook, number of calls of /ping."""

    url: str = ""
    posts: list = field(default_factory=list)
    pings: int = 0
    status: int = 200


@pytest.fixture
def hooks():
    """A web server in place of Slack and of a monitor; its addresses hold a secret."""
    found, app = Hooks(), Flask("hooks")

    @app.post("/hook/T0SECRET")
    def hook():
        found.posts.append(request.get_json())
        return Response("ok", status=found.status)

    @app.get("/ping/T0SECRET")
    def ping():
        found.pings += 1
        return Response("ok", status=found.status)

    channels: dict = {}
    server = create_server(app, host="127.0.0.1", port=0, threads=2, map=channels)
    thread = threading.Thread(target=server.run)
    thread.start()
    found.url = f"http://127.0.0.1:{server.effective_port}"
    yield found
    server.task_dispatcher.shutdown()
    end_loop(server, channels)
    thread.join()


@pytest.fixture
def access(certificates):
    """The settings of a mail server that the test's own authority vouches for."""

    def make(url="", *, to="a@shop.example,b@shop.example", **others):
        return read_alerts(
            AlertVariables(
                _env_file=None,
                alert_smtp_url=url or None,
                alert_from="woocp@shop.example" if url else None,
                alert_to=to if url else None,
                **others,
            )
        )

    return make
