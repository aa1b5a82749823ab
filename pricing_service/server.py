"""Runs the service on Waitress: `woocp-pricing`, and `PricingServer` for demo, dev and tests.

Belongs here: putting the parts together, starting, stopping. Waitress runs natively on Windows.
"""

import argparse
import logging
import socket
import sys
import threading
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

from waitress.server import create_server

from pricing_service import MAX_BODY_BYTES, create_app
from pricing_service.config import ServiceConfig
from pricing_service.database import CounterpointSource, describe_source
from pricing_service.price_book import BookKeeper
from pricing_service.saved_book import SavedBook
from pricing_service.security import read_keys
from woocp_pipelines.counterpoint.engine import DatabaseAddressError, open_engine
from woocp_pipelines.rules.clock import Clock, utc_now
from woocp_pipelines.serving import end_loop
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_loading import SettingsError, load_settings, sandbox_folder

LOG: Final = logging.getLogger("pricing_service")
USAGE_ERROR: Final = 2


def build_config(settings: Settings, clock: Clock = utc_now) -> ServiceConfig:
    """The service's parts from the settings; opens no connection yet.

    Raises:
        SettingsError: no usable key.
        DatabaseAddressError: a database URL that cannot be used.
    """
    keyring = read_keys(settings.pricing_access)
    address = settings.connections.database_url
    if address is None:
        raise SettingsError("environment: WOOCP_DATABASE_URL not set; set it or add --sandbox")
    engine = open_engine(address.get_secret_value())
    zone = settings.store.time_zone
    keeper = BookKeeper(
        CounterpointSource(engine, zone, clock),
        saved=SavedBook(settings.connections.home, describe_source(engine.url, zone)),
        refuse_after=timedelta(hours=settings.pricing.refuse_after_hours),
        clock=clock,
    )
    return ServiceConfig(keeper, keyring, settings.pricing.max_batch, clock)


class PricingServer:
    """The service on Waitress in a thread: a free port unless told, a clean close.

    Args:
        config: the parts; the price book is loaded and kept fresh between enter and exit.
        host: address to listen on.
        port: 0 picks a free one.
        threads: workers.
    """

    def __init__(
        self, config: ServiceConfig, *, host: str = "127.0.0.1", port: int = 0, threads: int = 8
    ) -> None:
        self._keeper = config.keeper
        self._channels: dict[Any, Any] = {}
        # A socket of our own: a name with two addresses would otherwise get two ports.
        listening = _listen(host, port)
        self._server = create_server(
            create_app(config),
            sockets=[listening],
            map=self._channels,
            threads=threads,
            ident="woocp-pricing",
            max_request_body_size=MAX_BODY_BYTES,
        )
        self.port: int = listening.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}"
        self._thread = threading.Thread(target=self._server.run, name="pricing", daemon=True)

    def run(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._keeper.load()
        self._keeper.start()
        self._server.run()
        self._keeper.stop()

    def __enter__(self) -> Self:
        self._keeper.load()
        self._keeper.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.task_dispatcher.shutdown()
        end_loop(self._server, self._channels)
        self._thread.join()
        self._keeper.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the service; the console script `woocp-pricing`. 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="woocp-pricing", description="Contract prices over HTTP.")
    parser.add_argument("--sandbox", action="store_true", help="use the embedded Counterpoint")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on; 0 picks a free one")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = load_settings(force_sandbox=asked.sandbox, need=("database",))
        server = _server(settings, asked.host, asked.port)
    except (SettingsError, DatabaseAddressError, OSError) as error:
        sys.stderr.write(f"woocp-pricing: {error}\n")
        return USAGE_ERROR
    LOG.info("woocp-pricing listens on %s%s", server.url, " (SANDBOX)" if asked.sandbox else "")
    server.run()
    return 0


def _server(settings: Settings, host: str | None, port: int | None) -> PricingServer:
    """Command line beats environment beats woocp.toml.

    Raises:
        SettingsError: as `build_config`, and a sandbox that was never made.
    """
    folder = sandbox_folder(settings.connections.home)
    if settings.connections.sandbox and not folder.is_dir():
        raise SettingsError(f"there is no sandbox in {folder}; make one: woocp sandbox reset")
    ports = (port, settings.pricing_access.port, settings.pricing.port)
    return PricingServer(
        build_config(settings),
        host=host or settings.pricing_access.host or settings.pricing.host,
        port=next(each for each in ports if each is not None),
        threads=settings.pricing.threads,
    )


def _listen(host: str, port: int) -> socket.socket:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server((str(address[0]), port), family=family)
