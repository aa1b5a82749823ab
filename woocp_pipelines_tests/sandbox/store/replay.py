"""Asking the sandbox what a recording asked: login, body, headers as they were."""

import json
from datetime import datetime
from typing import Any

import requests
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth1

from woocp_pipelines_tests.sandbox.store.recordings import Recording
from woocp_pipelines_tests.sandbox.store.world import KEYS

_RW = KEYS["read_write"]
_BASIC = {
    "auth_admin_password": ("admin", "password"),
    "auth_wrong_key": ("ck_unknown", _RW.consumer_secret),
    "tls_basic_wrong_key": ("ck_unknown", _RW.consumer_secret),
    "auth_wrong_secret": (_RW.consumer_key, "cs_wrong"),
}
_OAUTH: dict[str, dict[str, Any]] = {
    "http_oauth1_query_sha1": {"signature_method": "HMAC-SHA1"},
    "http_oauth1_header": {"signature_type": "auth_header"},
    "http_oauth1_wrong_key": {"client_key": "ck_unknown"},
    "http_oauth1_wrong_secret": {"client_secret": "cs_wrong"},
    "http_oauth1_old_timestamp": {"age": 3600},
    "http_oauth1_nonce_first": {"nonce": "always-the-same"},
    "http_oauth1_nonce_replay": {"nonce": "always-the-same"},
}


def ask(recording: Recording, root: str, now: datetime) -> requests.Response:
    """Send the request; the clock of the store says what time it is signed for."""
    headers = dict(recording.headers)
    if not recording.name.startswith("http_"):
        headers["X-Forwarded-Proto"] = "https"
    query = recording.query
    if isinstance(query, dict) and "consumer_key" in query:
        secrets = {"consumer_key": _RW.consumer_key, "consumer_secret": _RW.consumer_secret}
        query = {**query, **secrets}
    # Behind a proxy that ends TLS, a client signs for https while the store is asked over http.
    secure = "X-Forwarded-Proto" in headers
    url = (f"https{root[4:]}" if secure else root) + recording.path
    request = requests.Request(
        recording.method,
        url,
        params=query,
        data=_body(recording, headers),
        headers=headers,
        auth=_login(recording, now),
    )
    with requests.Session() as session:
        prepared = session.prepare_request(request)
        prepared.url = str(prepared.url).replace("https:", "http:", 1)
        return session.send(prepared, timeout=10)


def _body(recording: Recording, headers: dict[str, str]) -> bytes | None:
    if recording.body is None:
        return None
    if isinstance(recording.body, dict) and "__raw__" in recording.body:
        coding = "latin-1" if recording.name == "bad_utf8_body" else "utf-8"
        return str(recording.body["__raw__"]).encode(coding)
    headers.setdefault("Content-Type", "application/json")
    return json.dumps(recording.body).encode()


def _login(recording: Recording, now: datetime) -> Any:
    if recording.name in _BASIC:
        return HTTPBasicAuth(*_BASIC[recording.name])
    if "oauth1" in recording.name:
        return signed(now, **_OAUTH.get(recording.name, {}))
    key = KEYS.get(recording.auth, _RW)
    if recording.auth == "none":
        return None
    return HTTPBasicAuth(key.consumer_key, key.consumer_secret)


def signed(now: datetime, *, age: int = 0, **changes: Any) -> OAuth1:
    """An OAuth 1.0a login that signs for the store's time."""
    arguments = {
        "client_key": _RW.consumer_key,
        "client_secret": _RW.consumer_secret,
        "signature_method": "HMAC-SHA256",
        "signature_type": "query",
        "timestamp": str(int(now.timestamp()) - age),
        **changes,
    }
    return OAuth1(**arguments)
