"""Faults and the request log at the edge of HTTP: hooks around requests and /sandbox/ routes.

Belongs here: turning an armed fault into an answer, or into none. Does not: which faults there
are (`faults.py`).
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Flask, Response, current_app, g, request

from woocp_pipelines.sandbox.store import pages
from woocp_pipelines.sandbox.store.faults import Fault, Faults, drift
from woocp_pipelines.sandbox.store.request_log import LoggedRequest, RequestLog
from woocp_pipelines.sandbox.store.state import StoreState

_HTML: Final = "text/html; charset=UTF-8"
_PAGES: Final[dict[str, tuple[int, str]]] = {
    "too_many_requests": (429, pages.TOO_MANY_REQUESTS),
    "maintenance": (503, pages.MAINTENANCE),
    "server_error": (500, pages.DATABASE_DOWN),
    "bad_gateway": (502, pages.BAD_GATEWAY),
    "html_200": (200, pages.LOGIN_PAGE),
}
_RETRY_AFTER: Final = {"too_many_requests": 1, "maintenance": 600}
_FATAL: Final = {
    "code": "internal_server_error",
    "message": "<p>There has been a critical error on this website.</p>",
    "data": {"status": 500},
}

# What the server lends: cut(host, port) ends a client's connection, pause(seconds) waits.
Cut = Callable[[str, int], None]
Pause = Callable[[float], None]


def register(app: Flask, state: StoreState) -> None:
    """Hang faults, log and the /sandbox/ routes on an application."""

    def before() -> Response | None:
        if request.path.startswith("/sandbox/"):
            return None
        faults: Faults = app.extensions["faults"]
        g.fault = faults.take(request.method, request.path)
        return None if g.fault is None else _instead(state, g.fault)

    def after(response: Response) -> Response:
        if request.path.startswith("/sandbox/"):
            return response
        fault: Fault | None = g.get("fault")
        _log(response.status_code, fault)
        return response if fault is None else _changed(response, fault)

    app.before_request(before)
    app.after_request(after)
    app.add_url_rule("/sandbox/requests", "requests", _requests, methods=["GET", "DELETE"])
    app.add_url_rule("/sandbox/faults", "faults", _faults, methods=["GET", "POST", "DELETE"])


def _instead(state: StoreState, fault: Fault) -> Response | None:
    if fault.kind == "drift":
        drift(state, fault)
        return None
    if fault.kind == "fatal":
        return Response(json.dumps(_FATAL), 500, content_type="application/json; charset=UTF-8")
    if fault.kind == "cut_before":
        return Response("", 200)
    if fault.kind not in _PAGES:
        return None
    status, text = _PAGES[fault.kind]
    response = Response(text, status, content_type=_HTML)
    wait = fault.retry_after or _RETRY_AFTER.get(fault.kind)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _changed(response: Response, fault: Fault) -> Response:
    if fault.kind == "truncated":
        return _truncated(response)
    if fault.kind == "timeout_after_write":
        current_app.config["PAUSE"](fault.seconds)
    if fault.kind in {"timeout_after_write", "cut_after_write", "cut_before"}:
        current_app.config["CUT"](str(request.remote_addr), int(request.environ["REMOTE_PORT"]))
    return response


def _truncated(response: Response) -> Response:
    whole = response.get_data()

    def half() -> Iterator[bytes]:
        yield whole[: len(whole) // 2]

    # The length of the whole is announced, so that the server must close in the middle.
    cut = Response(half(), response.status_code, headers=response.headers)
    cut.headers["Content-Length"] = str(len(whole))
    return cut


def _log(status: int, fault: Fault | None) -> None:
    kind = None if fault is None else fault.kind
    unanswered = kind in {"timeout_after_write", "cut_after_write", "cut_before"}
    names = tuple(dict.fromkeys(request.args.keys()))
    log: RequestLog = current_app.extensions["request_log"]
    log.add(LoggedRequest(request.method, request.path, names, 0 if unanswered else status, kind))


def _requests() -> Response:
    log: RequestLog = current_app.extensions["request_log"]
    if request.method == "DELETE":
        log.clear()
    return _json(log.as_json())


def _faults() -> Response:
    faults: Faults = current_app.extensions["faults"]
    if request.method == "DELETE":
        faults.clear()
    elif request.method == "POST":
        try:
            faults.add(Fault(**request.get_json()))
        except (TypeError, ValueError, re.error) as error:
            return _json({"error": f"fault not armed: {error}"}, 400)
        return _json(faults.as_json(), 201)
    return _json(faults.as_json())


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
