"""nginx itself, with the files of deploy/nginx, in front of something that answers as Dagster does.

oauth2-proxy is not in Debian: the part that is asked by nginx is played by a server of the test.
"""

import getpass
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve

from woocp_pipelines.dev.ports import free_port
from woocp_pipelines_tests.deployment.service_files import DEPLOY
from woocp_pipelines_tests.deployment.waiting import eventually

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.nginx,
    pytest.mark.skipif(
        NGINX is None, reason="nginx is not installed (apt-get install nginx-light)"
    ),
]

OPERATE, VIEW = "dagster.example.com", "dagster-view.example.com"
MARIA = ("maria", "correct horse")
GRAPHQL = {"query": "{ version }"}


class Answers(BaseHTTPRequestHandler):
    """Tells what came; /oauth2/auth knows people by cookie and by the group that is asked for."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = self.headers.get("Cookie", "")
        if not self.path.startswith("/oauth2/auth"):
            self._send(200, f"{self.server.name} {self.command} {self.path}\n{self.headers}")
        elif "session" not in asked:
            self._send(401)
        else:
            group = self.path.partition("allowed_groups=")[2]
            self._send(202 if group in asked else 403)

    def do_POST(self):
        self.do_GET()

    def do_HEAD(self):
        self.do_GET()

    def _send(self, status, text=""):
        self.send_response(status)
        body = text.encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Not on the test's output."""


class Proxy:
    """A running nginx, asked by both names."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.certificate = str(folder / "ssl.crt")

    def ask(self, host, path="/", *, method="GET", headers=None, **more):
        url = f"https://127.0.0.1:{self.port}{path}"
        # The certificate is of the name, which no resolver here knows.
        return requests.request(
            method,
            url,
            headers={"Host": f"{host}:{self.port}", **(headers or {})},
            verify=False,
            allow_redirects=False,
            timeout=20,
            **more,
        )

    def log(self):
        return (self.folder / "woocp-dagster.log").read_text()


def certificate(folder):
    names = f"subjectAltName=DNS:{OPERATE},DNS:{VIEW}"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=woocp", "-addext", names]
    command += ["-keyout", str(folder / "ssl.key"), "-out", str(folder / "ssl.crt")]
    subprocess.run(command, check=True, capture_output=True)


def written(folder, signon, ports):
    """The files of deploy/nginx with this test's folder and ports."""
    include = folder / "woocp"
    include.mkdir()
    for name in ("dagster.conf", "to-dagster.conf", signon):
        text = (DEPLOY / "nginx" / name).read_text()
        text = text.replace("/etc/nginx/woocp", str(include))
        text = text.replace("/var/log/nginx", str(folder))
        text = re.sub(r"/etc/ssl/\S+\.(crt|key);", rf"{folder}/ssl.\1;", text)
        text = text.replace("listen 443", f"listen 127.0.0.1:{ports['tls']}")
        for usual in (3000, 3001, 4180):
            text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{ports[usual]}")
        target = "signon.conf" if name == signon else name
        (include / target).write_text(text)
    for role, people in {"operators": ("maria",), "viewers": ("maria", "otto")}.items():
        lines = [f"{name}:{hashed(MARIA[1])}\n" for name in people]
        file = include / f"{role}.htpasswd"
        file.write_text("".join(lines))
    main = folder / "nginx.conf"
    main.write_text(
        # Workers of another user could not read what is in pytest's folder.
        f"daemon off; user {getpass.getuser()}; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events {}\n"
        f"http {{ access_log {folder}/other.log; {temporary(folder)}\n"
        f"include {include}/dagster.conf; }}\n"
    )
    return main


def temporary(folder):
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def hashed(password):
    command = ["openssl", "passwd", "-apr1", password]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def answering(stack, name):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.name = name
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stack.callback(thread.join)
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return server.server_address[1]


@pytest.fixture
def start(tmp_path):
    """Starts nginx with one of the two ways to sign on."""
    folder = tmp_path
    with ExitStack() as stack:

        def run(signon, **ports):
            certificate(folder)
            own = {3000: answering(stack, "UI"), 3001: answering(stack, "viewer")}
            own |= {4180: answering(stack, "oauth2-proxy"), "tls": free_port(0)}
            own |= {int(key[1:]): port for key, port in ports.items()}
            command = [NGINX, "-p", str(folder), "-c", str(written(folder, signon, own))]
            command += ["-e", str(folder / "error.log")]
            process = stack.enter_context(subprocess.Popen(command, stderr=subprocess.PIPE))
            stack.callback(process.terminate)
            proxy = Proxy(folder, own["tls"])
            eventually("nginx answers", lambda: up(proxy, process), seconds=30)
            return proxy

        yield run


def up(proxy, process):
    assert process.poll() is None, process.stderr.read()
    try:
        return proxy.ask(OPERATE).status_code
    except requests.ConnectionError:
        return None


pytestmark.append(pytest.mark.filterwarnings("ignore:Unverified HTTPS request"))


def test_nobody_comes_in_without_a_password_and_viewers_get_the_viewer_only(start):
    proxy = start("signon-basic.conf")
    otto = ("otto", MARIA[1])
    assert proxy.ask(OPERATE).status_code == 401
    assert proxy.ask(VIEW).status_code == 401
    assert proxy.ask(OPERATE, auth=otto).status_code == 401
    assert proxy.ask(OPERATE, auth=("maria", "wrong")).status_code == 401
    assert proxy.ask(OPERATE, "/runs", auth=MARIA).text.startswith("UI GET /runs")
    assert proxy.ask(VIEW, "/runs", auth=otto).text.startswith("viewer GET /runs")


def test_no_password_goes_on_to_dagster_nor_any_query_string_into_the_log(start):
    proxy = start("signon-basic.conf")
    seen = proxy.ask(OPERATE, "/runs?q=order:4711", auth=MARIA, headers={"Cookie": "a=b"}).text
    assert "Authorization" not in seen
    assert "a=b" not in seen
    assert "X-Forwarded-For: 127.0.0.1" in seen
    assert "maria" in proxy.log()
    assert "4711" not in proxy.log()


def test_another_web_site_cannot_have_a_signed_in_browser_do_anything(start):
    """Dagster checks no origin, and takes changes by GET, too."""
    proxy = start("signon-basic.conf")
    own = {"Origin": f"https://{OPERATE}:{proxy.port}"}
    foreign = {"Origin": "https://elsewhere.example"}

    def post(headers):
        return proxy.ask(
            OPERATE, "/graphql", method="POST", json=GRAPHQL, auth=MARIA, headers=headers
        ).status_code

    assert (post(own), post({}), post(foreign), post({"Origin": "null"})) == (200, 200, 403, 403)
    for method in ("GET", "HEAD", "PUT"):
        by_link = proxy.ask(OPERATE, "/graphql?query=mutation", method=method, auth=MARIA)
        assert by_link.status_code == 403, method
    assert proxy.ask(OPERATE, "/graphql", auth=MARIA).status_code == 200
    path = "/report_asset_materialization/woo_stock"
    assert proxy.ask(OPERATE, path, method="POST", auth=MARIA).status_code == 404


def test_the_websocket_of_the_pages_passes_signed_in_and_from_its_own_origin_only(start):
    def echo(connection):
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, subprotocols=["graphql-ws"]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            proxy = start("signon-basic.conf", p3000=server.socket.getsockname()[1])
            assert spoken(proxy, own(proxy)) == "start"
            with pytest.raises(InvalidStatus, match="403"):
                spoken(proxy, "https://elsewhere.example")
            with pytest.raises(InvalidStatus, match="401"):
                spoken(proxy, own(proxy), MARIA[0], "wrong")
        finally:
            server.shutdown()
            thread.join()


def own(proxy):
    return f"https://{OPERATE}:{proxy.port}"


def spoken(proxy, origin, name=MARIA[0], password=MARIA[1]):
    trusted = ssl.create_default_context(cafile=proxy.certificate)
    token = requests.auth._basic_auth_str(name, password)
    with connect(
        f"wss://{OPERATE}:{proxy.port}/graphql",
        sock=socket.create_connection(("127.0.0.1", proxy.port), timeout=20),
        ssl=trusted,
        server_hostname=OPERATE,
        origin=origin,
        subprotocols=["graphql-ws"],
        additional_headers={"Authorization": token},
        proxy=None,
    ) as opened:
        opened.send("start")
        return opened.recv(timeout=20)


def test_accounts_of_the_company_come_in_by_their_group(start):
    proxy = start("signon-oauth2.conf")
    wanted = "/runs?q=status%3AFAILURE&cursor=4711"
    for method in ("GET", "POST"):
        sent_to_sign_in = proxy.ask(OPERATE, wanted, method=method, data=b"").text.splitlines()
        assert sent_to_sign_in[0] == "oauth2-proxy GET /oauth2/start"
        way_back = f"X-Auth-Request-Redirect: https://{OPERATE}:{proxy.port}{wanted}"
        assert way_back in sent_to_sign_in
    viewer = {"Cookie": "session=woocp-viewers"}
    operator = {"Cookie": "session=woocp-operators"}
    assert proxy.ask(OPERATE, headers=viewer).status_code == 403
    assert proxy.ask(VIEW, headers=viewer).text.startswith("viewer GET /")
    assert proxy.ask(OPERATE, headers=operator).text.startswith("UI GET /")
    assert proxy.ask(OPERATE, "/oauth2/start").text.startswith("oauth2-proxy GET /oauth2/start")
    assert proxy.ask(OPERATE, "/oauth2/auth", headers=operator).status_code == 404
