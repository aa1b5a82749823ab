"""The one resource: settings in, the context of a flow out.

Belongs here: opening and closing what a run needs. Does not: clients (woocommerce/, counterpoint/).
Settings are handed over as an object, so that Dagster has no config to show, store or log.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from woocp_pipelines.defs.catalog import environment_of
from woocp_pipelines.flows.context import FlowContext, open_context
from woocp_pipelines.settings import Settings
from woocp_pipelines.settings_loading import sandbox_folder


class SandboxMissingError(Exception):
    """The sandbox is chosen, but nobody has made it yet."""


class WoocpResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Counterpoint and the store, as the settings name them."""

    settings: dg.ResourceDependency[Settings]

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Tag the run as its job would: one started from an asset's page has no job's tags."""
        run, tag = context.run, {"environment": environment_of(self.settings)}
        if run is not None and context.instance is not None and not tag.keys() <= run.tags.keys():
            context.instance.add_run_tags(run.run_id, tag)

    @contextmanager
    def open(self, run_id: str = "") -> Iterator[FlowContext]:
        """Connections for one run, closed at the end; nothing connects before it is used.

        Args:
            run_id: the id of the Dagster run; USER_SYNC_LOG and the breaker keep it.

        Raises:
            SandboxMissingError: see there.
        """
        if missing := self.missing():
            raise SandboxMissingError(missing)
        context = open_context(self.settings, run_id=run_id)
        try:
            yield context
        finally:
            context.store.close()
            context.engine.dispose()

    def missing(self) -> str | None:
        """Why nothing can run yet, or None. Without this SQLite would make an empty file."""
        connections = self.settings.connections
        folder = sandbox_folder(connections.home).resolve()
        if connections.sandbox and not (folder / "counterpoint.db").exists():
            return f"no sandbox in {folder}; make one with `woocp demo` or `woocp sandbox reset`"
        return None
