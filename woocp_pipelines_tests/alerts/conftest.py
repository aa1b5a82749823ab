"""The servers that alerts go to."""

from woocp_pipelines_tests.alert_servers import (  # noqa: F401 - fixtures
    access,
    certificates,
    hooks,
    mail_server,
)
