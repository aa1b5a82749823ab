"""The Flask application of the sandbox store: one view that leads every request to its route.

Belongs here: HTTP in, HTTP out, in WordPress's order: login, route, body, checks, rights, answer.
Does not: what a route does (`routes.py`), faults (`faults.py`, `fault_http.py`).
"""

import json
from typing import Any, Final

from flask import Flask, Request, Response, request

from woocp_pipelines.sandbox.store import fault_http, pages
from woocp_pipelines.sandbox.store.app_passwords import logged_in
from woocp_pipelines.sandbox.store.arguments import with_statuses
from woocp_pipelines.sandbox.store.auth import Credentials, authenticate, require_manager
from woocp_pipelines.sandbox.store.call import Call, Reply, read_body, read_query
from woocp_pipelines.sandbox.store.errors import Json, RestError, no_route
from woocp_pipelines.sandbox.store.faults import Faults
from woocp_pipelines.sandbox.store.fields import pick_fields
from woocp_pipelines.sandbox.store.keys import ApiKey
from woocp_pipelines.sandbox.store.oauth import NonceBook
from woocp_pipelines.sandbox.store.request_log import RequestLog
from woocp_pipelines.sandbox.store.routes import Route, find_route
from woocp_pipelines.sandbox.store.schema import check_params
from woocp_pipelines.sandbox.store.state import StoreState

_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Of 8 KiB, as web servers in front of WordPress have it: a sku list of 900 is too long (WC §3.11).
_LONGEST_URI: Final = 8190
# A web server gives up on answers whose headers outgrow its buffer of 4 KiB (WC §3.11).
_LONGEST_LINK: Final = 3800


def create_app(state: StoreState, faults: Faults | None = None) -> Flask:
    """The store as a WSGI application; `app.extensions` holds its faults and its request log.

    Faults that cut or hold connections need what only `StoreServer` can lend.
    """
    app = Flask("woocp_sandbox_store", static_folder=None)
    app.extensions["faults"] = faults or Faults()
    app.extensions["request_log"] = RequestLog()
    nonces = NonceBook()

    def answer(path: str = "") -> Response:
        return _answer(state, nonces, f"/{path}")

    fault_http.register(app, state)
    app.add_url_rule("/", "root", answer, methods=_METHODS)
    app.add_url_rule("/<path:path>", "any", answer, methods=_METHODS)
    return app


def _answer(state: StoreState, nonces: NonceBook, path: str) -> Response:
    if len(request.full_path) > _LONGEST_URI:
        return Response(pages.URI_TOO_LARGE, 414, content_type="text/html")
    if path.startswith("/wc-api/"):
        gone = {"code": "woocommerce_api_disabled"}
        gone["message"] = "The WooCommerce API is disabled on this site"
        return _json(Reply({"errors": gone}, 404))
    plain = "rest_route" in request.args
    if not path.startswith("/wp-json") and not plain:
        return Response(pages.NOT_FOUND, 404, content_type="text/html; charset=UTF-8")
    inner = request.args["rest_route"] if plain else path.removeprefix("/wp-json")
    try:
        with state.unit():
            # The login is looked for in wp-json/ URLs only: plain permalinks have none (WC §5).
            key = None if plain else _login(state, nonces, inner)
            user = logged_in(state, _authorization()) if inner.startswith("/wp/") else None
            return _json(_routed(state, key, user, inner))
    except RestError as error:
        return _json(Reply(error.body(), error.status, error.headers))


def _login(state: StoreState, nonces: NonceBook, inner: str) -> ApiKey | None:
    if not inner.startswith(("/wc/", "/wc-")):
        return None
    credentials = Credentials(
        secure=request.is_secure,
        method=request.method,
        url=request.base_url,
        query=_query(request),
        authorization=_authorization(),
    )
    return authenticate(credentials, state.keys, nonces, int(state.now().timestamp()))


def _authorization() -> str:
    return request.headers.get("Authorization", "")


def _routed(state: StoreState, key: ApiKey | None, user: Json | None, inner: str) -> Reply:
    method = _method(request)
    found = find_route(method, inner)
    if found is None:
        raise no_route()
    route, ids, allowed = found
    query = _query(request)
    try:
        sent = {**query, **read_body(request.get_data(), request.content_type or "")}
        params = check_params(sent, with_statuses(route.arguments, _plugin_statuses(state)))
        if not route.public:
            require_manager(key, method)
        root = request.host_url.rstrip("/")
        call = Call(state, method, root, request.path, query, params, ids, user)
        reply = route.handler(call)
    except RestError as error:
        # Strangers are not told what they could do.
        if key is not None and key.manages_shop:
            error.headers["Allow"] = allowed
        raise
    reply.headers["Allow"] = allowed
    return _with_fields(route, reply, query)


def _plugin_statuses(state: StoreState) -> list[str]:
    return list(state.setting("plugin_statuses", {}))


def _with_fields(route: Route, reply: Reply, query: Json) -> Reply:
    if query.get("_fields"):
        reply.body = pick_fields(reply.body, str(query["_fields"]), route.lazy)
    return reply


def _method(incoming: Request) -> str:
    override = incoming.headers.get("X-HTTP-Method-Override")
    return override.upper() if override and incoming.method == "POST" else incoming.method


def _query(incoming: Request) -> Json:
    return read_query(list(incoming.args.items(multi=True)))


def _json(reply: Reply) -> Response:
    text: Any = json.dumps(reply.body, ensure_ascii=False)
    response = Response(text, reply.status, content_type="application/json; charset=UTF-8")
    index = f'<{request.host_url}wp-json/>; rel="https://api.w.org/"'
    response.headers.update({"Link": index, **reply.headers})
    if len(reply.headers.get("Link", "")) > _LONGEST_LINK:
        return Response(pages.BAD_GATEWAY, 502, content_type="text/html")
    return response
