"""Whose word on a caller's address is believed: nobody's, or that of one proxy.

Belongs here: what Waitress is told of proxies, and what it gets wrong. Does not: limits by address.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

PROXY_HEADERS: Final = ("x-forwarded-for", "x-forwarded-proto")
_IPV6_AND_PORT: Final = re.compile(r"\[([^\]]+)\]:[0-9]+")
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def proxy_arguments(trusted_proxy: str) -> dict[str, Any]:
    """Arguments of Waitress: nobody's headers are believed, or those of one address.

    With nobody trusted they are left where they are: nothing reads them as an address, and their
    presence tells that a proxy is in between (metrics_routes.py).
    """
    if not trusted_proxy:
        return {"clear_untrusted_proxy_headers": False}
    return {
        "trusted_proxy": trusted_proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": set(PROXY_HEADERS),
        "clear_untrusted_proxy_headers": True,
    }


def without_ports(application: Application, trusted_proxy: str) -> Application:
    """The application, told addresses only, where a proxy may say `[2001:db8::1]:4711`.

    Waitress cuts the port off an IPv4 address itself.
    """
    if not trusted_proxy:
        return application

    def told(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = _IPV6_AND_PORT.fullmatch(environ.get("REMOTE_ADDR", ""))
        if found is not None:
            environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = found[1]
        return application(environ, start_response)

    return told
