"""Runs the service on Waitress: `woocp-pricing`, and `PricingServer` for demo, dev and tests.

Belongs here: putting the parts together, starting, stopping. Waitress runs natively on Windows.
"""

import argparse
import logging
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import FrameType, TracebackType
from typing import Any, Final, Self

from sqlalchemy.engine import URL
from waitress.server import create_server

from pricing_service import MAX_BODY_BYTES, create_app
from pricing_service.access_log import AccessLog
from pricing_service.channels import LOOK_SECONDS, watch_channels
from pricing_service.config import ServiceConfig
from pricing_service.database import CounterpointSource
from pricing_service.draining import drain
from pricing_service.keys import read_keys
from pricing_service.limits import Limits
from pricing_service.price_book import BookKeeper, NoUsableBookError
from pricing_service.proxies import proxy_arguments, without_ports
from pricing_service.saved_book import SavedBook
from pricing_service.source_name import describe_source
from woocp_pipelines.counterpoint.engine import DatabaseAddressError, open_engine
from woocp_pipelines.counterpoint.prices.codes import RuleCodes
from woocp_pipelines.rules.clock import Clock, utc_now
from woocp_pipelines.serving import end_loop
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_loading import SettingsError, load_settings, sandbox_folder

LOG: Final = logging.getLogger("pricing_service")
USAGE_ERROR: Final = 2
MAX_PORT: Final = 65_535
# What waits to be accepted while all workers are busy; more than a shop's web server has workers.
BACKLOG: Final = 1024
# Below the 512 sockets that select() takes on Windows.
CONNECTION_LIMIT: Final = 400
# Silent connections are closed after a minute: a shop's requests are milliseconds long.
CHANNEL_TIMEOUT: Final = 60
# Our longest header is a key; Waitress's own default is 256 kB.
MAX_HEADER_BYTES: Final = 16_384
# Callers wait so long rather than hear at once that there is no book; probes wait as long.
FIRST_BOOK_SECONDS: Final = 5.0
_SIGNALS: Final = ("SIGTERM", "SIGINT", "SIGBREAK")


def build_config(settings: Settings, clock: Clock = utc_now) -> ServiceConfig:
    """The service's parts from the settings; opens no connection yet, and no access log.

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
    pricing = settings.pricing
    keeper = BookKeeper(
        CounterpointSource(engine, zone, clock, settings.store.id),
        saved=_saved_book(settings, engine.url),
        refuse_after=timedelta(hours=pricing.refuse_after_hours),
        check_every=timedelta(seconds=pricing.check_seconds),
        read_every=timedelta(minutes=pricing.reread_minutes),
        clock=clock,
        codes=RuleCodes(settings.prices.methods),
    )
    return ServiceConfig(
        keeper,
        keyring,
        pricing.max_batch,
        clock,
        limits=Limits(pricing.limit_per_minute, pricing.key_limits),
        trusted_proxy=pricing.trusted_proxy,
        open_metrics=pricing.open_metrics,
        price_location=settings.counterpoint.price_location,
        open_contracts=settings.prices.open_contracts,
    )


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
        self._stopping: threading.Thread | None = None
        # It warns of every request that waits for a worker, which costs more than the request.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        # A socket of our own: a name with two addresses would otherwise get two ports.
        listening = _listen(host, port)
        self._server = create_server(
            without_ports(create_app(config), config.trusted_proxy),
            sockets=[listening],
            map=self._channels,
            threads=threads,
            ident="woocp-pricing",
            backlog=BACKLOG,
            connection_limit=CONNECTION_LIMIT,
            channel_timeout=CHANNEL_TIMEOUT,
            cleanup_interval=LOOK_SECONDS,
            max_request_header_size=MAX_HEADER_BYTES,
            # Up to it, a body that is too large is refused in the shape of its path.
            max_request_body_size=10 * MAX_BODY_BYTES,
            # select() takes 1,024 files on Linux; Windows has nothing else.
            asyncore_use_poll=hasattr(select, "poll"),
            **proxy_arguments(config.trusted_proxy),
        )
        watch_channels(self._server)
        self.port: int = listening.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}"
        self._thread = threading.Thread(target=self._server.run, name="pricing", daemon=True)

    def run(self) -> None:
        """Serve in this thread until `stop_soon`.

        The first answers wait for the book from disk, or a moment for the first one that is read;
        where that takes longer, they are 503 until it is there.
        """
        has_book = self._keeper.load_saved()
        reading = threading.Thread(target=self._get_ready, name="first-book", daemon=True)
        reading.start()
        if not has_book:
            reading.join(FIRST_BOOK_SECONDS)
        self._server.run()
        self._keeper.stop()

    def stop_soon(self) -> None:
        """Stop listening, let requests under way end, then let `run` return; may be repeated."""
        if self._stopping is None:
            self._stopping = threading.Thread(target=self._stop, name="stopping", daemon=True)
            self._stopping.start()

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

    def _get_ready(self) -> None:
        self._keeper.read_first()
        self._keeper.start()
        try:
            held = self._keeper.current()
        except NoUsableBookError as error:
            LOG.warning("woocp-pricing has no prices yet: %s", error)
            return
        LOG.info("woocp-pricing is ready, price book of %s (%s)", held.read_at, held.origin)

    def _stop(self) -> None:
        LOG.info("woocp-pricing stops: answers under way are finished first")
        drain(self._server, self._channels)


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the service; the console script `woocp-pricing`. 2 when it cannot start."""
    parser = argparse.ArgumentParser(prog="woocp-pricing", description="Contract prices over HTTP.")
    parser.add_argument("--sandbox", action="store_true", help="use the embedded Counterpoint")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=_port, help="port to listen on; 0 picks a free one")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = load_settings(force_sandbox=asked.sandbox, need=("database",))
        log = _open_access_log(settings.pricing.access_log)
        server = _server(settings, log, asked.host, asked.port)
    except (SettingsError, DatabaseAddressError, OSError) as error:
        sys.stderr.write(f"woocp-pricing: {error}\n")
        return USAGE_ERROR
    _stop_on_signals(server)
    LOG.info("woocp-pricing listens on %s%s", server.url, " (SANDBOX)" if asked.sandbox else "")
    server.run()
    if log is not None:
        log.close()
    LOG.info("woocp-pricing has stopped")
    return 0


def _saved_book(settings: Settings, url: URL) -> SavedBook | None:
    """The last known book of this database and store; None where the database has no sure name."""

    def source() -> str | None:
        return describe_source(url, settings.store.time_zone, settings.store.id)

    name = source()
    if name is None:
        LOG.warning(
            "no saved price book is used or kept: WOOCP_DATABASE_URL, with its data source (DSN), "
            "does not tell server and database; name server and database in the URL"
        )
        return None
    return SavedBook(settings.connections.home, name, source)


def _server(
    settings: Settings, log: AccessLog | None, host: str | None, port: int | None
) -> PricingServer:
    """Command line beats environment beats woocp.toml.

    Raises:
        SettingsError: as `build_config`, and a sandbox that was never made.
        OSError: the address cannot be listened on.
    """
    folder = sandbox_folder(settings.connections.home)
    if settings.connections.sandbox and not folder.is_dir():
        raise SettingsError(f"there is no sandbox in {folder}; make one: woocp sandbox reset")
    ports = (port, settings.pricing_access.port, settings.pricing.port)
    return PricingServer(
        replace(build_config(settings), access_log=log),
        host=host or settings.pricing_access.host or settings.pricing.host,
        port=next(each for each in ports if each is not None),
        threads=settings.pricing.threads,
    )


def _port(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PORT))
    if not is_number or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to {MAX_PORT}, found {text!r}")
    return int(text)


def _open_access_log(place: str) -> AccessLog | None:
    try:
        return AccessLog.to(place)
    except OSError as error:
        raise SettingsError(
            f"woocp.toml: pricing.access_log {place}: cannot be written ({type(error).__name__}); "
            'make its folder, or set it to "stderr"'
        ) from None


def _stop_on_signals(server: PricingServer) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        server.stop_soon()

    for name in _SIGNALS:
        # SIGBREAK is Windows' own: what a console that is closed sends.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((str(address[0]), port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]
        raise OSError(
            f"cannot listen on {host} port {port}: {reason}; "
            "end what listens there, or choose another --host or --port"
        ) from None
