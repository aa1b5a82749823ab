"""HTML that WordPress, PHP or the web server in front of them send instead of JSON (WC §5)."""

from typing import Final

_WORDPRESS: Final = """<!DOCTYPE html>
<html dir='ltr'>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>{title}</title>
</head>
<body id="error-page">
<div class="wp-die-message">{message}</div></body>
</html>
"""
_SERVER: Final = (
    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
    "<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)

MAINTENANCE: Final = _WORDPRESS.format(
    title="Maintenance",
    message="Briefly unavailable for scheduled maintenance. Check back in a minute.",
)
DATABASE_DOWN: Final = _WORDPRESS.format(
    title="Database Error", message="<h1>Error establishing a database connection</h1>"
)
BAD_GATEWAY: Final = _SERVER.format(title="502 Bad Gateway")
URI_TOO_LARGE: Final = _SERVER.format(title="414 Request-URI Too Large")
TOO_MANY_REQUESTS: Final = _SERVER.format(title="429 Too Many Requests")
LOGIN_PAGE: Final = _WORDPRESS.format(title="Just a moment...", message="Checking your browser.")
NOT_FOUND: Final = _WORDPRESS.format(title="Page not found", message="Nothing was found here.")
