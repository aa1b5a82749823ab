"""`woocp dev` on a sandbox of the test's own, and a page of a Chromium without window.

Belongs here: starting and ending both. Does not: what is clicked.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from woocp_pipelines.dev.ports import free_port
from woocp_pipelines_tests.cli.conftest import (  # noqa: F401 - fixtures
    empty_home,
    home,
    interpreter,
    seeded_home,
)

# Chrome and Edge speak the same protocol.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
CHROMIUM = next((path for name in _NAMES if (path := shutil.which(name))), None)
# Pages ask many things of a machine that may be busy; nothing waits this long that works.
PATIENCE_MS = 180_000


@pytest.fixture
def ui(home, interpreter) -> Iterator[str]:  # noqa: F811 - the fixtures
    """The address of the UI that `woocp dev` announces."""
    command = [*interpreter, "-m", "woocp_pipelines.cli", "dev", "--port", str(free_port(0))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _announced(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()


def _announced(process: subprocess.Popen[str]) -> str:
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("Dagster UI"):
            return line.split()[-1]
    raise AssertionError(f"it ended before the UI answered: {''.join(said)}")


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty page of a browser that was never used before."""
    # Chromium's sandbox refuses to work for root, who runs the tests in containers.
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        opened = browser.new_page(viewport={"width": 1500, "height": 1000})
        opened.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield opened
        browser.close()
