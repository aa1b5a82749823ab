"""Alembic's entry: hands it the connection and transaction that `runner.upgrade` has opened."""

from typing import Any, cast

from alembic import context

from woocp_pipelines.counterpoint.migrations.runner import VERSION_TABLE


def _note_applied(*, step: Any, **_: Any) -> None:
    context.config.attributes["applied"].extend(step.up_revision_ids)


context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    # Alembic calls it by keyword; its annotation says by position.
    on_version_apply=cast("Any", _note_applied),
    # The runner's transaction covers all revisions: an upgrade happens whole or not at all.
    transactional_ddl=True,
)
context.run_migrations()
