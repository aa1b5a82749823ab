"""Opens what a command works on: settings, database, both systems, or the sandbox.

Belongs here: connections and the checks before anything is written. Does not: what a command does.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from sqlalchemy import Engine

from woocp_pipelines.commands.errors import CommandError
from woocp_pipelines.commands.sandbox_session import make_sandbox, store_for_one_command
from woocp_pipelines.counterpoint.catalog import database_name
from woocp_pipelines.counterpoint.contract import check_contract
from woocp_pipelines.counterpoint.engine import open_engine, reading
from woocp_pipelines.counterpoint.migrations import current, newest
from woocp_pipelines.flows.context import FlowContext, open_context, open_store
from woocp_pipelines.rules.doctor.server import CHECK_COMPANY, NO_TABLE, is_no_company
from woocp_pipelines.settings import FlowName, Settings
from woocp_pipelines.settings_loading import SettingsError, load_settings, sandbox_connections
from woocp_pipelines.woocommerce.client import StoreClient

_STAGES_ORDERS: Final = ("orders", "documents", "inventory")


@contextmanager
def open_database(*, sandbox: bool) -> Iterator[tuple[Settings, Engine]]:
    """Settings and Counterpoint's database, for commands that never ask the store."""
    settings = load_settings(force_sandbox=sandbox, need=("database",))
    if sandbox:
        make_sandbox(settings.connections.home)
    engine = open_engine(_database_url(settings))
    try:
        yield settings, engine
    finally:
        engine.dispose()


@contextmanager
def open_flow(*, sandbox: bool) -> Iterator[FlowContext]:
    """Both systems, for one run of a flow. The sandbox's store is served when nobody else does."""
    with ExitStack() as stack:
        settings = load_settings(force_sandbox=sandbox, need=("database", "store"))
        if sandbox:
            home = settings.connections.home
            address = stack.enter_context(store_for_one_command(home))
            connections = sandbox_connections(home, address)
            settings = settings.model_copy(update={"connections": connections})
        context = open_context(settings)
        stack.callback(context.engine.dispose)
        stack.callback(context.store.close)
        yield context


@contextmanager
def open_examination(*, sandbox: bool) -> Iterator[tuple[Settings, Engine, StoreClient | None]]:
    """Both systems for looking only; the store is None where the settings name none.

    Nothing connects here: what is away is doctor's to tell.
    """
    with ExitStack() as stack:
        settings = load_settings(force_sandbox=sandbox, need=("database",))
        if sandbox:
            home = settings.connections.home
            address = stack.enter_context(store_for_one_command(home))
            connections = sandbox_connections(home, address)
            settings = settings.model_copy(update={"connections": connections})
        engine = open_engine(_database_url(settings))
        stack.callback(engine.dispose)
        if settings.connections.store_url is None:
            yield settings, engine, None
            return
        store = open_store(settings)
        stack.callback(store.close)
        yield settings, engine, store.impatient()


def check_company(engine: Engine) -> None:
    """Raise unless this is the database of a Counterpoint company: ours go nowhere else.

    Raises:
        CommandError: Counterpoint's own tables are not to be seen.
    """
    missing = [each.table for each in check_contract(engine) if each.found == NO_TABLE]
    if not is_no_company(missing):
        return
    with reading(engine) as connection:
        name = database_name(connection)
    raise CommandError(
        f"the database {name} is no Counterpoint company, or this login does not see its tables "
        f"({', '.join(sorted(missing)[:5])} and others); nothing was changed; {CHECK_COMPANY}"
    )


def check_upgraded(engine: Engine) -> None:
    """Raise unless the USER_* tables are those of this version.

    Raises:
        CommandError: `woocp db upgrade` is due, or this is no Counterpoint company.
    """
    found, wanted = current(engine), newest()
    if found != wanted:
        # There the upgrade would refuse, and is no next step.
        check_company(engine)
        raise CommandError(
            f"the USER_* tables are at revision {found or 'none'}, this version needs {wanted}; "
            "run `woocp db upgrade`"
        )


def check_ready(context: FlowContext, flow: FlowName) -> None:
    """Raise unless an apply run may write: settings, USER_* tables, Counterpoint's own columns.

    Raises:
        SettingsError: apply mode needs a setting that is not there.
        CommandError: `woocp db upgrade` is due, or this is no Counterpoint company.
        UnfitError: doctor is red for this flow, with all that is.
    """
    # Settings of plan mode may lack it; --apply makes it needed.
    if flow in _STAGES_ORDERS and context.settings.orders.start_date is None:
        raise SettingsError("orders.start_date: required in apply mode: older orders stay out")
    check_upgraded(context.engine)
    context.require_fit(flow, afresh=True)


def _database_url(settings: Settings) -> str:
    address = settings.connections.database_url
    if address is None:
        raise SettingsError("environment: WOOCP_DATABASE_URL not set; set it or add --sandbox")
    return address.get_secret_value()
